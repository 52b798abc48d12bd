"""A model from the hub to its curves and away again, in a browser that was never here."""

from __future__ import annotations

import hashlib
import re
import socket
import threading

import pytest

from tests.backbones.tiny import write_tahoe
from tests.browser.served import browsing, chromium, serving, settled, watch
from tests.data.serving import Server
from ugrn_core.experiment.catalog.published_models import published_models

MODEL = published_models()["tahoe-x1-70m"]  # its files are pinned by the hub's own word
COMMIT = "c" * 40
VIEW = "dataset=krumsiek2011"


class Gated(Server):
    """A hub that hands over the last file of the model when `gate` is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def finish_request(self, request, client_address) -> None:
        asked = request.recv(300, socket.MSG_PEEK)  # it stays to be read
        if asked.startswith(b"GET") and MODEL.files[-1].path.encode() in asked:
            self.gate.wait(60)
        super().finish_request(request, client_address)


@pytest.fixture
def hub(tmp_path):
    """A hub of this machine with a tiny model in place of the published one."""
    with Gated() as running:
        folder = write_tahoe(tmp_path / "published")
        for file in MODEL.files:
            body = (folder / file.name).read_bytes()
            where = f"/{MODEL.repository}/resolve/{{}}/{file.path}"
            running.files[where.format(COMMIT)] = body
            running.facts[where.format(MODEL.revision)] = {
                "X-Repo-Commit": COMMIT,
                "X-Linked-Etag": f'"{hashlib.sha256(body).hexdigest()}"',
                "X-Linked-Size": str(len(body)),
            }
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield running
        running.gate.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def address(hub, tmp_path):
    """A dashboard that fetches from the hub."""
    if chromium() is None:
        pytest.skip("no Chromium here: install one or set UGRN_CHROMIUM")
    (tmp_path / "home").mkdir()
    quiet = {"HF_ENDPOINT": hub.url, "NO_PROXY": "127.0.0.1,localhost"}
    with serving(tmp_path / "home", **quiet) as found:
        yield found


@pytest.fixture
def context():
    """A browser that was never here, without the server of the other tests."""
    with browsing(viewport={"width": 1366, "height": 900}) as found:
        yield found


def sidebar(page) -> str:
    return page.get_by_test_id("stSidebar").inner_text()


def test_a_model_is_fetched_used_removed_and_fetched_again(hub, address, context, complaints):
    page = context.new_page()
    watch(page, complaints)
    page.goto(f"{address}/data?{VIEW}&part=models")
    fetch = page.locator(f".st-key-fetch_{MODEL.name}").get_by_role("button")
    fetch.click()
    page.locator(f".st-key-cancel_{MODEL.name}").wait_for()
    page.get_by_text(re.compile(r"fetching \S+: .+ of ")).wait_for()
    hub.gate.set()

    page.get_by_text(re.compile("fetched; .*no translators, so no scores yet")).wait_for()
    settled(page)
    page.locator(f"a[href*='backbone={MODEL.name}']").get_by_text("Use it").click()
    page.wait_for_url(f"**backbone={MODEL.name}**")
    page.get_by_role("button", name="Compute the network (one time)").click()
    page.get_by_text("Or begin with an example").wait_for()
    settled(page)
    assert "4 genes · 4 regulators · 12 pairs probed" in sidebar(page)
    assert "No scores: no translator is fitted to these weights" in sidebar(page)
    assert page.get_by_role("combobox", name="Backbone").input_value() == MODEL.title

    beside = context.new_page()
    watch(beside, complaints)
    beside.goto(f"{address}/regulators?{VIEW}&backbone={MODEL.name}&gene=GATA1")
    beside.get_by_text("possible regulators of GATA1").wait_for()
    settled(beside)

    page.goto(f"{address}/data?{VIEW}&part=models")
    page.get_by_role("button", name="Remove", exact=False).click()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text(f"Removed {MODEL.name} and its files").wait_for()
    settled(page)
    assert fetch.count() == 1

    beside.get_by_test_id("stSidebarNav").get_by_role("link", name="Gene pair", exact=True).click()
    beside.get_by_text(f"You chose “{MODEL.name}”, which is not offered here").wait_for()

    fetch.click()
    page.get_by_text(re.compile("fetched; .*no translators, so no scores yet")).wait_for()
    page.goto(f"{address}/regulators?{VIEW}&backbone={MODEL.name}&gene=GATA1")
    page.get_by_text("possible regulators of GATA1").wait_for()  # its curves were kept
    settled(page)
    assert "12 pairs probed" in sidebar(page)
