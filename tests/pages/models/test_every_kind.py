"""A toy checkpoint of every published kind, all the way: run, every page, what is relaxed."""

from __future__ import annotations

import io
import zipfile

import pandas as pd
import pytest
from safetensors.torch import load_file, save_file

from tests.backbones.toys import KINDS, write_toy
from tests.experiment.conftest import GENES as BEELINE_GENES
from tests.experiment.conftest import write_beeline
from tests.pages.conftest import PAGES
from tests.pages.test_pages import opened, words
from ugrn_core.data.cells import builtin
from ugrn_core.experiment.models.translating import train
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import Spec
from ugrn_core.export import FORMATS
from ugrn_core.settings import Settings

GENES = tuple(dict.fromkeys((*builtin.krumsiek_network().genes, *BEELINE_GENES)))
TRAINED = "geneformer-v2"  # the kind whose translators are trained, on a synthetic BEELINE


@pytest.fixture(scope="module")
def probed(tmp_path_factory) -> Settings:
    """Settings under which a toy of every kind has probed the Krumsiek genes."""
    home = tmp_path_factory.mktemp("kinds") / "home"
    settings = Settings(home=home, assets=home.parent / "assets", workers=1)
    for kind in KINDS:
        write_toy(home / "backbones" / kind, kind, GENES)
        if kind == TRAINED:
            train(kind, write_beeline(home.parent / "beeline"), settings)
        compute.compute(settings, Spec(kind, "krumsiek2011"))
    return settings


@pytest.fixture(autouse=True)
def here(probed, point_to):
    point_to(probed)


# V1 differs from V2 in its tokens, which no page reads: one Geneformer opens every page.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "geneformer-v1"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page(page, kind):
    app = opened(page, backbone=kind, dataset="krumsiek2011", across="true", part="models")
    assert not app.exception
    assert not app.error, (page, app.error)
    assert not app.warning, (page, app.warning)
    for table in (e.value for e in app.dataframe):
        assert not table.select_dtypes("number").isna().all().any(), "a column of nothing"


RELAXED = ("scbert", "geneformer-v1", "geneformer-v2")


def charts(app) -> str:
    return " ".join(chart.proto.spec for chart in app.get("plotly_chart"))


@pytest.mark.parametrize("kind", ["tahoe", "scbert", "geneformer-v2"])
def test_a_relaxed_gradient_is_marked_wherever_it_is_shown(kind, probed):
    query = {"backbone": kind, "dataset": "krumsiek2011"}
    relaxed = kind in RELAXED
    app = opened("gene_pair", **query)
    assert ("Gradient (GDT, relaxed)" in charts(app)) == relaxed
    assert ("presence gate on" in charts(app)) == kind.startswith("geneformer")
    assert ("Gradient: relaxed, ours" in words(app)) == relaxed
    assert ("relaxed by UGRN" in words(app)) == relaxed  # the sidebar: on every page
    app = opened("regulators", columns="true", **query)
    assert ("Steepest slope, relaxed" in app.dataframe[0].proto.columns) == relaxed
    app = opened("methods", **query)
    assert ("**Relaxed, ours:**" in words(app)) == relaxed
    app = opened("compare", kind="probe", **query)
    shown = " ".join(option for s in app.selectbox for option in s.options)
    assert ("GDT (steepest slope), relaxed" in shown) == relaxed
    results = Results(probed, Spec(kind, "krumsiek2011"))
    table = pd.read_parquet(results.edges_path)
    assert table["probability"].notna().all() == (kind == TRAINED)
    for name in ("tsv", "graphml", "xlsx"):
        content = FORMATS[name].write(table, results.provenance)
        told = (
            content
            if name != "xlsx"
            else zipfile.ZipFile(io.BytesIO(content)).read("xl/sharedStrings.xml")
        )
        assert (b"relaxed, ours" in told) == relaxed, name


def test_the_lab_drives_an_order_through_its_places_and_its_gradient_over_a_gate():
    where = {"backbone": "geneformer-v1", "dataset": "krumsiek2011", "source": "SPI1"}
    app = opened("probe_lab", target="JUN", lab_axis="place", lab_show="cell", **where)
    assert not app.exception
    assert not app.error
    assert "place in the order of SPI1" in charts(app)
    assert "presence gate (1: the model itself) on SPI1" in charts(app)
    assert "Gradient (GDT, relaxed)" in charts(app)
    assert "slope of the secant" not in charts(app)
    assert "tangent" not in charts(app)
    assert "Gradient: relaxed, ours: not by the value" in words(app)
    assert "wherever it stands" in words(app)
    assert "SPI1 at place 0." in words(app)
    assert not [t for t in app.toggle if t.key == "lab_differences"]
    assert not [s for s in app.select_slider if s.key == "lab_t"]
    app = opened("probe_lab", target="JUN", lab_show="numbers", lab_beside="tahoe", **where)
    assert {"gate", "value", "gdt"} <= set(app.dataframe[0].value.columns)
    gradient = next(c.proto.spec for c in app.get("plotly_chart") if "relaxed" in c.proto.spec)
    assert "tahoe" not in gradient  # its gradient is over values
    app = opened("probe_lab", target="JUN", **where | {"backbone": "scbert"})
    assert "Gradient (GDT, relaxed)" in charts(app)
    assert "slope of the secant" in charts(app)
    assert "the input vector is interpolated" in words(app)


def test_a_model_fine_tuned_to_classify_is_offered_no_curves(probed):
    """As Geneformer's classifiers: no head that answers for a gene."""
    folder = write_toy(probed.home / "backbones" / "classifier", "geneformer-v2", GENES)
    state = load_file(folder / "model.safetensors")
    state = {key: tensor for key, tensor in state.items() if not key.startswith("cls.")}
    save_file(state, folder / "model.safetensors")
    where = {"backbone": "classifier", "dataset": "krumsiek2011"}
    for page in ("regulators", "gene_pair", "downloads", "methods"):
        app = opened(page, **where)
        assert not app.exception
        assert not app.error
        assert "no network of it can be computed" in words(app), page
        assert not [b for b in app.button if "Compute" in b.label]
