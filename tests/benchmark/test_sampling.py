"""What each sampling promises, on hostile shapes too; the popularity oracle is the judge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ugrn_core.benchmark.candidates import candidates
from ugrn_core.benchmark.controls import POPULARITY_FORMS, popularity
from ugrn_core.benchmark.matching import degree_classes
from ugrn_core.benchmark.metrics import auprc
from ugrn_core.benchmark.sampling import CLASS_SIZE, draw
from ugrn_core.errors import OptionError


def masks(sample, shape):
    positives, negatives = np.zeros(shape, bool), np.zeros(shape, bool)
    positives[sample.rows[sample.labels], sample.columns[sample.labels]] = True
    negatives[sample.rows[~sample.labels], sample.columns[~sample.labels]] = True
    return positives, negatives


def oracle(sample, scores):
    return auprc(sample.labels, scores[sample.rows, sample.columns])


def test_paper_is_balanced_and_takes_unlabelled_candidates_only(toy):
    found = candidates(toy())
    for sample in draw(found.positives, found.candidates, "paper", 3, np.random.default_rng(0)):
        positives, negatives = masks(sample, found.positives.shape)
        assert (positives == found.positives).all()
        assert negatives.sum() == positives.sum()
        assert not (negatives & (found.positives | ~found.candidates)).any()


def test_paper_drops_edges_to_stay_balanced_where_most_pairs_are_edges():
    positives = np.random.default_rng(0).random((8, 9)) < 0.8
    (sample,) = draw(positives, np.ones((8, 9), bool), "paper", 1, np.random.default_rng(0))
    assert sample.labels.mean() == 0.5
    assert sample.n_dropped == positives.sum() - (~positives).sum()


def test_full_takes_every_candidate_once(toy):
    found = candidates(toy())
    (sample,) = draw(found.positives, found.candidates, "full", 5, np.random.default_rng(0))
    assert len(sample.labels) == found.candidates.sum()
    assert sample.labels.sum() == found.positives.sum()


@given(st.integers(0, 10_000), st.floats(0.01, 0.97), st.integers(1, 12), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_matched_has_the_same_margins_on_both_sides_whatever_the_network(seed, p, n, m):
    rng = np.random.default_rng(seed)
    allowed = rng.random((n, m)) < 0.9
    positives = (rng.random((n, m)) < p) & allowed
    for sample in draw(positives, allowed, "matched", 2, rng):
        kept, negatives = masks(sample, (n, m))
        assert (kept.sum(0) == negatives.sum(0)).all()
        assert (kept.sum(1) == negatives.sum(1)).all()
        assert not (negatives & (positives | ~allowed)).any()
        assert not (kept & ~positives).any()
        assert kept.sum() + sample.n_dropped == positives.sum()


@pytest.mark.parametrize("strength", [0.7, 1.5, 3.0])
def test_popularity_solves_paper_and_knows_nothing_under_matched(toy, strength):
    network = toy(n_genes=400, n_regulators=80, strength=strength)
    found = candidates(network)
    args = (found.positives, found.candidates)
    (paper,) = draw(*args, "paper", 1, np.random.default_rng(1))
    (matched,) = draw(*args, "matched", 1, np.random.default_rng(1))
    for form in POPULARITY_FORMS:
        scores = popularity(network, form)
        assert oracle(paper, scores) > 0.65
        assert oracle(matched, scores) == pytest.approx(0.5, abs=0.02)


def test_matched_negatives_differ_between_draws_and_repeat_with_the_seed(toy):
    found = candidates(toy(n_genes=200, n_regulators=40, strength=0.7))
    args = (found.positives, found.candidates, "matched", 2)
    first, second = draw(*args, np.random.default_rng(3))
    again, _ = draw(*args, np.random.default_rng(3))
    assert (first.columns == again.columns).all()
    assert (first.labels == again.labels).all()
    shape = found.positives.shape
    one, other = masks(first, shape)[1], masks(second, shape)[1]
    assert (one & other).sum() < 0.7 * one.sum()
    assert (masks(first, shape)[0] == masks(second, shape)[0]).all()


def test_an_edge_score_keeps_its_signal_under_matched(toy):
    """The sampler takes away popularity, not regulation."""
    found = candidates(toy(n_genes=200, n_regulators=40))
    noise = np.random.default_rng(0).normal(size=found.positives.shape)
    (sample,) = draw(found.positives, found.candidates, "matched", 1, np.random.default_rng(0))
    assert oracle(sample, found.positives + noise) > 0.7


def test_classes_join_equal_degrees_and_are_large_enough():
    degrees = np.array([0, 1, 1, 1, 2, 2, 3, 5, 9, 9])
    classes = degree_classes(degrees, 3)
    assert classes[0] == -1
    assert len(set(classes[1:4])) == 1
    assert np.bincount(classes[1:]).min() >= 3
    assert (np.diff(classes[1:]) <= 0).all()
    assert set(degree_classes(np.array([4, 4]), CLASS_SIZE)) == {0}


def test_unknown_sampling_and_no_draws_are_refused():
    mask = np.ones((2, 2), bool)
    with pytest.raises(OptionError, match="paper, matched, full"):
        draw(mask, mask, "balanced", 1, np.random.default_rng(0))
    with pytest.raises(OptionError, match="At least one"):
        draw(mask, mask, "paper", 0, np.random.default_rng(0))
