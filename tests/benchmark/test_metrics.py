"""Metrics against scikit-learn, brute force and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from ugrn_core.benchmark.metrics import auprc, auroc, early_precision, over_prevalence

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
