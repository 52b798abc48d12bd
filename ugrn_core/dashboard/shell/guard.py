"""What the server says with every answer, and what it does not answer at all.

One secret for all visitors (UGRN_SECRET): who does not know it is answered with nothing. HTTP's own
way: the browser asks for a name, which may be any, and the secret, and sends them along. Some send
none with a websocket, so an answer brings a cookie with a digest of the secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie

# The pages' own scripts are inline, Streamlit's make functions of text, and drawings are blobs;
# nothing comes from, or goes to, another server.
_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
_CLOSED = ("/_stcore/metrics",)  # who uses the server, and how much
COOKIE = "ugrn_pass"
_OPEN = "/_stcore/health"  # for whoever watches whether the server is up
_ASK = (b"www-authenticate", b'Basic realm="UGRN", charset="UTF-8"')
_WORDS = b"This server asks for its secret. Whoever runs it knows it.\n"


class Guard:
    """ASGI middleware: security headers on every answer, and no metrics."""

    def __init__(self, app) -> None:
        self._app = app

    async def __call__(self, scope, receive, send) -> None:
        """Pass the request on, or answer 404 for what is closed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].rstrip("/").endswith(_CLOSED):
            await send({"type": "http.response.start", "status": 404, "headers": [*HEADERS]})
            await send({"type": "http.response.body", "body": b""})
            return

        async def told(message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in HEADERS}
                others = [(k, v) for k, v in message.get("headers", ()) if k.lower() not in names]
                message = message | {"headers": [*others, *HEADERS]}
            await send(message)

        await self._app(scope, receive, told)


class Secret:
    """ASGI middleware: pass on what comes with the secret; without one set, everything."""

    def __init__(self, app, secret: str = "") -> None:
        self._app, self._secret = app, secret
        self._pass = hmac.new(secret.encode(), b"ugrn pass", hashlib.sha256).hexdigest()

    async def __call__(self, scope, receive, send) -> None:
        """Pass the request on, or answer 401; a websocket is closed before it opens."""
        kind = scope["type"]
        free = not self._secret or kind not in ("http", "websocket") or self._is_open(scope)
        if free or self._by_cookie(scope):
            await self._app(scope, receive, send)
        elif self._by_header(scope):
            await self._app(scope, receive, self._remembering(scope, send))
        elif kind == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [_ASK, (b"content-type", b"text/plain")]
            headers.append((b"content-length", str(len(_WORDS)).encode()))
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": _WORDS})

    def _is_open(self, scope) -> bool:
        return scope["type"] == "http" and scope["path"].endswith(_OPEN)

    def _by_header(self, scope) -> bool:
        how, _, sent = _header(scope, b"authorization").partition(" ")
        if how.casefold() != "basic":
            return False
        try:
            given = base64.b64decode(sent.strip(), validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(given, self._secret.encode())

    def _by_cookie(self, scope) -> bool:
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(_header(scope, b"cookie"))
        except CookieError:
            return False
        given = cookies[COOKIE].value if COOKIE in cookies else ""
        return hmac.compare_digest(given.encode(), self._pass.encode())

    def _remembering(self, scope, send):
        """Return a `send` that gives the browser the cookie."""
        https = scope.get("scheme") == "https" or _header(scope, b"x-forwarded-proto") == "https"
        text = f"{COOKIE}={self._pass}; Path=/; HttpOnly; SameSite=Lax{'; Secure' * https}"

        async def told(message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), (b"set-cookie", text.encode())]
                message = message | {"headers": headers}
            await send(message)

        return told


def _header(scope, name: bytes) -> str:
    return next((v.decode("latin-1") for k, v in scope["headers"] if k.lower() == name), "")
