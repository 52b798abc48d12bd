"""Which browser asks: a random mark in a cookie, so that what somebody adds is his alone.

Nobody logs in here. A browser that has no mark yet is given one with the first page; it is sent
back with every later request, and says nothing but that it is the same browser.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from http.cookies import CookieError, SimpleCookie

import streamlit as st
from starlette.middleware import Middleware

COOKIE = "ugrn_browser"
_SECONDS = 400 * 24 * 3600  # browsers keep no cookie longer
_MARK = re.compile(r"[0-9a-f]{32}")
_SESSION = "ugrn_session_owner"


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
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    mark = secrets.token_hex(16)
    return f"{COOKIE}={mark}; Path=/; Max-Age={_SECONDS}; HttpOnly; SameSite=Lax{secure}".encode()


def middleware() -> Middleware:
    """Return what gives each browser its mark."""
    return Middleware(BrowserMark)


def owner() -> str:
    """Return whose what is added now will be: of this browser, or where it keeps no cookies of this
    session. A digest: who reads a manifest cannot pose as the browser."""
    mark = str(st.context.cookies.get(COOKIE, ""))
    if not _MARK.fullmatch(mark):
        mark = st.session_state.setdefault(_SESSION, secrets.token_hex(16))
    return hashlib.sha256(f"ugrn {mark}".encode()).hexdigest()[:32]
