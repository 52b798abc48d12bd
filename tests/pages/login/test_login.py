"""OpenID Connect by configuration: who must log in, as whom, and set-ups that let nobody in."""

from __future__ import annotations

import dataclasses

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import FILLED, ROOT, SLOW, words
from ugrn_core.dashboard import login
from ugrn_core.errors import OptionError

PROVIDER = {
    "client_id": "ugrn",
    "client_secret": "s3cret",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}
AUTH = {
    "redirect_uri": "https://ugrn.example.org/oauth2callback",
    "cookie_secret": "c00kie",
    **PROVIDER,
}
ADA = {
    "is_logged_in": True,
    "iss": "https://id.example.org",
    "sub": "1",
    "email": "ada@example.org",
}


def page(filled, point_to, auth=None, user=None) -> AppTest:
    point_to(filled)
    app = AppTest.from_file(str(ROOT / "pages" / "runs.py"), default_timeout=SLOW)
    for key, value in FILLED.items():
        app.query_params[key] = value
    if auth is not None:
        app.secrets["auth"] = auth
    if user is not None:
        app.user = user
    return app.run()


def test_without_a_section_nobody_logs_in(filled, point_to):
    app = page(filled, point_to)
    assert not app.exception
    assert not app.error
    assert "Log" not in " ".join(b.label for b in app.button)
    assert app.title[0].value == "Runs"


def test_with_one_nothing_is_shown_before_the_login(filled, point_to):
    app = page(filled, point_to, AUTH)
    assert not app.exception
    assert [b.label for b in app.button] == ["Log in"]
    assert "knows its visitors by their accounts" in words(app)
    assert not app.selectbox  # no sidebar, no data


def test_whoever_has_logged_in_sees_the_page_and_can_log_out(filled, point_to):
    app = page(filled, point_to, AUTH, ADA)
    assert not app.exception
    assert not app.error, app.error
    assert app.title[0].value == "Runs"
    assert "ada@example.org" in words(app)
    assert "Log out" in [b.label for b in app.button]


def test_an_account_has_its_own_home_wherever_it_logs_in(filled, point_to, tmp_path, monkeypatch):
    served = dataclasses.replace(filled, home=tmp_path)
    monkeypatch.setenv("UGRN_SERVE", "private")
    page(served, point_to, AUTH, ADA)
    page(served, point_to, AUTH, ADA)  # another browser: another cookie, the same account
    assert len(list((tmp_path / "visitors").iterdir())) == 1
    page(served, point_to, AUTH, ADA | {"sub": "2"})
    assert len(list((tmp_path / "visitors").iterdir())) == 2


def test_a_set_up_that_lacks_something_lets_nobody_in(filled, point_to):
    app = page(filled, point_to, {k: v for k, v in AUTH.items() if k != "cookie_secret"})
    assert "lacks cookie_secret" in app.error[0].value.replace("\\", "")
    assert not app.selectbox


def test_several_providers_are_offered_by_name():
    shared = {k: AUTH[k] for k in ("redirect_uri", "cookie_secret")}
    two = {**shared, "institute": PROVIDER, "orcid": PROVIDER}
    assert list(login.providers(two)) == ["institute", "orcid"]
    assert list(login.providers(AUTH)) == [None]
    for bad in (shared, {**shared, "orcid": {**PROVIDER, "client_secret": ""}}):
        with pytest.raises(OptionError, match="lacks"):
            login.providers(bad)


def test_secrets_that_cannot_be_read_let_nobody_in(tmp_path):
    path = tmp_path / "secrets.toml"
    path.write_text("[auth\nbroken")
    before = st.config.get_option("secrets.files")
    st.secrets._reset()
    st.config.set_option("secrets.files", [str(path)])
    try:
        with pytest.raises(OptionError, match="nobody is let in"):
            login.configured()
    finally:
        st.config.set_option("secrets.files", before)
        st.secrets._reset()


@pytest.mark.parametrize("lacking", ["authlib", "httpx"])
def test_without_its_libraries_nobody_is_let_in(filled, point_to, monkeypatch, lacking):
    monkeypatch.setattr(login, "find_spec", lambda name: None if name == lacking else name)
    app = page(filled, point_to, AUTH)
    assert f"needs the package {lacking};" in app.error[0].value
    assert "pip install 'ugrn[login]'" in app.error[0].value.replace("\\", "")
    assert not app.selectbox
