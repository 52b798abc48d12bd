"""A page brings along what its first paint needs, and one below the root says where its server is;
everything else passes as it is."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
import streamlit
from streamlit import net_util
from streamlit.web.server.server_util import is_url_from_allowed_origins

from ugrn_core.dashboard import first_paint
from ugrn_core.dashboard.shell.server import ServerAddress, middleware

PAGE = b"<!DOCTYPE html><html><head><title>t</title></head><body></body></html>"


async def inner(scope, receive, send) -> None:
    """Answer as Streamlit's server does: the page in two parts, with its length and mark."""
    kind = b"application/json" if scope["path"].endswith("json") else b"text/html; charset=utf-8"
    names = sorted(name for name, _ in scope["headers"])
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(PAGE)).encode()),
        (b"etag", b'"1"'),
        (b"seen", b" ".join(names)),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": PAGE[:30], "more_body": True})
    await send({"type": "http.response.body", "body": PAGE[30:]})


def answer(path: str, accept: bytes = b"text/html,*/*", base: str = "", query: bytes = b""):
    """Return status, headers and body of a request."""
    sent = []

    async def send(message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": query}
    scope["headers"] = [(b"accept", accept), (b"accept-encoding", b"gzip")]
    asyncio.run(ServerAddress(inner, base, "start")(scope, None, send))
    body = b"".join(m.get("body", b"") for m in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


@pytest.mark.parametrize(("path", "base"), [("/regulators", ""), ("/ugrn/regulators", "/ugrn/")])
def test_a_page_is_told_its_server_before_any_script(path, base):
    status, headers, body = answer(path, base=base)
    assert status == 200
    assert int(headers[b"content-length"]) == len(body)
    assert b"etag" not in headers  # it is of the file without the address
    assert headers[b"seen"] == b"accept"  # or the body may come packed
    head, script = body.split(b"<script>", 1)
    assert head.endswith(b"<head>")
    assert b'BACKEND_BASE_URL: new URL("./", window.location.href)' in script
    before, after = body[: len(head)], script.split(b"</script>", 1)[1]
    assert before + after == first_painted(PAGE, "regulators")


def first_painted(page: bytes, name: str = "") -> bytes:
    """Return a page called `name` with what its first paint needs where that belongs."""
    page = page.replace(b"</head>", first_paint.ahead() + b"</head>")
    end = first_paint.style() + first_paint.later(name) + b"</body>"
    return page.replace(b"</body>", end)


@pytest.mark.parametrize(("path", "base"), [("/", ""), ("/ugrn/", "ugrn")])
def test_the_root_is_sent_with_what_its_first_paint_needs(path, base):
    status, headers, body = answer(path, base=base)
    assert (status, body) == (200, first_painted(PAGE))
    assert int(headers[b"content-length"]) == len(body)


def test_what_is_fetched_ahead_is_there_with_all_it_imports():
    folder = Path(streamlit.__file__).parent / "static" / "static" / "js"
    names = re.findall(r'href="\./static/js/([^"]+)"', first_paint.ahead().decode())
    assert [name for name in names if not (folder / name).is_file()] == []
    kinds = {name.split(".")[0] for name in names}
    assert {"Selectbox", "Slider", "ButtonGroup", "Metric", "DataFrame", "WidgetLabel"} <= kinds
    assert "PlotlyChart" not in kinds  # 4.7 MB: fetched when there is nothing else to do
    (charts,) = re.findall(r'import\("\./static/js/([^"]+)"\)', first_paint.later().decode())
    assert charts.startswith("PlotlyChart.")
    assert (folder / charts).is_file()


@pytest.mark.parametrize(
    ("path", "accept", "base"),
    [
        ("/elsewhere", b"text/html", "ugrn"),
        ("/_stcore/health", b"text/html", ""),
        ("/media/1234.csv", b"text/html", ""),
        ("/static/js/index.js", b"*/*", ""),
        ("/regulators", b"*/*", ""),
        ("/auth/login", b"text/html", ""),  # a browser goes there by itself
        ("/ugrn/auth/logout", b"text/html", "ugrn"),
    ],
)
def test_everything_else_passes_as_it_is(path, accept, base):
    status, headers, body = answer(path, accept, base)
    assert (status, body) == (200, PAGE)
    assert headers[b"etag"] == b'"1"'
    assert headers[b"seen"] == b"accept accept-encoding"


def test_what_is_no_html_passes_as_it_is():
    async def passes():
        sent = []

        async def send(message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/notes-json", "query_string": b""}
        await ServerAddress(inner)(scope | {"headers": [(b"accept", b"text/html")]}, None, send)
        return sent

    start, *parts = asyncio.run(passes())
    assert dict(start["headers"])[b"etag"] == b'"1"'
    assert b"".join(p["body"] for p in parts) == PAGE


@pytest.mark.parametrize(
    ("path", "query", "location"),
    [
        ("/start", b"gene=SPI1", b"./?gene=SPI1"),
        ("/a/regulators", b"gene=SPI1", b"../regulators?gene=SPI1"),
        ("/a/b/no such", b"", b"../../no%20such"),
        ("/a/b/\u00e9\r\nx", b"", b"../../%C3%A9%0D%0Ax"),
    ],
)
def test_an_address_that_is_too_deep_leads_to_its_last_step_and_start_to_the_root(
    path, query, location
):
    status, headers, _ = answer(path, query=query)
    assert (status, headers[b"location"]) == (307, location)


def test_a_websocket_passes():
    seen = []

    async def app(scope, receive, send) -> None:
        seen.append(scope["type"])

    asyncio.run(ServerAddress(app)({"type": "websocket", "path": "/a/b"}, None, None))
    assert seen == ["websocket"]


def test_the_internet_is_not_asked_who_we_are(monkeypatch):
    asked = []
    monkeypatch.setattr("requests.get", lambda url, **_: asked.append(url))
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)  # put back after
    middleware("", "start")
    assert not is_url_from_allowed_origins("http://elsewhere.example")
    assert asked == []
