"""What the server says with every answer, and what it does not answer at all."""

from __future__ import annotations

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
