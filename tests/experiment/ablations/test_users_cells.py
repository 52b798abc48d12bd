"""`bench cells`: correlations against scipy, types of cells taken out, a signal that is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.ablations import users_cells
from ugrn_core.experiment.catalog.study import fit_to_backbone
from ugrn_core.types import Expression


def test_correlations_are_scipys_and_unmeasured_genes_have_none():
    rng = np.random.default_rng(0)
    values = rng.poisson(1.0, (5, 40)).astype(float)
    values[3], values[4] = 2.0, np.nan
    got = users_cells.spearman(values)
    np.testing.assert_allclose(got[:3, :3], spearmanr(values[:3].T)[0], atol=1e-12)
    assert (got[3, :4] == 0).all()  # a gene that does not vary says nothing
    assert np.isnan(got[4]).all()
    assert np.isnan(got[:, 4]).all()


def test_what_goes_together_for_being_of_one_type_is_gone_within_types():
    rng = np.random.default_rng(1)
    types = np.repeat([0, 1, 2], [60, 60, 5])
    level = np.array([0.0, 6.0, 3.0])[types]
    both = rng.normal(size=125)
    values = np.array([level + rng.normal(size=125), level + rng.normal(size=125), both, both])
    assert users_cells.spearman(values)[0, 1] > 0.6
    inside = users_cells.within(values, types)
    assert abs(inside[0, 1]) < 0.2
    assert inside[2, 3] == pytest.approx(1)
    by_hand = [spearmanr(values[:2, types == k].T)[0] for k in (0, 1)]  # five cells are too few
    assert inside[0, 1] == pytest.approx(np.mean(by_hand))
    two = Expression("t", tuple("abcd"), tuple(map(str, range(125))), values - values.min(), "none")
    groups = users_cells.clusters(two)
    assert max(np.mean(groups[types == 0] == g) for g in set(groups)) > 0.2


def with_cells(opened: users_cells.Asked, seed: int, told: float) -> users_cells.Asked:
    """The data set as if its cells knew its edges, `told` strongly."""
    known, rng = opened.networks["STRING"], np.random.default_rng(seed)
    values = opened.tensor.values.copy()
    noise = rng.normal(size=(values.shape[0], len(users_cells.NUMBERS), values.shape[2]))
    row = {g: k for k, g in enumerate(opened.tensor.sources)}
    column = {g: k for k, g in enumerate(opened.tensor.genes)}
    tokens = opened.study.tokens
    for a, b in known.edges:
        noise[row[tokens[known.genes[a]]], 0, column[tokens[known.genes[b]]]] += told
    values[:, -len(users_cells.NUMBERS) :] = noise
    return replace(opened, tensor=replace(opened.tensor, values=values.astype(np.float32)))


def test_cells_that_know_the_edges_are_ahead_and_noise_is_not(
    backbone, settings, beeline, monkeypatch
):
    nothing = np.zeros((1, 1, 1))
    monkeypatch.setattr(
        users_cells,
        "of_cells",
        lambda study, like: (
            nothing
            + np.zeros((len(like.sources), len(users_cells.NUMBERS), len(like.genes)), np.float32)
        ),
    )
    one, other = (users_cells.opened(backbone, settings, beeline, n) for n in ("hESC", "mESC"))
    asked = ("over all cells", "within clusters")
    table = users_cells.measure(
        with_cells(one, 0, 2.0), [with_cells(other, 1, 2.0)], ["STRING"], asked
    )
    ahead = table[table["quantity"].str.startswith("ahead")].set_index("variant")
    assert ahead.loc["over all cells", "low"] > 0.05
    assert ahead.loc["within clusters", "low"] < 0  # planted in the first number alone
    assert set(table["variant"]) == set(asked)


def test_a_data_set_without_cells_says_so(backbone, beeline):
    study = fit_to_backbone(beeline_dataset(beeline, "hESC"), backbone)
    if study.dataset.expression is not None:
        study = replace(study, dataset=replace(study.dataset, expression=None))
    with pytest.raises(MissingDataError, match="no expression"):
        users_cells.of_cells(study, None)
