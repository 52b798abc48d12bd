"""Metrics against scikit-learn, brute force and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

from ugrn_core.benchmark.metrics import (
    auprc,
    auroc,
    early_precision,
    over_prevalence,
    precision_at,
)

pairs = st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=40).filter(
    lambda rows: 0 < sum(label for label, _ in rows) < len(rows)
)


@settings(max_examples=50, deadline=None)
@given(pairs)
def test_auprc_and_auroc_agree_with_scikit_learn_ties_included(rows):
    labels, scores = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], dtype=float)
    assert auprc(labels, scores) == pytest.approx(average_precision_score(labels, scores))
    assert auroc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))


@settings(max_examples=50, deadline=None)
@given(pairs)
def test_auroc_agrees_with_counting_all_pairs(rows):
    up = [s for label, s in rows if label]
    down = [s for label, s in rows if not label]
    wins = sum((u > d) + 0.5 * (u == d) for u in up for d in down)
    labels, scores = zip(*rows)
    assert auroc(np.array(labels), np.array(scores)) == pytest.approx(wins / len(up) / len(down))


@settings(max_examples=50, deadline=None)
@given(pairs)
def test_metrics_ignore_monotone_changes_and_the_order_of_pairs(rows):
    labels, scores = np.array([r[0] for r in rows]), np.array([r[1] for r in rows], dtype=float)
    for metric in (auprc, auroc, early_precision):
        value = metric(labels, scores)
        assert metric(labels, np.exp(scores) * 3 - 1) == pytest.approx(value)
        assert metric(labels[::-1], scores[::-1]) == pytest.approx(value)


def test_known_answers():
    labels, scores = np.array([1, 0, 1, 0, 0], bool), np.array([5.0, 4, 3, 2, 1])
    assert auprc(labels, scores) == pytest.approx((1 + 2 / 3) / 2)
    assert auroc(labels, scores) == pytest.approx(5 / 6)
    assert early_precision(labels, scores) == 0.5
    assert over_prevalence(0.5, labels) == pytest.approx(0.5 / 0.4)


def test_early_precision_selects_all_pairs_tied_with_the_kth():
    labels = np.array([1, 1, 0, 0, 0], bool)
    assert early_precision(labels, np.array([9.0, 1, 1, 1, 0])) == pytest.approx(2 / 4)
    assert early_precision(labels, np.zeros(5)) == pytest.approx(2 / 5)


def test_one_class_gives_nan_never_a_number():
    assert np.isnan(auprc(np.zeros(3, bool), np.arange(3.0)))
    assert np.isnan(auroc(np.ones(3, bool), np.arange(3.0)))
    assert np.isnan(early_precision(np.zeros(3, bool), np.arange(3.0)))
    assert np.isnan(auprc(np.zeros(0, bool), np.zeros(0)))


def test_precision_at_a_recall_is_that_of_the_highest_threshold_reaching_it():
    labels = np.array([1, 0, 1, 1, 0, 0], dtype=bool)
    scores = np.array([6, 5, 4, 3, 3, 1.0])
    found = precision_at(labels, scores, np.array([0.1, 1 / 3, 0.34, 2 / 3, 0.7, 1]))
    np.testing.assert_allclose(found, [1, 1, 2 / 3, 2 / 3, 3 / 5, 3 / 5])
    tenths = precision_at(np.ones(10, bool), np.arange(10.0), np.arange(1, 11) / 10)
    assert (tenths == 1).all()
    assert np.isnan(precision_at(labels & False, scores, np.array([0.5]))).all()


def test_the_curve_lies_on_scikit_learns():
    rng = np.random.default_rng(0)
    labels, scores = rng.random(300) < 0.3, rng.normal(size=300).round(1)
    precision, recall, _ = precision_recall_curve(labels, scores)
    wanted = np.array([0.2, 0.5, 0.9])
    for r, p in zip(wanted, precision_at(labels, scores, wanted)):
        reached = np.flatnonzero(recall >= r - 1e-12)
        assert p == pytest.approx(precision[reached[-1]])
