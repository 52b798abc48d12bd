"""A browser gets one mark, with its first page, and nothing else does."""

from __future__ import annotations

import asyncio
import re

import pytest

from ugrn_core.dashboard.shell.browser_mark import COOKIE, BrowserMark

MARK = "0123456789abcdef" * 2


def headers_of(scope: dict) -> list[tuple[bytes, bytes]]:
    """The headers of what the server answers a request with, after the middleware."""
    sent = []

    async def server(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
        await send({"type": "http.response.body", "body": b"page"})

    async def send(message):
        sent.append(message)

    asyncio.run(BrowserMark(server)(scope, None, send))
    assert sent[1]["body"] == b"page"
    return sent[0]["headers"]


def request(accept: str = "text/html", cookie: str = "", **more: str) -> dict:
    headers = [(b"accept", accept.encode()), (b"cookie", cookie.encode())]
    return {"type": "http", "method": "GET", "scheme": "http", "headers": headers} | more


def test_the_first_page_brings_a_mark_that_scripts_cannot_read():
    (_, cookie) = headers_of(request())[1]
    text = cookie.decode()
    assert re.match(rf"{COOKIE}=[0-9a-f]{{32}}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax$", text)
    assert cookie != headers_of(request())[1][1]
    assert headers_of(request(scheme="https"))[1][1].endswith(b"; Secure")


@pytest.mark.parametrize("cookie", ["", "other=1", f"{COOKIE}=short", f'{COOKIE}="; Path=/'])
def test_what_is_no_mark_is_replaced(cookie):
    assert len(headers_of(request(cookie=cookie))) == 2


@pytest.mark.parametrize(
    "scope",
    [
        request(cookie=f"{COOKIE}={MARK}"),
        request(cookie=f"a=b; {COOKIE}={MARK}; c=d"),
        request(accept="*/*"),
        request(method="POST"),
    ],
)
def test_a_browser_that_has_one_and_requests_that_are_no_pages_get_none(scope):
    assert headers_of(scope) == [(b"x", b"y")]
