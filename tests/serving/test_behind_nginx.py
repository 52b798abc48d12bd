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
{above}
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port};
{location}
    }}
}}
"""


def told(server: str) -> tuple[str, str]:
    """What docs/serving.md gives, to the letter, for the address of `server`: what stands above the
    location, and the location."""
    text = (served.ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    block = text.split("```nginx\n")[1].split("```")[0]
    above, name, location = block.partition("location /ugrn/")
    return above, (name + location).replace("http://127.0.0.1:8501", server)


@contextmanager
def nginx(folder: Path, server: str) -> Iterator[str]:
    """Run nginx before `server`; yield its address."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip("no nginx here: apt-get install nginx-light to run this test")
    port = served.free_port()
    above, location = told(server)
    written = CONFIGURATION.format(folder=folder, port=port, above=above, location=location)
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


def status(address: str) -> int:
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


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
        asked = [status(f"{metrics.removesuffix('metrics')}upload_file/x") for _ in range(60)]
        assert asked[0] != 503
        assert asked[-1] == 503  # sessions and uploads are limited, a page's own files are not
        assert status(f"{metrics.removesuffix('metrics')}health") == 200
        time.sleep(2)
        page.get_by_text("Use my own gene list").click()
        genes = {"name": "genes.txt", "mimeType": "text/plain", "buffer": b"GATA1\nSPI1\nKLF1\n"}
        page.locator("[data-testid=stFileUploaderDropzoneInput]").first.set_input_files([genes])
        page.wait_for_url("**dataset=pasted-**")
        expect(page.get_by_text("3 genes").first).to_be_visible()
