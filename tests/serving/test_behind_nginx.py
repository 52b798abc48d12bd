"""The dashboard behind a real nginx, below a path: pages, the websocket, an upload, the mark."""

from __future__ import annotations

import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import served

CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port};
{location}
    }}
}}
"""


def location(server: str) -> str:
    """The block that docs/serving.md gives, for the address of `server`."""
    text = (served.ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    block = text.split("```nginx\n")[1].split("```")[0]
    inner = block[block.index("location") :]
    lines = [line for line in inner.splitlines() if "limit_req" not in line]
    return "\n".join(lines).replace("http://127.0.0.1:8501", server)


@contextmanager
def nginx(folder: Path, server: str) -> Iterator[str]:
    """Run nginx before `server`; yield its address."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip("no nginx here: apt-get install nginx-light to run this test")
    port = served.free_port()
    written = CONFIGURATION.format(folder=folder, port=port, location=location(server))
    (folder / "nginx.conf").write_text(written)
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        health = f"http://localhost:{port}/ugrn/_stcore/health"
        for _ in range(200):
            with suppress(OSError), urllib.request.urlopen(health):
                break
            time.sleep(0.1)
        yield f"http://ugrn.localhost:{port}"  # a name that Streamlit does not let in by itself
    finally:
        process.terminate()
        process.wait(timeout=60)


def test_it_works_below_a_path_of_a_proxy(tmp_path, complaints):
    if served.chromium() is None:
        pytest.skip("no Chromium here: install one or set UGRN_CHROMIUM")
    home, front = tmp_path / "home", tmp_path / "nginx"
    home.mkdir()
    front.mkdir()
    base = {"UGRN_SERVE": "private", "STREAMLIT_SERVER_BASE_URL_PATH": "ugrn"}
    with (
        served.serving(home, **base) as server,
        nginx(front, server.removesuffix("/ugrn").replace("localhost", "127.0.0.1")) as address,
        served.browsing(base_url=address) as context,
    ):
        page = context.new_page()
        served.watch(page, complaints)
        for name in ("", "methods", "runs"):
            page.goto(f"/ugrn/{name}?backbone=ugrn-small")
            served.settled(page)
        (cookie,) = [c for c in context.cookies() if c["name"] == "ugrn_browser"]
        assert cookie["httpOnly"]
        metrics = address.replace("ugrn.localhost", "localhost") + "/ugrn/_stcore/metrics"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(metrics)
        page.get_by_text("Use my own gene list").click()
        genes = {"name": "genes.txt", "mimeType": "text/plain", "buffer": b"GATA1\nSPI1\nKLF1\n"}
        page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files([genes])
        page.wait_for_url("**dataset=pasted-**")
        expect(page.get_by_text("3 genes").first).to_be_visible()
