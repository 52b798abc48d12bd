"""Who is at the browser, where an OpenID Connect provider says so: Streamlit's `st.login`.

Set up by a section [auth] in secrets.toml (docs/serving.md); without it nobody logs in and
everything is as if this file were not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from ugrn_core.errors import OptionError
from ugrn_core.markdown import literal

_OF_ALL = ("redirect_uri", "cookie_secret")
_OF_ONE = ("client_id", "client_secret", "server_metadata_url")
_NEEDED = ("authlib", "httpx")  # the second is Authlib's way to ask the provider
_DAMAGED = "secrets.toml cannot be read, so nobody is let in. Whoever runs this server can mend it."


def configured() -> bool:
    """Return whether visitors must log in. Raises OptionError where secrets.toml is there and
    cannot be read: then nobody may be let in as if it were not."""
    try:
        return "auth" in st.secrets
    except StreamlitSecretNotFoundError as error:
        if getattr(error, "error_id", None) == "no-secrets-found" or "No secrets found" in str(
            error
        ):
            return False
        raise OptionError(_DAMAGED) from error


def providers(auth: Mapping) -> dict[str | None, Mapping]:
    """Return name -> settings of each provider in a section [auth]; None names the only one.

    Raises OptionError for a section that lacks what a login needs.
    """
    named = {name: one for name, one in auth.items() if isinstance(one, Mapping)}
    every = (
        {None: auth}
        if "client_id" in auth
        else {k: v for k, v in named.items() if "client_id" in v}
    )
    lacking = [key for key in _OF_ALL if not auth.get(key)]
    lacking += [key for one in every.values() for key in _OF_ONE if not one.get(key)]
    if not every or lacking:
        raise OptionError(
            "The section [auth] of secrets.toml lacks "
            f"{', '.join(dict.fromkeys(lacking)) or 'a provider with client_id'}: nobody can log "
            "in. See docs/serving.md."
        )
    return every


def account() -> str:
    """Return whose account is logged in: provider and subject, which no other has; "" for none."""
    if not configured() or not st.user.get("is_logged_in"):
        return ""
    subject = st.user.get("sub") or st.user.get("email")
    return f"{st.user.get('iss', '')} {subject}" if subject else ""


def require() -> None:
    """Where visitors must log in, draw how and go no further until one has; raise OptionError for a
    set-up that lets nobody in."""
    if not configured():
        return
    if lacking := [name for name in _NEEDED if find_spec(name) is None]:
        raise OptionError(
            f"This server's visitors log in, which needs the package {' and '.join(lacking)}; it "
            "is not installed: pip install 'ugrn[login]'. Until then nobody is let in."
        )
    if account():
        _who()
        return
    every = providers(st.secrets["auth"])
    st.title("UGRN", anchor=False)
    st.markdown("Log in to go on: this server knows its visitors by their accounts.")
    for name in every:
        label = "Log in" if name is None else f"Log in with {name}"
        st.button(
            literal(label),
            icon=":material/login:",
            key=f"login_{name}",
            on_click=st.login,
            args=() if name is None else (name,),
        )
    st.stop()


def _who() -> None:
    with st.sidebar:
        name = str(st.user.get("email") or st.user.get("name") or "logged in")
        st.caption(literal(name[:60]))
        st.button("Log out", icon=":material/logout:", key="logout", on_click=st.logout)
