"""The page Contexts: offered for cells with groups or a pseudotime, probed as a job, shown."""

from __future__ import annotations

import dataclasses
import sys
import time

import anndata
import numpy as np
import pandas as pd
import pytest

from tests.pages.test_pages import FILLED, opened, words
from ugrn_core.dashboard.sections.contexts import changed_sets, on_runs
from ugrn_core.data.cells.builtin import KRUMSIEK_SYMBOLS
from ugrn_core.errors import OptionError
from ugrn_core.experiment.catalog import backbones, own_data
from ugrn_core.experiment.contexts import compute, jobs
from ugrn_core.experiment.contexts.chance import bands, random_weights
from ugrn_core.experiment.contexts.results import open_results
from ugrn_core.experiment.contexts.spec import ContextSpec, prepare
from ugrn_core.jobs.runner import Jobs

GENES = tuple(KRUMSIEK_SYMBOLS.values())


@pytest.fixture(scope="module")
def cells(filled, tmp_path_factory):
    """A home in which three types of 120 cells were added; its settings and the data set."""
    settings = dataclasses.replace(filled, home=tmp_path_factory.mktemp("contexts") / "home")
    rng = np.random.default_rng(0)
    kinds = np.repeat(["B", "Monocyte", "T"], 40)
    mean = rng.gamma(2, 3, (3, len(GENES)))[np.repeat(range(3), 40)]
    counts = rng.poisson(mean)
    counts[kinds == "T", 0] = 0
    obs = pd.DataFrame(
        {"cell_type": kinds, "pseudotime": np.linspace(0, 1, 120)},
        index=[f"cell{k}" for k in range(120)],
    )
    path = tmp_path_factory.mktemp("file") / "blood.h5ad"
    anndata.AnnData(
        counts.astype(np.float32), obs=obs, var=pd.DataFrame(index=list(GENES))
    ).write_h5ad(path)
    return settings, own_data.add_file(settings, path, "blood")


@pytest.fixture
def chosen(cells, point_to):
    settings, dataset = cells
    point_to(settings)
    return FILLED | {"dataset": dataset.id}


@pytest.fixture(scope="module")
def probed(cells):
    settings, dataset = cells
    spec = ContextSpec("tiny", dataset.id, by="cell_type", readout="visible")
    compute.compute(settings, spec)
    return settings, spec


def test_contexts_are_described_and_offered(chosen):
    app = opened("contexts", **chosen)
    assert not app.exception
    assert not app.error, app.error
    assert {"Probe these"} <= {b.label for b in app.button}
    assert "3 contexts x" in words(app)
    assert "has not been measured here" in words(app)
    app = opened("contexts", **chosen, contexts="stages", along="pseudotime", stages="4")
    assert not app.exception
    assert not app.error, app.error
    assert "4 contexts x" in words(app)


def test_results_show_a_pair_regulators_and_a_contrast(chosen, probed):
    settings, spec = probed
    pair = {"source": GENES[1], "target": GENES[2]}
    app = opened("contexts", **chosen, **pair, from_context="B", to_context="Monocyte")
    assert not app.exception
    assert not app.error, app.error
    headers = [h.value for h in app.header]
    assert "One pair across contexts" in headers
    assert "Edges gained and lost" in headers
    assert len(app.get("plotly_chart")) == 4  # curves, strength, heat map, cells
    assert "From B to Monocyte" in words(app)
    assert f"Compute the band of {GENES[1]}" in {b.label for b in app.button}
    token = GENES[1]
    bands.compute(settings, spec, token)
    app = opened("contexts", **chosen, **pair)
    assert not app.exception
    assert f"Compute the band of {GENES[1]}" not in {b.label for b in app.button}


def test_the_contexts_under_random_weights_are_offered_and_read(chosen, probed, monkeypatch):
    settings, spec = probed
    monkeypatch.setattr(changed_sets, "LEAST_BACKGROUND", 5)
    label = "The same under random weights"
    app = opened("contexts", **chosen)
    assert not app.exception
    assert label in {b.label for b in app.button}
    folder = random_weights.compute(settings, spec)
    control = dataclasses.replace(spec, backbone=f"{spec.backbone}{backbones.CONTROL}")
    whole = open_results(compute.compute(settings, control))  # the same weights, as any backbone
    rise, rise_all = random_weights.rises(folder)
    np.testing.assert_allclose(rise, whole.arrays["rise"], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(rise_all, whole.arrays["rise_all"], rtol=1e-4, atol=1e-6)
    assert not np.allclose(rise, open_results(folder).arrays["rise"], atol=1e-3)
    app = opened("contexts", **chosen)
    assert not app.exception
    assert label not in {b.label for b in app.button}
    with pytest.raises(OptionError, match="no control"):
        random_weights.compute(settings, control)


def test_a_pair_and_two_contexts_that_tell_something_come_first(probed):
    settings, spec = probed
    results = open_results(compute.compute(settings, spec))
    change = results.rise - results.arrays["rise_all"]
    source, target = results.telling_pair()
    at = results.sources.index(source), results.genes.index(target)
    assert source != target
    assert np.isfinite(change[:, at[0], at[1]]).all()
    heard = np.isfinite(change).all(axis=0)
    size = np.where(heard, (change**2).sum(axis=0), 0)
    assert size[at] == size[at[0]].max()
    assert at[0] == size.sum(axis=1).argmax()
    assert results.telling_contrast() == ("B", "Monocyte")  # 40 cells each


def test_a_silent_gene_is_said(chosen, probed):
    app = opened("contexts", **chosen, source=GENES[1], target=GENES[0])
    assert not app.exception
    tables = [d.value for d in app.dataframe]
    rows = next(t for t in tables if "silent" in t)
    assert rows.set_index("context")["silent"]["T"] == "target"
    assert np.isnan(rows.set_index("context")["rise"]["T"])


def test_a_gene_is_knocked_out_in_a_cell_type(chosen):
    given = {"driven": GENES[1], "cell": "cell_type=T"}
    app = opened("knock_out", **chosen, **given)
    assert not app.exception
    assert not app.error, app.error
    assert {"Flat cell", "Mean of this data set", "Mean of T"} <= set(
        next(b for b in app.selectbox if b.key == "cell").options
    )
    assert f"Before, in these cells: {GENES[1]}" in words(app)


def test_cells_on_another_scale_are_refused_in_words(filled, point_to):
    point_to(filled)
    app = opened("contexts", **FILLED)  # simulated activities
    assert not app.exception
    assert not app.error
    assert "Give counts" in "\n".join(e.value for e in app.info)


def test_runs_show_a_job_of_contexts_and_the_way_to_go_on(chosen, probed):
    settings, spec = probed
    job = jobs._job(prepare(settings, spec), spec, "")
    mark = Jobs(settings.jobs, command=(sys.executable, "-c", "pass")).start(job)
    deadline = time.monotonic() + 60
    while Jobs(settings.jobs).status(mark).status != "failed" and time.monotonic() < deadline:
        time.sleep(0.05)  # its process ends without a word, as one that was killed
    app = opened("runs", **chosen)
    assert not app.exception
    assert "blood" in words(app)
    assert "contexts by cell\\_type" in words(app)
    assert f"again_{mark}" in {b.key for b in app.button}
    assert on_runs.address_of(spec) == {
        **{"contexts": "groups", "by": "cell_type", "readout": "visible"}
    }
