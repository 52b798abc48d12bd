"""A local server that misbehaves on request, and archives to serve."""

from __future__ import annotations

import io
import re
import stat
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Serves `files` (path -> bytes); breaks off after `stop_after` bytes of each answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.stop_after: int | None = None
        self.ranges = True
        self.shift = 0  # how far off the part is that it gives for a range
        self.endless = b""  # sent again and again in place of an answer
        self.drip: float | None = None  # seconds between bytes
        self.answers: list[tuple[int, dict[str, str]]] = []  # status and headers given first
        self.kind: str | None = None  # content type
        self.headers: dict[str, str] = {}  # more of every answer that brings a file
        self.heard: list[dict[str, str]] = []  # the headers of every request
        self.head_answers: list[int] = []  # status of the first answers to HEAD
        self.facts: dict[str, dict[str, str]] = {}  # path -> headers of the answer to HEAD

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.heard.append(dict(self.headers))
        self.server.asked.append((self.path, wanted))
        body = self.server.files.get(self.path)
        while self.server.endless:
            try:
                self.wfile.write(self.server.endless)
            except OSError:
                return
            time.sleep(0.005)
        if self.server.answers:
            status, headers = self.server.answers.pop(0)
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            return
        if body is None:
            self.send_error(404)
            return
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted else 0
        partial = bool(wanted) and self.server.ranges
        start = max(0, start - self.server.shift)
        rest = body[start:] if partial else body
        self.send_response(206 if partial else 200)
        self.send_header("Content-Length", str(len(rest)))
        if partial:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if self.server.kind:
            self.send_header("Content-Type", self.server.kind)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.server.drip is None:
            self.wfile.write(rest[: self.server.stop_after])
            return
        for k in range(len(rest)):
            try:
                self.wfile.write(rest[k : k + 1])
            except OSError:
                return
            time.sleep(self.server.drip)

    def do_HEAD(self) -> None:
        facts = self.server.facts.get(self.path)
        self.server.heard.append(dict(self.headers))
        if self.server.head_answers:
            self.send_response(self.server.head_answers.pop(0))
            self.end_headers()
            return
        self.send_response(404 if facts is None else 302 if "Location" in facts else 200)
        for name, value in (facts or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


def zipped(files: dict[str, bytes], link: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if name == link:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, content)
    return buffer.getvalue()
