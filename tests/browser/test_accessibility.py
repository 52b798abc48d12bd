"""axe on every page, light and dark, with content, and on a phone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from axe_playwright_python.sync_playwright import Axe

from tests.browser.served import DATASET, browsing, settled
from ugrn_core.data.cells import builtin
from ugrn_core.data.own import store
from ugrn_core.experiment.catalog import gene_lists, own_data
from ugrn_core.experiment.contexts import compute as contexts
from ugrn_core.experiment.contexts.spec import ContextSpec
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.settings import read_settings

LISTED = ("KLF1", "FLI1", "JUN", "GATA1")
MARK = "1a89e8f5ddc42922"  # what a link names LISTED by
CONTEXTS = "contexts=groups&by=cell_type"
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
    f"/many_genes?{DATASET}&list={MARK}",
    f"/knock_out?{DATASET}&driven=SPI1",
    f"/contexts?dataset=pbmc68k&backbone=ugrn-base&{CONTEXTS}",  # asked, not computed
    f"/runs?{DATASET}",
    f"/downloads?{DATASET}",
    f"/methods?{DATASET}",
)
# Streamlit's own markup, which a page cannot change: (rule, part of the element).
STREAMLITS = ()


@pytest.fixture(scope="module")
def probed(dashboard_home):
    """The home of the served dashboard, with the small data set probed and a list kept."""
    settings = read_settings({"UGRN_HOME": str(dashboard_home)})
    compute.compute(settings, run_spec.Spec("ugrn-base", "krumsiek2011"))
    assert gene_lists.keep(settings.home, LISTED) == MARK


@pytest.fixture(scope="module")
def answered(dashboard_home):
    """The address of contexts that were computed, of few cells; they are gone at the end."""
    settings = read_settings({"UGRN_HOME": str(dashboard_home)})
    genes, types = builtin.krumsiek_network().genes, np.repeat(["B", "T"], 30)
    counts = np.random.default_rng(0).poisson(np.where(types == "B", 4, 8), (len(genes), 60)).T
    obs = pd.DataFrame({"cell_type": types}, index=[f"cell{k}" for k in range(60)])
    file = dashboard_home / "few.h5ad"
    AnnData(counts.astype(np.float32), obs, pd.DataFrame(index=genes)).write_h5ad(file)
    few = own_data.add_file(settings, file, "few")
    contexts.compute(settings, ContextSpec("ugrn-base", few.id, by="cell_type"))
    yield f"/contexts?dataset={few.id}&backbone=ugrn-base&{CONTEXTS}"
    store.remove(settings.home, few.id)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding(dashboard, probed, answered, scheme):
    found = []
    view = {"width": 1366, "height": 900}
    with browsing(color_scheme=scheme, viewport=view, base_url=dashboard) as context:
        page = context.new_page()
        for address in (*VIEWS, answered):
            page.goto(address)
            settled(page)
            page.wait_for_timeout(600)
            assert not page.get_by_test_id("stAlertContentError").count(), address
            for finding in Axe().run(page).response["violations"]:
                if finding["impact"] not in ("serious", "critical"):
                    continue
                for node in finding["nodes"]:
                    if not any(r == finding["id"] and p in node["html"] for r, p in STREAMLITS):
                        found.append(f"{address} {finding['id']}: {node['html'][:200]}")
    assert not found, "\n".join(found)
