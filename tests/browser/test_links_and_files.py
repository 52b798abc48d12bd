"""Files read back from the page, links with every slider moved, wrong links, and clicked edges."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET

import openpyxl
import pandas as pd
import pytest

from tests.browser.served import DATASET, serving, settled, watch
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.settings import read_settings

SCRIPT = "%3Cscript%3Ealert(1)%3C%2Fscript%3E"
FORMULA = "%3DHYPERLINK(1)"


def main_text(page) -> str:
    return page.locator("[data-testid=stMain]").inner_text()


def taken(page, label: str, within: str = "[data-testid=stMain]") -> io.BytesIO:
    """Return the file behind a download button."""
    with page.expect_download() as coming:
        page.locator(within).get_by_role("button", name=label, exact=True).first.click()
    return io.BytesIO(coming.value.path().read_bytes())


@pytest.mark.parametrize("colour", ["sign", "known"])
def test_the_networks_files_hold_the_drawn_edges(probed, colour):
    page = probed
    page.goto(f"/network?{DATASET}&centre=GATA1&cut=0.4&colour={colour}")
    settled(page)
    drawn = int(re.search(r"(\d+) drawn", main_text(page))[1])
    parquet = pd.read_parquet(taken(page, "PARQUET"))
    assert len(parquet) == drawn
    assert (parquet["probability"] >= 0.4).all()
    assert ((parquet["source"] == "GATA1") | (parquet["target"] == "GATA1")).all()
    sheet = openpyxl.load_workbook(taken(page, "XLSX")).active
    assert sheet.max_row == drawn + 1
    figure = ET.parse(taken(page, "Drawing, SVG")).getroot()
    kept = next(e for e in figure.iter() if e.tag.endswith("metadata"))
    assert json.loads(kept.text)["n_pairs"] == 110
    names = {e.text for e in figure.iter() if e.tag.endswith("text")}
    assert set(parquet["source"]) | set(parquet["target"]) <= names


def test_the_kept_page_shows_its_legend_below_the_drawing(probed, tmp_path):
    page = probed
    page.goto(f"/network?{DATASET}&centre=GATA1&cut=0.4")
    settled(page)
    kept = tmp_path / "network.html"
    kept.write_bytes(taken(page, "Drawing as a web page").getvalue())
    page = page.context.new_page()  # offline, from a file: nothing of the app watches it
    page.goto(kept.as_uri())
    page.locator("canvas").wait_for()
    drawing = page.locator("#mynetwork").bounding_box()
    legend = page.locator(".ugrn-legend").bounding_box()
    assert legend["y"] >= drawing["y"] + drawing["height"] - 1
    assert legend["width"] > 500


def test_back_leads_to_the_page_before(probed):
    page = probed
    page.goto(f"/regulators?{DATASET}&gene=GATA1")
    settled(page)
    page.get_by_role("link", name="Network", exact=True).click()
    page.wait_for_url("**/network?**centre=**")
    settled(page)
    page.get_by_role("link", name="Compare", exact=True).click()
    page.wait_for_url("**/compare?**kind=**")
    settled(page)
    for name in ("network", "regulators"):
        page.go_back()
        page.wait_for_url(f"**/{name}?**")
        settled(page)
        page.wait_for_timeout(1000)  # for what a page might add to the address
        assert f"/{name}?" in page.url
    assert "gene=GATA1" in page.url


def test_an_edge_of_the_drawing_leads_to_its_pair(probed):
    page = probed
    page.goto(f"/network?{DATASET}&centre=GATA1&cut=0.3&most=10&colour=sign")
    settled(page)
    page.locator(".net canvas").first.wait_for(state="attached")
    page.locator(".net").scroll_into_view_if_needed()
    page.wait_for_timeout(700)
    source, target, x, y = page.locator(".net").evaluate(
        """(box) => { const edge = box.ugrnNetwork.edges()[0], at = edge.renderedMidpoint();
        return [edge.data('source'), edge.data('target'), at.x, at.y]; }"""
    )
    box = page.locator(".net").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y, delay=60)
    page.get_by_text("Why? Its curves").click()  # on the card beside the drawing
    page.wait_for_url("**/gene_pair?**")
    settled(page)
    assert f"source={source}" in page.url
    assert f"target={target}" in page.url


@pytest.mark.parametrize(
    "address",
    [
        f"/network?{DATASET}&centre=GATA1&reach=all&cut=0.35&most=25&colour=community",
        f"/compare?{DATASET}&kind=probe&probe=vvp_effect&with_probe=gdt_peak&best=10",
        f"/gene_pair?{DATASET}&source=SPI1&target=JUN&across=true",
    ],
)
def test_sliders_and_switches_come_back_with_the_link(probed, complaints, address):
    probed.goto(address)
    settled(probed)
    copied, seen = probed.url, main_text(probed)
    other = probed.context.browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
    watch(other, complaints)
    other.goto(copied)
    settled(other)
    assert main_text(other) == seen
    assert other.url == copied


@pytest.mark.parametrize(
    ("address", "says"),
    [
        (f"/gene_pair?{DATASET}&source={SCRIPT}&target=JUN", "not in the vocabulary"),
        (f"/gene_pair?{DATASET}&source=JUN&target=MYC", "not in this panel"),
        (f"/network?{DATASET}&centre={FORMULA}&cut=seven&most=-3", "not in the vocabulary"),
        (f"/network?{DATASET}&centre=GATA1&reach=9&colour=x", "cannot be chosen here"),
        ("/regulators?dataset=..%2F..%2Fetc&backbone=gone&gene=SPI1", "cannot be chosen here"),
        (f"/compare?{DATASET}&kind=nothing&with_backbone=gone", "cannot be chosen here"),
        ("/probe_benchmark?sampling=magic&cell=x", "cannot be chosen here"),
        ("/downloads?dataset=pasted-0123456789abcdef", "not on this machine"),
    ],
)
def test_a_wrong_or_stale_link_gets_a_sentence(probed, address, says):
    probed.goto(address)
    settled(probed)
    text = probed.locator("[data-testid=stApp]").inner_text()
    assert says in text
    assert "Something went wrong" not in text
    assert "Traceback" not in text


def test_a_pasted_list_is_probed_and_its_link_works_elsewhere(page, complaints):
    page.goto(f"/?{DATASET}")
    settled(page)
    page.get_by_text("Use my own gene list").click()
    page.get_by_role("textbox", name="Gene symbols").fill("SPI1, GATA1\nCEBPA Klf1 lst1")
    page.get_by_role("button", name="Use this list").click()
    # On wide screens the line that names it on the page itself is for phones alone.
    page.get_by_text("your list of 5 genes").filter(visible=True).first.wait_for()
    page.get_by_role("button", name="Compute the network (one time)").click()
    page.get_by_text("Or begin with an example").wait_for()
    settled(page)
    copied = page.url
    assert "dataset=pasted-" in copied
    other = page.context.browser.new_context().new_page()
    watch(other, complaints)
    other.goto(copied.replace("/?", "/regulators?"))
    settled(other)
    assert "possible regulators of" in main_text(other)


def test_a_pair_is_the_first_request_after_a_restart(tmp_path, page, complaints):
    settings = read_settings({"UGRN_HOME": str(tmp_path)})
    compute.compute(settings, run_spec.Spec("ugrn-base", "krumsiek2011"))
    with serving(tmp_path) as address:
        page.goto(f"{address}/gene_pair?{DATASET}&source=SPI1&target=JUN")
        settled(page)
        page.locator(".js-plotly-plot").first.wait_for()
        assert "of 110" in main_text(page)


def test_the_address_is_copied_where_the_browser_refuses_its_clipboard(probed):
    page = probed
    page.goto(f"/network?{DATASET}&centre=GATA1")
    settled(page)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.evaluate(
        "document.execCommand = what => { window.copied = [what, getSelection().toString()]; "
        "return true; }"
    )
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Copied", exact=True).first.wait_for()
    assert page.evaluate("window.copied") == ["copy", page.url]


def test_nothing_is_cut_off_on_a_narrow_screen(probed):
    page = probed
    page.set_viewport_size({"width": 1024, "height": 768})
    for path in ("/network", "/probe_benchmark", "/methods", "/gene_pair"):
        page.goto(f"{path}?{DATASET}")
        settled(page)
        lost = page.evaluate(
            """() => { const main = document.querySelector('[data-testid=stMain]');
            const right = main.getBoundingClientRect().right;
            return [main.scrollWidth - main.clientWidth,
              ...[...main.querySelectorAll('button')].filter(
                b => b.getBoundingClientRect().right > right + 1).map(b => b.innerText)]; }"""
        )
        assert lost == [0], path
