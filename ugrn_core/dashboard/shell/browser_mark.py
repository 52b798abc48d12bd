"""Which browser asks: a random mark in a cookie, so that what somebody adds is his alone.

Nobody logs in here. A browser that has no mark yet is given one with the first page; it is sent
back with every later request, and says nothing but that it is the same browser. Where visitors are
kept apart (UGRN_SERVE=private) each has a home of his own, named by a digest of the mark: nobody's
pages find another's lists, runs or data.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from contextlib import suppress
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie

import streamlit as st
from starlette.middleware import Middleware

from ugrn_core.dashboard import login
from ugrn_core.experiment.shelf import visitors
from ugrn_core.files import disk_errors
from ugrn_core.settings import PRIVATE, VISITORS, Settings

COOKIE = "ugrn_browser"
_SECONDS = 400 * 24 * 3600  # browsers keep no cookie longer
_MARK = re.compile(r"[0-9a-f]{32}")
_SESSION = "ugrn_session_owner"
# What an administrator has put beside the visitors' homes for all of them, to be read only.
COMMON = ("backbones", "translators", "beeline", "atlas", "collectri")


class BrowserMark:
    """ASGI middleware: a page sent to a browser without a mark brings one."""

    def __init__(self, app) -> None:
        self._app = app

    async def __call__(self, scope, receive, send) -> None:
        """Pass everything on, pages with a cookie where the browser has none."""
        if not _is_page(scope) or _MARK.fullmatch(_sent(scope)):
            await self._app(scope, receive, send)
            return

        async def marked(message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], (b"set-cookie", _cookie(scope))]
                message = message | {"headers": headers}
            await send(message)

        await self._app(scope, receive, marked)


def _is_page(scope) -> bool:
    accepted = dict(scope.get("headers", ())).get(b"accept", b"")
    return scope["type"] == "http" and scope["method"] == "GET" and b"text/html" in accepted


def _sent(scope) -> str:
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(dict(scope["headers"]).get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


def _cookie(scope) -> bytes:
    handed_on = dict(scope["headers"]).get(b"x-forwarded-proto") == b"https"
    secure = "; Secure" if handed_on or scope.get("scheme") == "https" else ""
    mark = secrets.token_hex(16)
    return f"{COOKIE}={mark}; Path=/; Max-Age={_SECONDS}; HttpOnly; SameSite=Lax{secure}".encode()


def middleware() -> Middleware:
    """Return what gives each browser its mark."""
    return Middleware(BrowserMark)


def owner() -> str:
    """Return whose what is added now will be: of the account that is logged in, else of this
    browser, or where it keeps no cookies of this session. A digest: who reads a manifest cannot
    pose as the browser."""
    if account := login.account():
        return hashlib.sha256(f"ugrn account {account}".encode()).hexdigest()[:32]
    mark = str(st.context.cookies.get(COOKIE, ""))
    if not _MARK.fullmatch(mark):
        mark = st.session_state.setdefault(_SESSION, secrets.token_hex(16))
    return hashlib.sha256(f"ugrn {mark}".encode()).hexdigest()[:32]


def own(settings: Settings) -> Settings:
    """Return the settings of this session's visitor: those of the server where it serves one person
    or all in common."""
    if settings.serve != PRIVATE:
        return settings
    his = of(settings, owner())
    visitors.seen(his.home)
    _forget(str(settings.home), settings)
    return his


@st.cache_resource(ttl=3600, show_spinner=False)
def _forget(home: str, _settings: Settings) -> int:
    """Delete, once an hour, what visitors left who have not come for long."""
    return visitors.expire(_settings)


def of(settings: Settings, name: str) -> Settings:
    """Return the settings of the visitor `name` (see `owner`), whose home is made where there is
    none."""
    home = settings.home / VISITORS / name
    with disk_errors(home, "make"):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in COMMON:
            there, here = settings.home / folder, home / folder
            if there.is_dir() and not os.path.lexists(here):
                with suppress(FileExistsError):  # another page of his was quicker
                    here.symlink_to(there.absolute(), target_is_directory=True)
    return replace(settings, home=home, common=settings.home, standby=False)
