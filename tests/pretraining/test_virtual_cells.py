"""Gene vectors within and between data sets, and the virtual cells made of them."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from ugrn_core.pretraining.corpus.data_sets import Corpus, CorpusSet
from ugrn_core.pretraining.corpus.profiles import PROFILE_SHARE, gene_vectors, profile_vectors
from ugrn_core.pretraining.virtual_cells import GAIN, VirtualCells, coexpression_loss, shown

GENES = tuple(f"G{k}" for k in range(40))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Six sets; genes 0 and 1 vary together in cells, 2 and 3 are high in the same sets."""
    rng, sets = np.random.default_rng(0), []
    for s in range(6):
        x = rng.gamma(2.0, 1.0, size=(60, 40))
        x[:, 1] = x[:, 0] + 0.1 * rng.random(60)
        x[:, 2:4] += 5.0 * (s % 2)
        card = {"species": "human", "tissue": "blood" if s == 5 else "brain"}
        values = sp.csr_matrix(x, dtype=np.float32)
        sets.append(CorpusSet(f"s{s}", card, np.arange(40), values))
    return Corpus(GENES, tuple(sets))


def _cosines(vectors: np.ndarray) -> np.ndarray:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


def test_profiles_know_tissues_and_the_svd_knows_cells(corpus):
    between = _cosines(profile_vectors(corpus))
    assert between[2, 3] > 0.95
    assert np.median(between[2, 4:]) < 0.5
    joined = gene_vectors(corpus, 30)
    product = joined @ joined.T
    # Joined products keep both kinds of twins; their vectors are at most 1 long.
    assert product[0, 1] > 1 - PROFILE_SHARE - 0.2
    assert product[2, 3] > PROFILE_SHARE - 0.1
    assert (np.diag(product) <= 1 + 1e-5).all()


def test_a_species_own_mean_is_taken_off(corpus):
    mouse = [
        CorpusSet(s.name + "m", s.card | {"species": "mouse"}, s.ids, s.values * 2)
        for s in corpus.sets
    ]
    both = Corpus(corpus.genes, corpus.sets + tuple(mouse))
    np.testing.assert_allclose(
        _cosines(profile_vectors(both)), _cosines(profile_vectors(corpus)), atol=1e-4
    )


def _cells(vectors: np.ndarray) -> VirtualCells:
    return VirtualCells(vectors, (np.ones(40), np.full(40, 0.5)), seed=3)


def test_virtual_cells_move_targets_by_kernel_times_source():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, 5)) / 3
    batch = _cells(vectors).batch(7, cells=4, panel=20)
    assert batch.deviation.shape == (4, 20)
    z = (batch.values - 1.0) / 0.5
    kernel = vectors[batch.ids[batch.source]] @ vectors[batch.ids].T
    want = GAIN * 3 * np.tanh(z / 3)[:, None] * kernel
    np.testing.assert_allclose(batch.deviation, want, rtol=1e-5)
    values = shown(batch, -1.0)
    assert (values == -1).sum() == 4 * 19
    np.testing.assert_array_equal(values[np.arange(4), batch.source], batch.values)
    again = _cells(vectors).batch(7, cells=4, panel=20)
    np.testing.assert_array_equal(again.deviation, batch.deviation)


def test_the_loss_is_0_for_the_answer_whatever_the_level_of_targets():
    rng = np.random.default_rng(0)
    batch = _cells(rng.normal(size=(40, 5)) / 3).batch(1, cells=6, panel=20)
    level = torch.from_numpy(rng.normal(size=(1, 20)).astype(np.float32))
    answer = torch.from_numpy(batch.deviation * batch.sd) + level
    answer[torch.arange(6), torch.from_numpy(batch.source)] += 0  # sources are not judged
    assert coexpression_loss(answer, batch).item() == pytest.approx(0, abs=1e-9)
    wrong = coexpression_loss(level.expand(6, 20), batch).item()
    assert wrong > 0.001
