"""Metacells: means by hand, never of a held-out cell; merged profiles; a run that resumes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from ugrn_core.errors import OptionError, TableError
from ugrn_core.pretraining import batches
from ugrn_core.pretraining.batches import Batcher, Sampling, redrawn_counts, training_cells
from ugrn_core.pretraining.corpus import metacells
from ugrn_core.pretraining.corpus.data_sets import Corpus, CorpusSet
from ugrn_core.pretraining.corpus.merged_sets import merge_plan, merged_set, with_merged
from ugrn_core.pretraining.corpus.metacells import Metacells, neighbourhoods
from ugrn_core.pretraining.corpus.profiles import block_vectors, reduced, unit, weighted
from ugrn_core.pretraining.corpus.signatures import Signatures, read_signatures
from ugrn_core.pretraining.recipe import Training, on_metacells
from ugrn_core.pretraining.train import Trainer


def a_set(name: str, values: np.ndarray, ids=None, **card: str) -> CorpusSet:
    ids = np.arange(values.shape[1]) if ids is None else np.array(ids)
    card = {"species": "human", "modality": "scRNA-seq"} | card
    return CorpusSet(name, card, ids, sp.csr_matrix(values.astype(np.float32)))


def cells_of(count: int, seed: int, genes: int = 40) -> np.ndarray:
    rng = np.random.default_rng(seed)
    level = rng.gamma(1, 2, (2, genes))[rng.integers(0, 2, count)]
    return np.log1p(rng.poisson(level)).astype(np.float32)


def test_the_mean_of_alike_cells_is_the_cell():
    row = np.log1p(np.array([[0.0, 3.0, 1.0, 700.0]], np.float32))
    values = sp.csr_matrix(np.repeat(row, 80, axis=0))
    hood = neighbourhoods(values, np.arange(80), Metacells())
    got = metacells.choose(hood, 12, np.random.default_rng(0)).values(values)
    assert got.shape == (12, 4)
    np.testing.assert_allclose(got.toarray(), np.repeat(row, 12, axis=0), rtol=1e-5)


def test_means_are_of_counts_and_of_the_nearest_cells():
    far = np.repeat(np.log1p([[9.0, 0.0], [0.0, 9.0]]), 40, axis=0)  # two kinds of cells
    values = sp.csr_matrix(far + np.log1p([[0.0, 0.0], [2.0, 2.0]] * 40) * 0.1, dtype=np.float32)
    hood = neighbourhoods(values, np.arange(80), Metacells(components=1))
    assert hood.nearest.shape == (80, 8)
    assert ((hood.nearest < 40) == (np.arange(80) < 40)[:, None]).all()
    assert (hood.nearest[:, 0] == np.arange(80)).all()
    chosen = metacells.choose(hood, 80, np.random.default_rng(1))
    sizes = np.diff(chosen.weights.indptr)
    assert set(sizes) == {6, 7, 8}
    np.testing.assert_allclose(chosen.weights.sum(axis=1), 1, rtol=1e-5)
    expected = np.log1p(chosen.weights @ np.expm1(values.toarray()[chosen.rows]))
    np.testing.assert_allclose(chosen.values(values).toarray(), expected, rtol=1e-5)
    one_gene = chosen.values(values, np.array([1])).toarray()
    np.testing.assert_allclose(one_gene, expected[:, 1:], rtol=1e-5)


def test_metacells_are_drawn_anew_and_follow_from_the_seed():
    values = sp.csr_matrix(cells_of(300, 0))
    hood = neighbourhoods(values, np.arange(300), Metacells())
    a, b, c = (
        metacells.choose(hood, 300, np.random.default_rng(s)).values(values) for s in (1, 1, 2)
    )
    assert (a != b).nnz == 0
    assert (a != c).nnz > 0


def test_few_cells_stay_as_they_are():
    values = sp.csr_matrix(cells_of(59, 0))
    hood = neighbourhoods(values, np.arange(59), Metacells())
    chosen = metacells.choose(hood, 59, np.random.default_rng(0))
    assert (chosen.values(values) != values).nnz == 0


@pytest.mark.parametrize("cells", [70, 500])
def test_held_out_cells_never_enter_a_training_metacell(cells):
    """Every 20th cell alone expresses the last gene: no training value of it may be above 0."""
    values = cells_of(cells, 3)
    values[:, -1] = 0
    values[::20, -1] = 5
    corpus = Corpus(tuple(f"G{k}" for k in range(40)), (a_set("one", values),))
    batcher = Batcher(corpus, frozenset(), Sampling(30, 40, metacells=Metacells()), 0)
    for step in range(40):
        batch = batcher.batch(step)
        assert not batch.values[:, batch.ids == 39].any()
    assert batcher.moments(corpus.sets[0])[0][-1] == 0
    learned = batcher.columns(corpus.sets[0], 60, np.random.default_rng(0))
    assert not learned[:, -1].nnz
    held = batcher.validation(corpus.sets[0], few=False, seed=1)
    assert (held.values[:, held.ids == 39] > 4).all()  # and none of the training in these


def test_of_a_very_large_set_some_cells_have_neighbourhoods(monkeypatch):
    monkeypatch.setattr(batches, "START_CELLS", 100)
    corpus = Corpus(tuple(f"G{k}" for k in range(40)), (a_set("one", cells_of(300, 3)),))
    drawn = [
        Batcher(corpus, frozenset(), Sampling(24, 40, metacells=Metacells()), seed)._cells["one"]
        for seed in (0, 0, 1)
    ]
    assert all(len(hood.cells) == 100 for hood in drawn)
    assert not (drawn[0].nearest % 20 == 0).any()
    np.testing.assert_array_equal(drawn[0].nearest, drawn[1].nearest)
    assert set(drawn[0].cells) != set(drawn[2].cells)


def test_single_cells_are_drawn_as_before():
    corpus = Corpus(tuple(f"G{k}" for k in range(40)), (a_set("one", cells_of(100, 3)),))
    batch = Batcher(corpus, frozenset(), Sampling(24, 40), 0).batch(5)
    rng = np.random.default_rng([0, 5])
    rng.choice(1, p=[1.0])
    rows = np.sort(rng.choice(training_cells(corpus.sets[0]), 24, replace=False))
    np.testing.assert_array_equal(batch.values, corpus.sets[0].values[rows].toarray())
    assert batch.seen is batch.values


def test_redrawn_counts_keep_the_mean_and_lose_the_depth():
    values = np.log1p(np.full((4000, 3), [0.0, 10.0, 3000.0], np.float32))
    seen = np.expm1(redrawn_counts(values, np.random.default_rng(0)))
    assert not seen[:, 0].any()
    np.testing.assert_allclose(seen.mean(0)[1:], [10, 3000], rtol=0.05)
    assert (seen[:, 1] == 0).mean() > 0.02  # ten in ten thousand are missed at a thousand counts
    assert seen[:, 1].std() > 2


def test_profiles_are_their_share_of_the_batches_and_never_averaged_over():
    sets = (
        a_set("cells", cells_of(400, 0)),
        a_set("types", cells_of(80, 1), modality="bulk RNA-seq profiles"),
    )
    corpus = Corpus(tuple(f"G{k}" for k in range(40)), sets)
    sampling = Sampling(8, 40, metacells=Metacells(), profiles=0.3)
    batcher = Batcher(corpus, frozenset(), sampling, 0)
    assert batcher.weight.tolist() == pytest.approx([0.7, 0.3])
    chosen = metacells.mixed(np.arange(80), 80, np.random.default_rng(0))
    own = chosen.weights.toarray()[np.arange(80), np.searchsorted(chosen.rows, np.arange(80))]
    assert own.min() >= 0.5 - 1e-6
    assert 0.3 < (own == 1).mean() < 0.7


def test_merged_profiles_keep_what_seven_tenths_of_the_parts_measure():
    parts = [
        a_set("p_a", np.array([[1.0, 2.0, 3.0]]), [0, 1, 2]),
        a_set("p_b", np.array([[3.0, 4.0], [5.0, 0.0]]), [0, 1]),
        a_set("p_c", np.array([[7.0, 7.0, 9.0]]), [0, 1, 3]),
    ]
    got = merged_set("joined", parts)
    assert got.ids.tolist() == [0, 1]  # genes 2 and 3 are measured by a third
    assert got.values.toarray().tolist() == [[1, 2], [3, 4], [5, 0], [7, 7]]
    assert got.card["parts"] == "p_a, p_b, p_c"
    filled = merged_set(
        "joined", [*parts[:1], *parts[1:2], a_set("p_d", np.array([[8.0]]), [0])] * 2
    )
    assert filled.ids.tolist() == [0]
    four = [*parts, a_set("p_d", np.array([[8.0, 1.0]]), [0, 2])]
    got = merged_set("joined", four)
    assert got.ids.tolist() == [0, 1]
    # The part without gene 1 carries the mean of the other parts' means: (2 + 2 + 7) / 3.
    assert got.values.toarray()[-1].tolist() == pytest.approx([8, 11 / 3])


def test_sets_are_merged_by_pattern_and_genes_of_none_are_dropped():
    sets = (
        a_set("p_a", np.ones((2, 2)), [0, 1]),
        a_set("own", np.ones((3, 2)), [1, 4]),
        a_set("p_b", np.ones((1, 2)), [1, 2]),
    )
    corpus = with_merged(Corpus(tuple("ABCDE"), sets), merge_plan(["both=p_*"]))
    assert [(s.name, s.n_cells) for s in corpus.sets] == [("own", 3), ("both", 3)]
    assert corpus.genes == ("B", "E")
    assert corpus.sets[0].ids.tolist() == [0, 1]


@pytest.mark.parametrize("text", ["p_*", "=p_*", "x=", "x= , "])
def test_a_merge_of_another_form_is_refused(text):
    with pytest.raises(OptionError, match="NAME=PATTERN"):
        merge_plan([text])


def test_merges_that_cannot_be_meant_are_refused():
    sets = (a_set("p_a", np.ones((2, 2))), a_set("p_b", np.ones((2, 2)), species="mouse"))
    corpus = Corpus(("A", "B"), sets)
    with pytest.raises(OptionError, match="no data set matches"):
        with_merged(corpus, merge_plan(["x=q_*"]))
    with pytest.raises(OptionError, match="human and mouse"):
        with_merged(corpus, merge_plan(["x=p_*"]))
    with pytest.raises(OptionError, match="has that name"):
        with_merged(corpus, merge_plan(["p_b=p_a"]))


def test_blocks_weigh_as_they_say_and_reduction_keeps_products():
    rng = np.random.default_rng(0)
    within, between = rng.normal(size=(30, 4)), rng.normal(size=(30, 3))
    got = weighted({"within": within, "between": between})
    cosines = [unit(x) @ unit(x).T for x in (within, between)]
    np.testing.assert_allclose(got @ got.T, (2 * cosines[0] + cosines[1]) / 3, atol=1e-6)
    np.testing.assert_allclose(reduced(got, 7) @ reduced(got, 7).T, got @ got.T, atol=1e-5)
    assert reduced(got, 2).shape == (30, 2)


def test_block_vectors_take_what_the_corpus_has():
    cells, types = a_set("one", cells_of(60, 0)), a_set("t", cells_of(30, 1), modality="profiles")
    genes = tuple(f"G{k}" for k in range(40))
    signatures = (Signatures("s", np.random.default_rng(2).normal(size=(40, 5))),)
    for corpus in (Corpus(genes, (cells,)), Corpus(genes, (cells, types), signatures)):
        got = block_vectors(corpus, 16)
        assert got.shape[0] == 40
        assert np.linalg.norm(got, axis=1).max() <= 1 + 1e-5


def test_signatures_are_read_over_the_genes_or_refused(tmp_path):
    path = tmp_path / "responses.npz"
    x = np.array([[1.0, np.nan], [3.0, 4.0]], np.float16)
    np.savez(path, x=x, genes=np.array(["B", "Z"]), cols=np.array(["IL2", "IFNG"]))
    (got,) = read_signatures([path], ("A", "B"))
    assert got.name == "responses"
    assert got.values.tolist() == [[0, 0], [1, 0]]
    with pytest.raises(TableError, match="no gene of the corpus"):
        read_signatures([path], ("A",))
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(TableError, match=r"responses\.npz"):
        read_signatures([path], ("A", "B"))


def test_a_broken_run_on_metacells_ends_where_an_unbroken_one_does(tmp_path):
    sets = (
        a_set("one", cells_of(120, 0)),
        a_set("two", cells_of(90, 1)),
        a_set("types", cells_of(30, 2), modality="bulk RNA-seq profiles"),
    )
    corpus = Corpus(tuple(f"G{k}" for k in range(40)), sets)
    plain = Training(layers=1, steps=4, warmup=2, sets_per_step=2, precision="float32")
    training = on_metacells(replace(plain, sampling=Sampling(6, 20)))
    whole = Trainer(corpus, training, tmp_path / "whole")
    whole.run()
    for _ in range(4):
        part = Trainer(corpus, training, tmp_path / "part")
        part.run(minutes=0)
    a, b = whole.model.state_dict(), part.model.state_dict()
    assert part.step == 4
    assert all(torch.equal(a[k], b[k]) for k in a)
    with pytest.raises(OptionError, match="another sampling"):
        Trainer(corpus, replace(training, sampling=Sampling(6, 20)), tmp_path / "part")
