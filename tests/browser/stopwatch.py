"""The marks with a stopwatch: `python -m tests.browser.stopwatch [BACKBONE]` (some minutes,
offline; without a name the default backbone).

On a home of its own, in a real Chromium on the same machine, each measurement beside its mark: a
change in the Probe lab, warm, on ugrn-small, ugrn-base and the backbone; warm changes between
pages; what moves on each page from its first paint on; from a gene typed on Start to the curves of
its best pair, with clicks counted; the network at 500 and 2,000 edges: from the address until it is
drawn, and frames a second while it is redrawn all the time; from the Start page of a data set
nobody has probed to a pair's two curves, for who presses at once and for who reads first.
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

from tests.browser.served import MOVES, browsing, serving, settled
from ugrn_core.experiment.catalog.backbones import DEFAULT
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.settings import Settings, read_settings

PROBED, FRESH = "pbmc68k", "krumsiek2011"
FRESH_BACKBONE = "ugrn-small"  # under the default one FRESH ships computed
LABS = {"ugrn-small": 0.5, "ugrn-base": 1.0}  # backbone: mark of a change, seconds
SHIFTS = ("", "regulators", "gene_pair", "network", "probe_lab", "compare", "probe_benchmark")
FRESH_PART = "[data-stale=false]"  # not what the page before has left
CHART = f"{FRESH_PART} .js-plotly-plot .main-svg"
PAGES = {  # what fills a page's first screen
    "Regulators": f"{FRESH_PART} [data-testid=stDataFrame] canvas",
    "Gene pair": CHART,
    "Network": f"{FRESH_PART} .net canvas",
    "Probe benchmark": CHART,
    "Methods": "[data-testid=stMain] h1",
}
RESTING = "document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'running'"
FRAMES = """async (box) => { const cy = box.ugrnNetwork;
  let frames = 0; const begun = performance.now();
  while (performance.now() - begun < 4000) {
    const drawn = new Promise((done) => cy.one('render', done));
    cy.panBy({ x: frames % 18 < 9 ? 1 : -1, y: 0 });
    await drawn; frames += 1;
  }
  return frames / (performance.now() - begun) * 1000; }"""


LOOKING = 0.3  # seconds between two changes in the lab
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


def page_changes(page: Page, backbone: str) -> tuple[dict[str, list[float]], list[float]]:
    """Return seconds of warm changes between pages, the first round left out: by page until its
    first screen is filled, and of all until everything below it is drawn, too."""
    page.goto(f"/?dataset={PROBED}&backbone={backbone}")
    settled(page)
    filled: dict[str, list[float]] = {title: [] for title in PAGES}
    seconds = []
    for title in [*PAGES] * 4:
        page.wait_for_timeout(1000 * LOOKING)
        begun = time.monotonic()
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
        page.wait_for_url(f"**/{title.lower().replace(' ', '_')}**")
        page.locator("[data-testid=stMain] h1", has_text=title).wait_for()
        page.locator(f"{PAGES[title]} >> visible=true").first.wait_for()
        filled[title].append(time.monotonic() - begun)
        page.wait_for_function(RESTING)
        seconds.append(time.monotonic() - begun)
    return {title: taken[1:] for title, taken in filled.items()}, seconds[len(PAGES) :]


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


def lab_changes(page: Page, backbone: str) -> tuple[list[float], list[float]]:
    """Return seconds from a key on one of the lab's sliders until all is drawn anew, every value
    one that was not asked for yet: of the first changes on a page just opened, and of later ones.
    """
    page.goto(f"/probe_lab?dataset={PROBED}&backbone={backbone}&lab_m=8&lab_t=8")
    settled(page)
    seconds = {"lab_m": [], "lab_t": []}
    for key, taken in seconds.items():
        thumb = page.locator(f".st-key-{key}").locator("[role=slider], input[type=range]").first
        for count in range(9, 17):
            thumb.focus()
            begun = time.monotonic()
            page.keyboard.press("ArrowRight")
            page.wait_for_url(f"**{key}={count}*")
            page.wait_for_function(RESTING)
            taken.append(time.monotonic() - begun)
            page.wait_for_timeout(1000 * LOOKING)
    return seconds["lab_m"][:4], seconds["lab_t"]


def shifts(page: Page, path: str) -> tuple[float, dict[str, float]]:
    """Return how much moves on a page by itself, from its first paint until its charts are there
    and a second longer: the sum of layout shifts (CLS), and what moves."""
    page.goto(f"/{path}?dataset={PROBED}")
    settled(page)
    page.wait_for_timeout(1000)
    moved, parts = page.evaluate("window.ugrnMoved")
    return float(moved), parts


def gene_to_evidence(page: Page) -> tuple[int, float]:
    """Return clicks and seconds from a gene that is typed on Start to the curves of its best
    pair."""
    page.goto(f"/?dataset={PROBED}")
    settled(page)
    begun = time.monotonic()
    page.get_by_role("combobox", name="Find a gene or a transcription factor").fill("FCRLA")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Its best pair").click()
    page.wait_for_url("**/gene_pair?**")
    page.locator(".js-plotly-plot").first.wait_for()
    return 1, time.monotonic() - begun


def told(what: str, value: float, unit: str, most: float | None = None, least: float = 0) -> None:
    """Print a measurement beside its mark: at most `most`, or at least `least`."""
    said = f"{what}: {value:.2f} {unit}".replace(".00 ", " ")
    if most is not None or least:
        met = value <= most if most is not None else value >= least
        mark = f"at most {most:g}" if most is not None else f"at least {least:g}"
        said += f" (mark: {mark}; {'met' if met else 'MISSED'})"
    print(said, flush=True)


def main(backbone: str = DEFAULT) -> None:
    """Measure on a home of its own and print."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(read_settings({}), home=Path(folder))
        compute.compute(settings, run_spec.Spec(backbone, PROBED))
        size = {"width": 1366, "height": 900}
        with serving(Path(folder)) as address, browsing(viewport=size, base_url=address) as context:
            page = context.new_page()
            page.set_default_timeout(120_000)
            page.add_init_script(MOVES)
            page.goto("/")  # a warm server: torch is imported
            settled(page)
            measured(page, settings, backbone)


def measured(page: Page, settings: Settings, backbone: str) -> None:
    """Measure everything and print it, each beside its mark."""
    for name, mark in ({backbone: 1.0} | LABS).items():
        first, later = lab_changes(page, name)
        told(f"lab, the first changes on {name}, median", statistics.median(first), "s")
        told(f"lab, a change on {name}, warm, median", statistics.median(later), "s", mark)
    filled, changes = page_changes(page, backbone)
    for title, taken in filled.items():
        told(f"page change, {title}, first screen", statistics.median(taken), "s", 0.5)
    told("page change, everything drawn, median", statistics.median(changes), "s", 0.5)
    told(f"page change, everything drawn, longest of {len(changes)}", max(changes), "s")
    for path in SHIFTS:
        moved, parts = shifts(page, path)
        told(f"moved since the first paint, {path or 'start'}", moved, "CLS", 0.01)
        for name in parts if moved > 0.01 else ():
            print(f"    {name}")
    clicks, seconds = gene_to_evidence(page)
    told("my gene to its evidence, after typing it", clicks, "clicks", 2)
    told("my gene to its evidence", seconds, "s", 5)
    for edges in (500, 2000):
        seconds, rate, labels = network(page, backbone, edges)
        told(f"{edges} edges drawn, {labels} labels", seconds, "s", 2)
        told(f"{edges} edges, while it moves", rate, "frames/s", least=30)
    for reading in (0, READING):
        forget(settings, FRESH_BACKBONE)
        clicks, seconds = first_evidence(page, FRESH_BACKBONE, reading)
        what = f"a data set nobody probed to first evidence, {reading} s of reading"
        told(what, clicks, "clicks", 3)
        told(what, seconds, "s", 5)


if __name__ == "__main__":
    main(*sys.argv[1:])
