"""Two marks with a stopwatch: `python -m tests.browser.own_cells.stopwatch cells` and `... atlas`.

In a real Chromium on the same machine, with a home of its own, each time beside its mark.
cells: a 10x folder of 3,000 cells (made by chance, 20,000 genes) from the page Data to its ranked
table under ugrn-small, clicks counted; 6 of them, under 2 minutes, under 20 s before probing.
atlas: on *All genes*, whoever's atlas answers: a gene's ranked regulators and Gene pair's curves of
one of its rows, on a server that has just started and on a warm one, opened by their address (which
loads the whole page) and typed on the open page; 1 s each.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.own_cells.test_own_cells import zipped_10x
from tests.browser.served import browsing, serving, settled
from ugrn_core.experiment.atlas.answering import answering
from ugrn_core.experiment.catalog.backbones import DEFAULT
from ugrn_core.settings import read_settings

CELLS, GENES = 3_000, 20_000
BACKBONE = "ugrn-small"
SIZE = {"width": 1366, "height": 900}
GENES_ASKED = ("POU5F1", "HBB", "CD3E", "INS")


def told(what: str, seconds: float, mark: float) -> None:
    """Print a time beside its mark."""
    print(f"{what}: {seconds:.2f} s (mark {mark:g} s)", flush=True)


def cells(page: Page, folder: Path) -> None:
    """Time a 10x folder from the page Data to its ranked table."""
    file = zipped_10x(folder / "cells.zip", CELLS, GENES)
    page.goto(f"/data?backbone={BACKBONE}&dataset=krumsiek2011")
    settled(page)
    begun = time.monotonic()
    upload = page.locator("[data-testid=stMain] [data-testid=stFileUploader] input[type=file]")
    upload.set_input_files(file)
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator(".st-key-probe_new button").click()
    page.wait_for_url("**/regulators?**")
    compute = page.get_by_role("button", name="Compute the network (one time)")
    compute.wait_for()
    told("before probing, 2 + 2 clicks", time.monotonic() - begun, 20)
    compute.click()
    page.get_by_text("possible regulators of").wait_for()
    told("to the ranked table, 5 clicks", time.monotonic() - begun, 120)


def answer(page: Page, gene: str) -> float:
    """Return seconds from a gene's address until its ranked table stands there."""
    begun = time.monotonic()
    page.goto(f"/regulators?dataset=all-genes&gene={gene}")
    page.get_by_text(f"asked about for {gene}").wait_for()
    return time.monotonic() - begun


def typed(page: Page, gene: str) -> float:
    """Return seconds from a gene typed on the open page until its regulators stand there."""
    box = page.get_by_role("combobox", name="Gene", exact=True)
    box.click()
    box.fill(gene)
    begun = time.monotonic()
    box.press("Enter")
    page.get_by_text(f"asked about for {gene}").wait_for()
    return time.monotonic() - begun


def curves(page: Page, source: str, target: str) -> float:
    """Return seconds from a pair's address until both curves are drawn."""
    begun = time.monotonic()
    page.goto(f"/gene_pair?dataset=all-genes&source={source}&target={target}")
    page.locator(".js-plotly-plot").first.wait_for()
    return time.monotonic() - begun


def another(page: Page, target: str) -> float:
    """Return seconds from a target typed on the open page of a pair until its curves are drawn."""
    box = page.get_by_role("combobox", name="Target", exact=True)
    box.click()
    box.fill(target)
    begun = time.monotonic()
    box.press("Enter")
    page.locator(".js-plotly-plot", has_text=f"change of {target}").first.wait_for()
    return time.monotonic() - begun


def atlas(page: Page) -> None:
    """Time the answers of All genes."""
    told("a gene's regulators, server just started", answer(page, GENES_ASKED[0]), 1)
    settled(page)
    for gene in GENES_ASKED[1:]:
        told(f"{gene} typed", typed(page, gene), 1)
        settled(page)
    told("a pair's curves, the first (imports torch)", curves(page, "GATA1", "HBB"), 1)
    settled(page)
    for pair in (("SPI1", "LYZ"), ("KLF1", "TAL1"), ("SOX2", "NANOG")):
        told(f"{pair[0]} and {pair[1]}, opened by address", curves(page, *pair), 1)
        settled(page)
    for target in ("POU5F1", "LIN28A", "SALL4"):
        told(f"SOX2 and {target}, typed on the open page", another(page, target), 1)
        settled(page)


def main(what: str = "atlas", home: str = "") -> None:
    """Measure on a home of its own (or `home`, where an atlas of one's own lies) and print."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # jobs still write
        place = Path(home or folder)
        settings = read_settings({"UGRN_HOME": str(place)})
        if what == "atlas" and answering(settings, DEFAULT) is None:
            sys.exit("No backbone has an atlas here: python -m ugrn_core atlas --backbone B")
        with serving(place) as address, browsing(viewport=SIZE, base_url=address) as context:
            page = context.new_page()
            page.set_default_timeout(300_000)
            if what == "cells":
                cells(page, Path(folder))
            else:
                atlas(page)


if __name__ == "__main__":
    main(*sys.argv[1:])
