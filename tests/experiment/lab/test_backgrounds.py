"""The list of backgrounds: flat, the mean, each cell type, stages; averages are of their cells."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tests.probes.analytic import AnalyticBackbone
from ugrn_core.experiment.catalog.study import fit_to_backbone
from ugrn_core.experiment.lab.backgrounds import MOST_CELLS, backgrounds
from ugrn_core.types import Expression, ValueScale

GENES = ("SPI1", "GATA1", "JUN")
BACKBONE = AnalyticBackbone(GENES)
KIND = np.array(["mono"] * 40 + ["ery"] * 50 + ["rare"] * 3)


@pytest.fixture
def study():
    rng = np.random.default_rng(0)
    cells = Expression(
        name="planted",
        genes=GENES,
        cells=tuple(f"c{k}" for k in range(len(KIND))),
        values=rng.uniform(0, 2, (3, len(KIND))).astype(np.float32),
        scale=ValueScale.OTHER,  # the backbone's own: nothing is converted
        annotations={"kind": KIND, "pseudotime": np.linspace(0, 1, len(KIND))},
    )
    dataset = SimpleNamespace(
        name="planted",
        genes=GENES,
        regulators=("SPI1",),
        expression=cells,
        references=(),
        species="human",
        content="",
    )
    return fit_to_backbone(dataset, BACKBONE)


def test_each_kind_of_cell_and_stage_is_offered_and_few_cells_are_none(study):
    offered = backgrounds(study, BACKBONE)
    assert next(iter(offered)) == "flat"
    assert {"mean", "kind=mono", "kind=ery"} <= set(offered)
    assert "kind=rare" not in offered
    assert any(name.startswith("pseudotime=stage") for name in offered)


def test_a_profile_is_the_mean_of_its_cells_in_the_panels_order(study):
    values, how = backgrounds(study, BACKBONE)["kind=ery"].profile()
    expected = study.dataset.expression.values[:, KIND == "ery"].mean(axis=1)
    order = [GENES.index(g) for g in study.panel.genes]
    np.testing.assert_allclose(values, expected[order], rtol=1e-6)
    assert "50 cells" in how


def test_without_cells_there_is_the_flat_one_alone_and_of_very_many_no_types(study):
    object.__setattr__(study.dataset.expression, "cells", tuple(map(str, range(MOST_CELLS + 1))))
    assert set(backgrounds(study, BACKBONE)) == {"flat", "mean"}
    study.dataset.expression = None
    assert set(backgrounds(study, BACKBONE)) == {"flat"}
