"""The journey of a biologist in a real Chromium, offline, on the shipped backbone."""

from __future__ import annotations

import csv
import io
import re

import pytest

from tests.browser.served import DATASET, settled, watch


def fetched(page, label: str, within: str) -> str:
    with page.expect_download() as coming:
        page.locator(within).get_by_role("button", name=label).click()
    return coming.value.path().read_text(encoding="utf-8")


def test_find_a_regulator_inspect_the_pair_open_the_network_and_take_it_home(probed):
    page = probed
    page.get_by_role("link", name=re.compile("^.*Regulators of")).click()
    page.wait_for_url("**/regulators?**")
    settled(page)
    assert page.title() == "Regulators · UGRN"
    sentence = page.get_by_text("possible regulators of").inner_text()
    best = re.search(r"best first: (\S+),", sentence)[1]

    tsv = fetched(page, "TSV", ".st-key-here_downloads")
    lines = [line for line in tsv.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines)), delimiter="\t"))
    assert rows[0]["source"] == best
    assert [int(r["rank"]) for r in rows] == sorted(int(r["rank"]) for r in rows)
    everything = list(csv.DictReader(io.StringIO(fetched(page, "CSV", ".st-key-all_downloads"))))
    assert len(everything) == 110

    click_row(page)
    page.wait_for_url("**/gene_pair?**")
    settled(page)
    assert f"source={best}" in page.url
    assert page.get_by_text("of 110 pairs").count() == 1
    page.locator(".js-plotly-plot").first.wait_for()

    page.get_by_role("link", name=re.compile("The network around")).click()
    page.wait_for_url("**/network?**")
    settled(page)
    assert f"centre={best}" in page.url
    click_gene(page, best)
    page.get_by_role("link", name="Its regulators").click()
    page.wait_for_url("**/regulators?**")
    settled(page)
    assert f"gene={best}" in page.url


def click_row(page) -> None:
    """Click the first row of the page's first table."""
    grid = page.locator("[data-testid=stDataFrame]").first
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    # As a hand does it: the grid takes no click from a mouse that it has not seen coming.
    page.mouse.move(box["x"] + 300, box["y"] + 200, steps=5)
    page.wait_for_timeout(300)
    page.mouse.move(box["x"] + 60, box["y"] + 35 + 17, steps=5)  # the first row
    page.wait_for_timeout(300)
    page.mouse.down()
    page.wait_for_timeout(80)
    page.mouse.up()


def click_gene(page, gene: str) -> None:
    """Click a gene of the drawing, once it is drawn."""
    page.locator(".net canvas").first.wait_for(state="attached")
    page.wait_for_timeout(500)
    page.locator(".net").scroll_into_view_if_needed()
    at = page.locator(".net").evaluate(
        """(box, gene) => ({ ...box.ugrnNetwork.getElementById(gene).renderedPosition() })""",
        gene,
    )
    box = page.locator(".net").bounding_box()
    page.mouse.click(box["x"] + at["x"], box["y"] + at["y"], delay=60)
    page.get_by_role("link", name="Its regulators").wait_for()


def main_text(page) -> str:
    return page.locator("[data-testid=stMain]").inner_text()


@pytest.mark.parametrize(
    "address",
    [
        f"/gene_pair?{DATASET}&source=SPI1&target=JUN",
        f"/regulators?{DATASET}&gene=GATA1&side=targets",
        f"/network?{DATASET}&centre=GATA1&reach=2",
        "/probe_benchmark?sampling=paper&genes=unseen",
    ],
)
def test_a_copied_address_shows_the_same_in_a_new_session(probed, context, complaints, address):
    probed.goto(address)
    settled(probed)
    copied, seen = probed.url, main_text(probed)
    other = context.browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
    watch(other, complaints)
    other.goto(copied)
    settled(other)
    assert main_text(other) == seen
    assert other.url == copied


def test_choices_of_the_sidebar_survive_the_walk_through_the_pages(probed):
    for title in ("Regulators", "Gene pair", "Network", "Probe benchmark", "Start"):
        probed.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        settled(probed)
        assert "dataset=krumsiek2011" in probed.url, title
        assert "Something went wrong" not in main_text(probed)


def test_hostile_text_stays_text(probed):
    probed.goto(f"/regulators?{DATASET}&gene=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    settled(probed)
    assert "not in the vocabulary" in main_text(probed)
    assert probed.locator("[data-testid=stMain] img").count() == 0
