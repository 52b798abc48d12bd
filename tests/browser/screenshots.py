"""Make docs/screenshots again: `python -m tests.browser.screenshots` (some minutes, offline).

Probes the two data sets that ship with UGRN, then photographs every page, light and dark.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.browser.served import ROOT, browsing, serving, settled, watch
from ugrn_core.experiment.catalog.backbones import DEFAULT
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.settings import read_settings

OUT = ROOT / "docs" / "screenshots"
WIDTH, TALLEST = 1366, 3200
VIEWS = {
    "start": "/",
    "regulators": "/regulators?dataset=pbmc68k&gene=LST1",
    "gene_pair": "/gene_pair?dataset=pbmc68k&source=SPI1&target=LST1&across=true",
    "compare": "/compare?dataset=pbmc68k&kind=probe&probe=rank&with_probe=vvp_effect",
    "network": "/network?dataset=pbmc68k&centre=SPI1",
    "network_known": "/network?dataset=krumsiek2011&centre=GATA1&cut=0.4",
    "network_whole": "/network?dataset=pbmc68k&reach=all&most=500",
    "many_genes": "/many_genes?dataset=pbmc68k",
    "knock_out": "/knock_out?dataset=pbmc68k&driven=SPI1",
    "contexts": "/contexts?dataset=pbmc68k",
    "probe_lab": "/probe_lab?dataset=pbmc68k&source=SPI1&target=LST1",
    "data": "/data",
    "models": "/data?part=models",
    "probe_benchmark": "/probe_benchmark?sampling=matched",
    "runs": "/runs?dataset=pbmc68k",
    "downloads": "/downloads?dataset=pbmc68k",
    "methods": "/methods?dataset=pbmc68k",
}


def photograph(page: Page, path: Path) -> None:
    """Write the whole page as a PNG of 256 colours."""
    settled(page)
    block = "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
    height = min(TALLEST, max(800, int(page.evaluate(block)) + 40))
    page.set_viewport_size({"width": WIDTH, "height": height})
    settled(page)
    page.wait_for_timeout(1500)
    page.screenshot(path=path)
    with Image.open(path) as image:
        # Few colours keep the folder small; by coverage, so that the legend's are among them.
        few = image.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=2)
        few.save(path, optimize=True)
    page.set_viewport_size({"width": WIDTH, "height": 900})


def main() -> None:
    """Probe, serve, photograph; stop with an error when a page asks for anything outside."""
    OUT.mkdir(parents=True, exist_ok=True)
    complaints: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(read_settings({}), home=Path(folder))
        for dataset in ("krumsiek2011", "pbmc68k"):
            compute.compute(settings, run_spec.Spec(DEFAULT, dataset))
        with serving(Path(folder)) as address:
            for scheme in ("light", "dark"):
                with browsing(
                    color_scheme=scheme, viewport={"width": WIDTH, "height": 900}
                ) as context:
                    page = context.new_page()
                    watch(page, complaints)
                    for name, view in VIEWS.items():
                        page.goto(address + view)
                        photograph(page, OUT / f"{name}-{scheme}.png")
                        print(f"{name}-{scheme}.png", flush=True)
    if complaints:
        raise SystemExit("\n".join(complaints))


if __name__ == "__main__":
    main()
