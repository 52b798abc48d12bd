"""All genes: a backbone's atlas, first on Start, answers for any gene, and probes a pair live."""

from __future__ import annotations

import numpy as np
import pytest

from tests.pages.conftest import furnished
from tests.pages.test_pages import box, opened, words
from ugrn_core.experiment.atlas import making
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import Spec, has_atlas

ASKED = {"backbone": "bare", "dataset": "all-genes"}


@pytest.fixture(scope="module")
def with_atlas(tmp_path_factory):
    settings = furnished(tmp_path_factory.mktemp("atlas"))
    making.make(making.planned(settings, "bare", settings.shipped_runs))
    return settings


@pytest.fixture(autouse=True)
def here(with_atlas, point_to):
    point_to(with_atlas)


def test_it_is_the_first_choice_of_its_backbone_alone(with_atlas):
    app = opened("start", backbone="bare")
    assert not app.exception
    assert box(app, "dataset").value == "all-genes"
    assert "Not computed yet" not in words(app)
    other = opened("start", backbone="tiny")
    assert not other.exception
    assert box(other, "dataset").value != "all-genes"
    assert has_atlas(with_atlas, "bare")
    assert not has_atlas(with_atlas, "tiny")


@pytest.mark.parametrize("typed", ["SPI1", "spi1", "PU.1", "Sfpi1", "ENSG00000066336"])
def test_any_name_of_a_gene_leads_to_its_regulators(typed):
    app = opened("regulators", gene=typed, **ASKED)
    assert not app.exception
    assert not app.error
    assert box(app, "gene").value == "SPI1"
    assert "asked about for **SPI1**" in words(app)


def test_a_pair_is_probed_in_the_panel_that_the_atlas_asked_it_in(with_atlas):
    results = Results(with_atlas, Spec("bare", "all-genes"))
    assert not results.whole
    assert results.kept == results.provenance["n_kept"]
    found = results.curves("GATA1", "SPI1")
    atlas = making.planned(with_atlas, "bare")
    part, ready = atlas.plan.part_of("GATA1", "SPI1"), atlas.ready
    curves = probing.request(ready.backbone, part.panel, ("GATA1",), ready.settings).curves
    np.testing.assert_allclose(found.vvp, curves.vvp[0, :, part.panel.genes.index("SPI1")])
    assert found.reverse_vvp is not None
    assert found.null_vvp_low is not None
    app = opened("gene_pair", source="GATA1", target="SPI1", **ASKED)
    assert not app.exception
    assert not app.error
    assert "in the panel of at most" in words(app)


@pytest.mark.parametrize("page", ["network", "downloads", "compare", "methods", "runs"])
def test_the_other_pages_take_it_as_any_run(page):
    app = opened(page, **ASKED)
    assert not app.exception
    assert not app.error
    assert box(app, "dataset").value == "all-genes"


def test_a_backbone_without_one_says_how_to_make_it(with_atlas):
    app = opened("compare", kind="backbone", with_backbone="tiny", **ASKED)
    assert not app.exception
    assert "python -m ugrn" in words(app)
    assert not [b for b in app.button if "Compute" in b.label]


def test_what_references_know_stands_beside_all_genes():
    app = opened("regulators", gene="SPI1", **ASKED)
    known = dict(zip(app.dataframe[0].value["gene"], app.dataframe[0].value["known"]))
    assert known["GATA1"] == "Krumsiek 2011"
    assert "Krumsiek 2011" in known["CEBPA"]
    assert known["KLF1"] == "–"
    pair = opened("gene_pair", source="GATA1", target="SPI1", **ASKED)
    assert not pair.error, pair.error
    assert "Known: Krumsiek 2011 (represses)" in words(pair).replace("\\", "")
