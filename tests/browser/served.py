"""The dashboard as a user meets it: a server of its own and a real Chromium, watched."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
DATASET = "dataset=krumsiek2011&backbone=ugrn-base"  # the smallest that ships
# What moves by itself, from the first paint on: the sum of layout shifts (CLS), and what moved.
MOVES = """(() => { window.ugrnMoved = [0, {}];
  new PerformanceObserver((list) => { for (const entry of list.getEntries())
    if (!entry.hadRecentInput) {
      window.ugrnMoved[0] += entry.value;
      for (const { node } of entry.sources) {
        const part = node?.closest?.('[class*=st-key-], [data-testid]');
        window.ugrnMoved[1][part?.className ?? 'gone'] = entry.value;
      }
    }
  }).observe({ type: 'layout-shift', buffered: true }); })();"""
PATIENCE = 240_000  # ms; a loaded machine is slow to import torch


def chromium() -> str | None:
    """Return the browser's path: UGRN_CHROMIUM, else an installed one, else None."""
    if "UGRN_CHROMIUM" in os.environ:
        return os.environ["UGRN_CHROMIUM"] or None
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


def _up(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
            return answer.read() == b"ok"
    except OSError:
        return False


@contextmanager
def serving(
    home: Path, assets: Path = ROOT / "assets", arguments: tuple[str, ...] = (), **more: str
) -> Iterator[str]:
    """Serve the dashboard with `home`, `assets`, further `arguments` (such as a port) and `more`
    variables; yield its address."""
    port = int(arguments[1]) if arguments[:1] == ("--server.port",) else free_port()
    address = f"http://localhost:{port}"
    env = {k: v for k, v in os.environ.items() if not k.startswith("UGRN_")}
    base = more.get("STREAMLIT_SERVER_BASE_URL_PATH", "")
    address += f"/{base}" if base else ""
    env |= {"UGRN_HOME": str(home), "UGRN_ASSETS": str(assets), "UGRN_WORKERS": "2"} | more
    command = [sys.executable, "-m", "ugrn_core", "app"]
    command += ["--server.port", str(port), "--server.headless", "true", *arguments]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 300
        while not _up(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((home / "server.log").read_text()[-2000:])
            time.sleep(0.3)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:  # a crowded machine
            process.kill()
            process.wait()


@contextmanager
def browsing(**context: object) -> Iterator[BrowserContext]:
    """Yield a fresh browser context."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        try:
            yield browser.new_context(**context)
        finally:
            browser.close()


def watch(page: Page, complaints: list[str]) -> None:
    """Append to `complaints` every request beyond localhost and every error in the console."""
    local = ("http://localhost:", "ws://localhost:", "data:", "blob:", "about:")
    local += ("http://ugrn.localhost:", "ws://ugrn.localhost:")  # behind a proxy

    def requested(url: str) -> None:
        if not url.startswith(local):
            complaints.append(f"asked for {url}")

    def answered(response) -> None:
        if response.status >= 400:
            complaints.append(f"{response.status} {response.url}")

    def said(message) -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text}")

    page.set_default_timeout(PATIENCE)
    page.on("request", lambda r: requested(r.url))
    page.on("websocket", lambda w: requested(w.url))
    page.on("response", answered)
    page.on("console", said)
    page.on("pageerror", lambda e: complaints.append(f"script: {e}"))


def settled(page: Page) -> None:
    """Wait until the page's script has run and its text stays as it is, ten seconds at most: what
    a page says of a run that goes on never does.

    A script can rest for a moment between two runs, and charts draw themselves after it.
    """
    main = page.locator("[data-testid=stMain]")
    main.locator("h1").first.wait_for()
    for _ in range(25):
        page.wait_for_function(
            "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState !== 'running' "
            "&& !document.querySelector('[data-testid=stSkeleton]')"
        )
        before = main.inner_text()
        page.wait_for_timeout(400)
        if main.inner_text() == before:
            return
