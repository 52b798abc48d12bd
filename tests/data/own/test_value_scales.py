"""Every way from one scale to another, known answers, and back where there is a way back."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from ugrn_core.data import value_scales
from ugrn_core.data.value_scales import bins, converted, linear, ranks
from ugrn_core.errors import OptionError
from ugrn_core.types import ValueScale

COUNTS = np.array([[1.0, 0, 3], [0, 0, 2]])
TOTALS = np.array([10.0, 4])
CP10K = np.array([[1000.0, 0, 3000], [0, 0, 5000]])


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_matrix])
def test_counts_per_10_000_of_the_whole_cell(kind):
    found = value_scales.cp10k(kind(COUNTS), TOTALS)
    logs = value_scales.log1p_cp10k(kind(COUNTS), TOTALS)
    dense = (found, logs) if kind is np.asarray else (found.toarray(), logs.toarray())
    assert np.allclose(dense[0], CP10K)
    assert np.allclose(dense[1], np.log1p(CP10K))


def test_as_scanpy_normalises():
    import anndata
    import scanpy as sc

    x = np.random.default_rng(0).poisson(1.5, (40, 60)).astype(np.float32)
    data = anndata.AnnData(x.copy())
    sc.pp.normalize_total(data, target_sum=1e4)
    sc.pp.log1p(data)
    assert np.allclose(value_scales.log1p_cp10k(x, x.sum(1)), data.X, atol=1e-5)


def test_an_empty_cell_stays_empty():
    assert (value_scales.cp10k(np.zeros((1, 3)), np.zeros(1)) == 0).all()


S = ValueScale


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (S.COUNTS, COUNTS),
        (S.LOG1P_COUNTS, np.log1p(COUNTS)),
        (S.CP10K, CP10K),
        (S.LOG1P_CP10K, np.log1p(CP10K)),
        (S.LOG2_CP10K, np.log2(1 + CP10K)),
        (S.RANK, [[2, 0, 1], [0, 0, 1]]),
    ],
)
def test_counts_to_every_scale(wanted, expected):
    assert np.allclose(converted(COUNTS, S.COUNTS, wanted, TOTALS), expected)


@pytest.mark.parametrize("scale", [S.LOG1P_COUNTS, S.LOG1P_CP10K, S.LOG2_CP10K, S.CP10K])
def test_there_and_back(scale):
    there = converted(COUNTS, S.COUNTS, scale, TOTALS)
    back = linear(there, scale)
    expected = COUNTS if scale is S.LOG1P_COUNTS else CP10K
    assert np.allclose(back, expected)
    sparse = linear(sp.csr_matrix(there), scale)
    assert np.allclose(sparse.toarray(), expected)
    if scale is not S.LOG1P_COUNTS:
        again = converted(there, scale, S.LOG1P_CP10K, CP10K.sum(1) / CP10K.sum(1) * 1e4)
        assert np.allclose(again, np.log1p(CP10K))


def test_logarithms_of_another_base_without_totals():
    two = np.log2(1 + CP10K)
    assert np.allclose(converted(two, S.LOG2_NORMALISED, S.LOG1P_NORMALISED), two * np.log(2))


def test_ways_that_are_none_say_so():
    with pytest.raises(OptionError, match="how many counts each cell had"):
        converted(COUNTS, S.COUNTS, S.LOG1P_CP10K)
    with pytest.raises(OptionError, match="counts cannot be had"):
        converted(CP10K, S.CP10K, S.COUNTS)
    for scale in (S.BIN, S.RANK, S.OTHER, S.ACTIVITY):
        with pytest.raises(OptionError, match="no way back"):
            linear(COUNTS, scale)
    with pytest.raises(OptionError, match="order of a cell's genes"):
        converted(COUNTS, S.OTHER, S.BIN)


def test_bins_are_equal_shares_of_the_expressed_genes():
    values = np.r_[np.zeros(7), np.arange(1.0, 101)]
    found = bins(values, 50)
    assert (found[:7] == 0).all()
    assert (np.diff(found[7:]) >= 0).all()
    assert (found.min(), found.max()) == (0, 50)
    counts = np.bincount(found.astype(int))[1:]
    assert counts.max() <= 3
    # The order is all that counts: whatever monotone scale the cell was on.
    assert np.array_equal(bins(np.log1p(values), 10), bins(values, 10))


def test_ties_of_bins_are_drawn_as_scgpt_draws_them():
    """scGPT's `_digitize`: uniform between the bins on both sides of the tie, by a seed."""
    values = np.array([0.0, *[1.0] * 60, *[2.0] * 20, *[5.0] * 20])
    edges = np.quantile(values[1:], np.linspace(0, 1, 50))
    low, high = np.digitize(1.0, edges, right=True), np.digitize(1.0, edges)
    drawn = bins(values, 50, np.random.default_rng(0))
    again = bins(values, 50, np.random.default_rng(0))
    assert np.array_equal(drawn, again)
    assert not np.array_equal(drawn, bins(values, 50, np.random.default_rng(1)))
    assert drawn[0] == 0
    ones = drawn[1:61]
    assert ones.min() >= max(low, 1)
    assert ones.max() <= high
    assert len(set(ones)) > 10
    assert set(bins(values, 50)[1:61]) == {float(high)}


def test_ranks_are_the_order_of_geneformers_tokens():
    values = np.array([0.0, 2.0, 5.0, 5.0, 1.0])
    assert ranks(values).tolist() == [0, 3, 1, 2, 4]
    expressed = np.flatnonzero(values)
    order = expressed[np.argsort(-values[expressed], kind="stable")]  # Geneformer's tokens
    assert [int(np.flatnonzero(ranks(values) == k + 1)[0]) for k in range(4)] == order.tolist()
