"""Ridge and kNN beside a backbone: known answers on cells made of two factors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from ugrn_core.pretraining.batches import Batcher, Sampling
from ugrn_core.pretraining.corpus.data_sets import Corpus, CorpusSet, read_corpus
from ugrn_core.pretraining.imputation import (
    Standardised,
    in_units,
    ridge_over_sets,
    standardised,
    value_errors,
)


def _cells(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(n, 2))
    loadings = np.random.default_rng(0).normal(size=(2, 40))
    return (factors @ loadings + 0.1 * rng.normal(size=(n, 40))).astype(np.float32)


@pytest.fixture
def data() -> Standardised:
    return Standardised(_cells(24, 1), _cells(800, 2), np.arange(40) >= 10)


@pytest.mark.parametrize(("method", "least"), [("ridge", 0.97), ("neighbours", 0.9)])
def test_two_factors_are_read_off_ten_genes(data, method, least):
    error, variance = data.errors(getattr(data, method)())
    assert least < 1 - error / variance < 1


def test_errors_are_those_of_the_definition(data):
    truth = data.cells[:, 10:].astype(float)
    guess = truth * 0.5
    error, variance = data.errors(guess)
    centred = truth - truth.mean(0)
    assert variance == pytest.approx((centred**2).sum(), rel=1e-5)
    assert error == pytest.approx(variance / 4, rel=1e-5)
    assert data.errors(truth + 7)[0] == pytest.approx(0, abs=1e-3)  # a gene's mean is not judged
    assert data.errors(np.zeros_like(truth))[0] == pytest.approx(variance)


@pytest.fixture(scope="module")
def batcher(folder):
    corpus = read_corpus(folder, {}, ["mouse"])
    return Batcher(corpus, frozenset({"three"}), Sampling(), seed=0)


def test_yardsticks_learn_from_training_cells_alone(batcher):
    part = batcher.train[0]
    batch = batcher.validation(part, few=False, seed=3)
    got = standardised(batcher, part, batch, 3)
    assert len(got.learned_from) == 28  # of 30 cells, cells 0 and 20 are held out
    mean, sd = batcher.moments(part)
    held = part.values[[0, 20]].toarray()
    order = np.searchsorted(part.ids, batch.ids)
    expected = ((held - mean) / np.maximum(sd, 0.3))[:, order]
    assert np.sort(got.cells, axis=0) == pytest.approx(np.sort(expected, axis=0), abs=1e-5)
    for row in got.cells:
        assert np.abs(got.learned_from - row).max(axis=1).min() > 0.1
    masked = got.cells[:, batch.masked]
    assert in_units(batch.values[:, batch.masked], batch) == pytest.approx(masked, abs=1e-5)


def test_errors_of_values_are_those_of_the_definition(batcher):
    batch = batcher.validation(batcher.train[0], few=False, seed=1)
    truth = batch.values[:, batch.masked].astype(float)
    guess = np.random.default_rng(0).normal(size=truth.shape)
    error, variance = value_errors(in_units(guess, batch), batch)
    assert error == pytest.approx(((truth - guess) ** 2).sum(), rel=1e-4)
    assert variance == pytest.approx(truth.var() * truth.size)


def test_of_a_held_out_study_they_learn_from_the_other_sets(batcher):
    (study,) = batcher.studies
    batch = batcher.validation(study, few=True, seed=0)
    got = standardised(batcher, study, batch, 0)
    assert len(got.learned_from) == 2 * 28
    assert np.abs(got.learned_from.mean(axis=0)).max() < 0.3  # each set about its own means


def _levelled(name: str, level: float, seed: int, cells: int = 100) -> CorpusSet:
    """Cells of two factors whose 40 genes lie `level` apart from those of another set."""
    pattern = np.random.default_rng(5).normal(size=40)
    values = 20 + 0.2 * _cells(cells, seed) + level * pattern
    return CorpusSet(name, {}, np.arange(40), sp.csr_matrix(values.astype(np.float32)))


def test_over_sets_the_level_of_a_new_set_is_found_from_what_is_shown():
    parts = tuple(_levelled(f"set {k}", level, k) for k, level in enumerate((-2, -1, 0, 1, 2)))
    new = _levelled("new", 1.5, 9)
    corpus = Corpus(tuple(f"G{k}" for k in range(40)), (*parts, new))
    batcher = Batcher(corpus, frozenset({"new"}), Sampling(), seed=0)
    batch = batcher.validation(new, few=False, seed=2)
    means = np.full(40, 20.0)
    guess = ridge_over_sets(batcher, means, batch, seed=0)
    error, _ = value_errors(in_units(guess, batch), batch)
    told_mean, _ = value_errors(np.zeros_like(guess), batch)  # the means of the very set
    assert error < 0.1 * told_mean


def test_over_sets_an_unmeasured_gene_counts_as_its_mean(batcher):
    part = batcher.train[0]
    batch = batcher.validation(part, few=False, seed=3)
    strangers = replace(batch, ids=batch.ids + 10_000)  # genes that no set measures
    means = np.arange(20_000, dtype=float)
    guess = ridge_over_sets(batcher, means, strangers, seed=0)
    assert guess == pytest.approx(np.tile(strangers.ids[batch.masked], (len(batch.values), 1)))
