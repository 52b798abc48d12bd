"""Two people who log in with an OpenID Connect provider, a real one on this machine (discovery,
authorization code, signed token), below a path: each finds what is his, in whichever browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page

pytest.importorskip("oidc_provider_mock", reason="the test's OpenID Connect provider is missing")

from oidc_provider_mock import run_server_in_thread

from tests.browser import served

SECRETS = """
[auth]
redirect_uri = "http://localhost:{port}/ugrn/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "ugrn"
client_secret = "s3cret"
server_metadata_url = "http://localhost:{provider}/.well-known/openid-configuration"
"""
FORGED = "2|1:0|10:1700000000|15:_streamlit_user|8:eyJzdWIi|0123456789abcdef"


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.set_default_timeout(served.PATIENCE)
    page.goto(address)
    return page


def refused(page: Page) -> None:
    """Nothing is drawn but the way to log in."""
    page.get_by_role("button", name="Log in").wait_for()
    assert page.locator("[data-testid=stSelectbox]").count() == 0
    assert "GATA1" not in page.content()


def log_in(context: BrowserContext, name: str) -> Page:
    """Ask for a page, be sent to the provider, say who it is, and be sent back."""
    page = opened(context, "/ugrn/methods")
    refused(page)
    page.get_by_role("button", name="Log in").click()
    page.get_by_placeholder("sub").fill(name)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url("**/ugrn/**")
    page.get_by_text(name).first.wait_for()
    return page


def test_each_account_has_its_own_and_nobody_else_comes_in(tmp_path):
    if served.chromium() is None:
        pytest.skip("no Chromium here: install one or set UGRN_CHROMIUM")
    port, secrets = served.free_port(), tmp_path / "secrets.toml"
    given = ("--server.port", str(port), "--secrets.files", str(secrets))
    base = {"UGRN_SERVE": "private", "STREAMLIT_SERVER_BASE_URL_PATH": "ugrn"}
    with run_server_in_thread() as provider:
        secrets.write_text(SECRETS.format(port=port, provider=provider.server_port))
        with (
            served.serving(tmp_path, arguments=given, **base) as address,
            served.browsing(base_url=address.removesuffix("/ugrn")) as first,
        ):
            page = log_in(first, "ada@example.org")
            page.goto("/ugrn/?backbone=ugrn-small")
            page.get_by_text("Use my own gene list").click()
            page.get_by_role("textbox", name="Gene symbols").fill("GATA1\nSPI1\nKLF1\nTAL1")
            page.get_by_role("button", name="Use this list").click()
            page.wait_for_url("**dataset=pasted-**")
            link = page.url

            another = first.browser.new_context(base_url=first.pages[0].url)
            another.add_cookies([{"name": "_streamlit_user", "value": FORGED, "url": address}])
            refused(opened(another, link))
            page = log_in(another, "bob@example.org")
            page.goto(link)
            page.get_by_text("not on this machine").first.wait_for()
            page.get_by_role("button", name="Log out").click()
            page.get_by_role("button", name="End session").click()  # the provider's
            page.wait_for_url("**/ugrn/**")
            refused(page)

            page = log_in(another, "ada@example.org")  # in bob's browser
            page.goto(link)
            page.get_by_role("button", name="Compute the network (one time)").wait_for()
    homes = sorted((tmp_path / "visitors").iterdir())
    assert sum((home / "panels").is_dir() for home in homes) == 1
    assert len(homes) == 2
