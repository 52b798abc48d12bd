"""axe on every page, light and dark, with content; pages that fit a desk, a laptop and a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.served import DATASET, browsing, settled
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.settings import read_settings

VIEWS = (
    f"/?{DATASET}",
    f"/regulators?{DATASET}&gene=GATA1",
    f"/gene_pair?{DATASET}&source=SPI1&target=JUN",
    f"/network?{DATASET}&centre=GATA1&cut=0.3",
    "/probe_benchmark?sampling=matched",
    f"/compare?{DATASET}&kind=probe",
    f"/runs?{DATASET}",
    f"/downloads?{DATASET}",
    f"/methods?{DATASET}",
)
# Streamlit's own markup, which a page cannot change: (rule, part of the element).
STREAMLITS = ()


@pytest.fixture(scope="module")
def probed(dashboard_home):
    """The home of the served dashboard, with the small data set probed."""
    settings = read_settings({"UGRN_HOME": str(dashboard_home)})
    compute.compute(settings, run_spec.Spec("ugrn-base", "krumsiek2011"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding(dashboard, probed, scheme):
    found = []
    view = {"width": 1366, "height": 900}
    with browsing(color_scheme=scheme, viewport=view, base_url=dashboard) as context:
        page = context.new_page()
        for address in VIEWS:
            page.goto(address)
            settled(page)
            page.wait_for_timeout(600)
            for finding in Axe().run(page).response["violations"]:
                if finding["impact"] not in ("serious", "critical"):
                    continue
                for node in finding["nodes"]:
                    if not any(r == finding["id"] and p in node["html"] for r, p in STREAMLITS):
                        found.append(f"{address} {finding['id']}: {node['html'][:200]}")
    assert not found, "\n".join(found)


FITS = (VIEWS[0], VIEWS[1], f"/network?{DATASET}&centre=GATA1&cut=0.3")
SIZES = ((1440, 900), (1024, 768), (390, 844))
# What lies in a box that scrolls by itself may run out of it; what only screen readers see, too.
MEASURE = """() => {
  const main = document.querySelector('[data-testid=stMain]'), wide = window.innerWidth;
  const found = [], over = main.scrollWidth - main.clientWidth;
  if (over > 0) found.push(`the page is ${over} px wider than the window`);
  const name = (e) => `${e.dataset.testid || e.tagName} “${e.innerText.trim().slice(0, 40)}”`;
  const scrolls = (e) => { for (let p = e.parentElement; p && p !== main; p = p.parentElement)
    if (/auto|scroll/.test(getComputedStyle(p).overflowX)) return true; return false; };
  const seen = (e) => { const r = e.getBoundingClientRect();
    return r.width > 2 && r.height > 2 && e.checkVisibility({ opacityProperty: true,
      visibilityProperty: true }); };
  const all = (what) => [...main.querySelectorAll(what)].filter(
    (e) => seen(e) && !e.closest('[data-testid=stDataFrame]'));
  for (const e of all('button, a, input, p, li, h1, h2, h3, [data-testid=stMetric], canvas')) {
    const r = e.getBoundingClientRect();
    if ((r.right > wide + 1 || r.left < -1) && !scrolls(e)) found.push(`${name(e)} runs out`);
  }
  for (const e of all('[data-testid=stMetricValue] *, [data-testid=stMetricLabel] *, ' +
      '[data-testid=stMetricDelta] *, button p, a p, h1, h2, h3')) {
    const style = getComputedStyle(e);
    if (e.scrollWidth > e.clientWidth + 1 && style.overflowX !== 'visible'
        && style.display !== 'inline') found.push(`${name(e)} is cut`);
  }
  const parts = all('[data-testid=stElementContainer]').filter(
    (e) => e.innerText.trim() || e.querySelector('canvas, input, iframe, svg'));
  const boxes = parts.map((e) => e.getBoundingClientRect());
  for (let i = 0; i < parts.length; i++) for (let j = i + 1; j < parts.length; j++) {
    if (parts[i].contains(parts[j]) || parts[j].contains(parts[i])) continue;
    const a = boxes[i], b = boxes[j];
    if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 3
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
      found.push(`${name(parts[i])} overlaps ${name(parts[j])}`);
  }
  if (wide < 640) for (const e of all('[data-testid=stColumn]')) {
    const share = e.getBoundingClientRect().width / e.parentElement.getBoundingClientRect().width;
    if (share < 0.45) found.push(`${name(e)} is a narrow column`);
  }
  return found;
}"""


@pytest.mark.usefixtures("probed")
@pytest.mark.parametrize("address", FITS)
def test_a_page_fits_every_screen(page, address):
    page.goto(address)
    settled(page)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for _ in range(10):  # charts and tables take a moment to follow the window
            page.wait_for_timeout(500)
            if not (found := page.evaluate(MEASURE)):
                break
        assert found == [], width
