"""Correlations against numpy and scipy, and what happens to genes nobody measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from ugrn_core.classical.correlation import absolute_pearson, pearson, spearman
from ugrn_core.errors import InputError
from ugrn_core.types import Expression, ReferenceNetwork


@pytest.fixture
def cells():
    values = np.random.default_rng(0).poisson(2.0, size=(5, 40)).astype(np.float32)
    return Expression("toy", tuple("EDCBA"), tuple(f"c{k}" for k in range(40)), values, "counts")


@pytest.fixture
def network():
    genes = ("A", "b", "C", "Z", "E")
    return ReferenceNetwork("STRING", "toy", genes, np.array([2, 0]), np.array([[0, 1]]))


def test_pearson_is_numpys_aligned_by_symbol(cells, network):
    truth = np.corrcoef(cells.values)
    scores = pearson(cells, network)
    columns = [4, 3, 2, None, 0]  # of A, b, C, Z, E among E, D, C, B, A
    for row, regulator in enumerate((2, 4)):
        for column, at in enumerate(columns):
            if at is None:
                assert np.isnan(scores[row, column])
            else:
                assert scores[row, column] == pytest.approx(truth[regulator, at], abs=1e-12)
    assert np.allclose(absolute_pearson(cells, network), np.abs(scores), equal_nan=True)


def test_spearman_is_scipys_ties_included(cells, network):
    truth = spearmanr(cells.values, axis=1).statistic
    assert spearman(cells, network)[0, :3] == pytest.approx(truth[2, [4, 3, 2]])


def test_unmeasured_regulator_is_nan_and_constant_gene_says_nothing(cells, network):
    flat = replace(cells, values=cells.values * (np.array(list("EDCBA")) != "C")[:, None])
    scores = pearson(flat, replace(network, regulators=np.array([3, 2, 0])))
    assert np.isnan(scores[0]).all()
    assert scores[1, [0, 1, 4]].tolist() == [0, 0, 0]
    assert scores[2, 2] == 0
    assert scores[2, 0] == pytest.approx(1)


def test_two_cells_are_too_few(cells, network):
    with pytest.raises(InputError, match="at least three cells"):
        pearson(replace(cells, cells=cells.cells[:2], values=cells.values[:, :2]), network)


def test_genes_seen_in_one_cell_each_tie():
    """r is -1 / (n - 1) for every such pair; rounding noise must not rank them."""
    example = 40
    values = np.eye(example, dtype=np.float32) * np.linspace(1, 7, example, dtype=np.float32)
    names = tuple(f"G{k}" for k in range(example))
    cells = Expression("toy", names, names, values, "none")
    none = np.zeros((0, 2), dtype=np.int64)
    network = ReferenceNetwork("none", "toy", names, np.arange(10), none)
    for score in (pearson, spearman):
        apart = score(cells, network)[~np.eye(10, example, dtype=bool)]
        assert len(np.unique(apart)) == 1
        assert apart[0] == pytest.approx(-1 / (example - 1))
