"""The marks with a stopwatch: `python -m tests.browser.stopwatch [BACKBONE]` (some minutes,
offline; default: ugrn-base).

On a home of its own, in a real Chromium on the same machine: from the Start page of a data set
nobody has probed to a pair's two curves, with clicks counted, for who presses at once and for who
reads the page first; warm changes between pages; and the
network at 500 and 2,000 edges: from the address until it is drawn, and frames a second while it is
redrawn all the time, with its edges, and as while it is dragged, when they are hidden.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.served import browsing, serving, settled
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.settings import Settings, read_settings

PROBED, FRESH = "pbmc68k", "krumsiek2011"
FRESH_BACKBONE = "ugrn-small"  # under the default one FRESH ships computed
PAGES = ("Regulators", "Gene pair", "Network", "Probe benchmark", "Methods")
RESTING = "document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'running'"
FRAMES = """async (box) => { const cy = box.ugrnNetwork;
  let frames = 0; const begun = performance.now();
  while (performance.now() - begun < 4000) {
    const drawn = new Promise((done) => cy.one('render', done));
    cy.panBy({ x: frames % 18 < 9 ? 1 : -1, y: 0 });
    await drawn; frames += 1;
  }
  return frames / (performance.now() - begun) * 1000; }"""


READING = 3  # seconds on the Start page, in which the process that stands by gets ready


def forget(settings: Settings, backbone: str) -> None:
    """Make FRESH a data set that nobody has probed."""
    for folder in (
        settings.runs / run_spec.run_id(settings, run_spec.Spec(backbone, FRESH)),
        settings.jobs,
        settings.probes,
    ):
        shutil.rmtree(folder, ignore_errors=True)


def first_evidence(page: Page, backbone: str, reading: float) -> tuple[int, float]:
    """Return clicks and seconds from the Start page, once drawn and read, to a pair's curves."""
    page.goto(f"/?dataset={FRESH}&backbone={backbone}")
    settled(page)
    page.wait_for_timeout(1000 * reading)
    begun = time.monotonic()
    page.get_by_role("button", name="Compute the network (one time)").click()
    page.get_by_role("link", name="The top pair").click()
    page.wait_for_url("**/gene_pair?**")
    page.locator(".js-plotly-plot").first.wait_for()
    return 2, time.monotonic() - begun


def page_changes(page: Page, backbone: str) -> list[float]:
    """Return seconds of warm changes between pages, the first round left out."""
    page.goto(f"/?dataset={PROBED}&backbone={backbone}")
    settled(page)
    seconds = []
    for title in PAGES * 3:
        begun = time.monotonic()
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        page.wait_for_url(f"**/{title.lower().replace(' ', '_')}**")
        page.locator("[data-testid=stMain] h1", has_text=title).wait_for()
        page.wait_for_function(RESTING)
        seconds.append(time.monotonic() - begun)
    return seconds[len(PAGES) :]


def network(page: Page, backbone: str, edges: int) -> tuple[float, float, int]:
    """Return seconds until the whole network is drawn, frames a second while the view moves, and
    labels shown."""
    begun = time.monotonic()
    page.goto(
        f"/network?dataset={PROBED}&backbone={backbone}&reach=all&most={edges}&cut=0&cut_percentile=0"
    )
    box = page.locator(".net")
    page.locator(".net canvas").first.wait_for(state="attached")
    while box.evaluate("(b) => b.ugrnLabels") is None:
        page.wait_for_timeout(20)
    seconds = time.monotonic() - begun
    settled(page)
    return seconds, float(box.evaluate(FRAMES)), int(box.evaluate("(b) => b.ugrnLabels"))


def main(backbone: str = "ugrn-base") -> None:
    """Measure on a home of its own and print."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(read_settings({}), home=Path(folder))
        compute.compute(settings, run_spec.Spec(backbone, PROBED))
        size = {"width": 1366, "height": 900}
        with serving(Path(folder)) as address, browsing(viewport=size, base_url=address) as context:
            page = context.new_page()
            page.set_default_timeout(120_000)
            page.goto("/")  # a warm server: torch is imported
            settled(page)
            changes = page_changes(page, backbone)
            median, most = statistics.median(changes), max(changes)
            print(f"page change: median {median:.2f} s, longest {most:.2f} s of {len(changes)}")
            for edges in (500, 2000):
                seconds, rate, labels = network(page, backbone, edges)
                print(f"{edges} edges: drawn in {seconds:.1f} s, {rate:.0f} fps, {labels} labels")
            for reading in (0, READING):
                forget(settings, FRESH_BACKBONE)
                clicks, seconds = first_evidence(page, FRESH_BACKBONE, reading)
                print(
                    f"first evidence: {clicks} clicks, {seconds:.1f} s after {reading} s of reading"
                )


if __name__ == "__main__":
    main(*sys.argv[1:])
