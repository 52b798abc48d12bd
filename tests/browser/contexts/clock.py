"""The marks of contexts with a stopwatch: `python -m tests.browser.contexts.clock [BACKBONE]
[READOUT]` (default: ugrn-small, and the backbone's own readout).

On a home of its own: the 9 cell types of PBMC 68k x 33 regulators x 763 genes, null and all, in
two processes (mark: 4 minutes); then, in a real Chromium on the same machine, from a choice of
another target until its curves across the contexts are drawn (mark: 2 seconds, warm).
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.served import browsing, serving, settled
from ugrn_core.experiment.contexts import compute
from ugrn_core.experiment.contexts.results import ContextResults, open_results
from ugrn_core.experiment.contexts.spec import ContextSpec
from ugrn_core.settings import read_settings

DATASET, COLUMN = "pbmc68k", "cell_type"
TARGETS = 6


def pairs(page: Page, results: ContextResults, backbone: str, readout: str) -> list[float]:
    """Return the seconds of one change of the target each, the first left out."""
    source, *_ = results.sources
    targets = [g for g in results.genes if g != source][: TARGETS + 1]
    more = f"&readout={readout}" if readout else ""
    page.goto(
        f"/contexts?dataset={DATASET}&backbone={backbone}&contexts=groups&by={COLUMN}{more}"
        f"&source={source}&target={targets[0]}"
    )
    settled(page)
    seconds = []
    for target in targets[1:]:
        box = page.get_by_test_id("stMain").get_by_role("combobox", name="Target", exact=True)
        begun = time.monotonic()
        box.fill(target)
        page.keyboard.press("Enter")
        page.get_by_text(f"Change of {target} ").first.wait_for()
        page.locator(".js-plotly-plot").first.wait_for()
        seconds.append(time.monotonic() - begun)
        settled(page)
    return seconds[1:]


def main(backbone: str = "ugrn-small", readout: str = "") -> None:
    """Measure on a home of its own and print."""
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(read_settings({}), home=Path(folder), workers=2)
        spec = ContextSpec(backbone, DATASET, by=COLUMN, readout=readout)
        begun = time.monotonic()
        results = open_results(compute.compute(settings, spec))
        seconds = time.monotonic() - begun
        shape = " x ".join(map(str, results.rise.shape))
        print(f"contexts x regulators x genes {shape}: {seconds:.0f} s (mark: 240 s)")
        size = {"width": 1366, "height": 900}
        with serving(Path(folder)) as address, browsing(viewport=size, base_url=address) as context:
            page = context.new_page()
            page.set_default_timeout(120_000)
            times = pairs(page, results, backbone, readout)
            print(
                f"a pair across {len(results.contexts)} contexts, warm: median "
                f"{statistics.median(times):.2f} s, longest {max(times):.2f} s (mark: 2 s)"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
