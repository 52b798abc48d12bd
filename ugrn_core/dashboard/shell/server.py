"""Where a page's server is: told to the browser, which would else guess and log what it misses.

Opened at /regulators, Streamlit's page asks for its server below /regulators first, and the console
shows two errors 404. So each page is sent with the address of its server, seen from the page: also
right behind a proxy that puts the dashboard below a path of its own. Every page, the root too, is
sent with what its first paint needs.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.middleware import Middleware
from streamlit import net_util
from streamlit.runtime.pages_manager import PagesManager

from ugrn_core.dashboard import first_paint
from ugrn_core.dashboard.shell import browser_mark
from ugrn_core.dashboard.shell.guard import Guard, Secret
from ugrn_core.errors import InputError
from ugrn_core.settings import read_settings, require_serve

_HTML = b"text/html"
_HEAD, _END_OF_HEAD, _END = b"<head>", b"</head>", b"</body>"
_LOGIN = "auth"  # Streamlit's way to a provider and back: auth/login, auth/logout
_SCRIPT = (
    b"<script>window.__streamlit = { ...window.__streamlit, "
    b'BACKEND_BASE_URL: new URL("./", window.location.href).href };</script>'
)


class ServerAddress:
    """ASGI middleware: pages carry their style, and those below the root name it as their
    server."""

    def __init__(self, app, base: str = "", home: str = "") -> None:
        """base: the path of the root, from Streamlit's server.baseUrlPath. home: the name of the
        page at the root, which has no address under its name."""
        self._app = app
        self._base = base.strip("/")
        self._home = home

    async def __call__(self, scope, receive, send) -> None:
        """Pass on everything but pages: those asked for as HTML, below the root."""
        steps = self._steps(scope)
        if steps is None:
            await self._app(scope, receive, send)
        elif steps == [self._home]:
            await _redirect("./", scope, send)
        elif len(steps) > 1:  # no page is that deep, and its files would be looked for there
            await _redirect("../" * (len(steps) - 1) + quote(steps[-1]), scope, send)
        else:
            # Unpacked, to write into it.
            headers = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
            writer = _Writer(send, steps[0] if steps else "")
            await self._app(scope | {"headers": headers}, receive, writer.send)

    def _steps(self, scope) -> list[str] | None:
        """Return the steps from the root to a page, none for the root; None for what is no page."""
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        accepted = next((v for k, v in scope["headers"] if k == b"accept"), b"")
        steps = [step for step in scope["path"].split("/") if step]
        base = [step for step in self._base.split("/") if step]
        if _HTML not in accepted or steps[: len(base)] != base:
            return None
        below = steps[len(base) :]
        if below[:1] == [_LOGIN]:
            return None
        return None if any("." in step or step == "_stcore" for step in below) else below


async def _redirect(there: str, scope, send) -> None:
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    headers = [(b"location", there.encode() + query), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


class _Writer:
    """Sends an HTML page, called `page` ("" at the root), with its server at the head of it and
    what its first paint needs, all else as it is."""

    def __init__(self, send, page: str) -> None:
        self._send, self._page, self._start, self._body = send, page, None, b""

    async def send(self, message) -> None:
        if message["type"] == "http.response.start":
            kinds = [v for k, v in message["headers"] if k == b"content-type"]
            if kinds and kinds[0].startswith(_HTML):
                self._start = message
                return
        elif self._start is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish()
            return
        await self._send(message)

    async def _finish(self) -> None:
        body = self._body.replace(_HEAD, _HEAD + _SCRIPT, 1) if self._page else self._body
        body = body.replace(_END_OF_HEAD, first_paint.ahead() + _END_OF_HEAD, 1)
        before, end, after = body.rpartition(_END)
        body = (
            before + first_paint.style() + first_paint.later(self._page) + end + after
            if end
            else body
        )
        headers = [
            (k, v) for k, v in self._start["headers"] if k not in (b"content-length", b"etag")
        ]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send(self._start | {"headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def middleware(base: str, home: str) -> list[Middleware]:
    """Return what every request passes on its way. base, home: see ServerAddress.

    Tells Streamlit, too, that the script declares the pages, as st.navigation does: before the
    first script has run it would look for them in the folder, and miss an address that is ours.
    Nor does it ask the internet for this machine's address, as it would at the start and whenever a
    page of another site knocks.
    """
    PagesManager.uses_pages_directory = False
    net_util.get_external_ip = _unasked
    secret = Middleware(Secret, secret=read_settings().secret)
    marks = browser_mark.middleware()
    return [Middleware(Guard), secret, marks, Middleware(ServerAddress, base=base, home=home)]


def _unasked() -> None:
    """Return no address."""


def check_address(address: str) -> None:
    """End the server with a sentence where others could reach it and nobody said how to serve."""
    try:
        require_serve(read_settings(), address)
    except InputError as error:
        raise SystemExit(f"Error: {error}") from None
