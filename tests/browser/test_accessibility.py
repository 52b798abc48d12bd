"""axe on every page, light and dark, with content, and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.served import DATASET, browsing, settled
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.settings import read_settings

VIEWS = (
    f"/?{DATASET}",
    f"/data?{DATASET}",
    f"/regulators?{DATASET}&gene=GATA1",
    f"/regulators?{DATASET}-random",  # not probed: the button that does it
    f"/gene_pair?{DATASET}&source=SPI1&target=JUN",
    f"/network?{DATASET}&centre=GATA1&cut=0.3",
    "/probe_benchmark?sampling=matched",
    f"/compare?{DATASET}&kind=probe",
    f"/probe_lab?{DATASET}&source=SPI1&lab_random=true&lab_differences=true",
    f"/probe_lab?{DATASET}&source=SPI1&lab_tour=4&lab_show=cell&lab_held=GATA1",
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
