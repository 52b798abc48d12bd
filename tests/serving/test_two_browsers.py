"""Two people on one server: kept apart, or told that they are not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.browser import served

LIST = "GATA1\nSPI1\nKLF1\nTAL1"
STEMS = "text=No job has been started here"


@pytest.fixture
def chromium():
    if served.chromium() is None:
        pytest.skip("no Chromium here: install one or set UGRN_CHROMIUM")


def see_the_list(page) -> None:
    """Wait for the list's job on Runs: under way, or folded away with those that ended."""
    told, ended = page.get_by_text("a list of 4 genes").first, page.get_by_text("came to their end")
    expect(told.or_(ended).first).to_be_visible()
    if ended.count():
        ended.click()
        expect(told).to_be_visible()


def test_a_visitor_finds_nothing_of_another(chromium, tmp_path, complaints):
    with (
        served.serving(tmp_path, UGRN_SERVE="private") as address,
        served.browsing(base_url=address) as first,
    ):
        one = first.new_page()
        served.watch(one, complaints)
        one.goto("/?backbone=ugrn-small")
        served.settled(one)
        one.get_by_text("Use my own gene list").click()
        one.get_by_role("textbox", name="Gene symbols").fill(LIST)
        one.get_by_role("button", name="Use this list").click()
        one.wait_for_url("**dataset=pasted-**")
        one.get_by_role("button", name="Compute the network (one time)").click()
        one.get_by_text("Or begin with an example").wait_for()
        link = one.url
        one.goto("/runs")
        see_the_list(one)

        two = first.browser.new_context(base_url=address).new_page()
        served.watch(two, complaints)
        two.goto("/runs")
        served.settled(two)
        expect(two.locator(STEMS)).to_be_visible()
        expect(two.get_by_text("a list of 4 genes")).to_have_count(0)
        two.goto(link)
        served.settled(two)
        expect(two.get_by_text("not on this machine").first).to_be_visible()

        again = first.new_page()  # the first one's other tab: still his
        again.goto("/runs")
        see_the_list(again)
    homes = sorted((tmp_path / "visitors").iterdir())
    assert len(homes) == 2
    assert sum((home / "runs").is_dir() for home in homes) == 1
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / "jobs").exists()


def test_what_is_common_says_so_on_every_page(chromium, tmp_path):
    with (
        served.serving(tmp_path, UGRN_SERVE="shared") as address,
        served.browsing(base_url=address) as context,
    ):
        page = context.new_page()
        for name in ("", "runs", "methods"):
            page.goto(f"/{name}")
            expect(page.get_by_text("Shared server")).to_be_visible(timeout=served.PATIENCE)


def test_beyond_this_machine_it_does_not_start_unasked(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k != "UGRN_SERVE"}
    done = subprocess.run(
        [sys.executable, "-m", "ugrn_core", "app", "--server.address", "0.0.0.0"],
        cwd=served.ROOT,
        env=environment | {"UGRN_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 2
    assert "UGRN_SERVE=private" in done.stderr
    assert "Traceback" not in done.stderr
