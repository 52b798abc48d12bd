"""Ranking metrics, pure: (N,) labels and scores in, one number out. Tied scores share a rank."""

from __future__ import annotations

import numpy as np


def auprc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return average precision in [0, 1]: sum over thresholds of recall gained x precision.

    The step-wise sum of scikit-learn's average_precision_score; ties are one threshold. NaN
    without a positive.
    """
    true, false = _counts_by_threshold(labels, scores)
    if not len(true) or true[-1] == 0:
        return float("nan")
    precision = true / (true + false)
    return float(np.sum(np.diff(true, prepend=0) * precision) / true[-1])


def precision_at(labels: np.ndarray, scores: np.ndarray, recalls: np.ndarray) -> np.ndarray:
    """Return the precision at the highest threshold that reaches each of `recalls` (n,) in (0, 1].

    NaN without a positive.
    """
    true, false = _counts_by_threshold(labels, scores)
    if not len(true) or true[-1] == 0:
        return np.full(len(recalls), np.nan)
    # Counts, not shares: 0.3 of 10 edges are 3, whatever 3 / 10 rounds to.
    needed = np.ceil(np.round(np.asarray(recalls) * true[-1], 9))
    at = np.searchsorted(true, np.maximum(needed, 1))
    return true[at] / (true[at] + false[at])


def auroc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return P(positive above negative) + half of P(tie), in [0, 1]; NaN with one class only."""
    true, false = _counts_by_threshold(labels, scores)
    if not len(true) or true[-1] == 0 or false[-1] == 0:
        return float("nan")
    below = true - np.diff(true, prepend=0) / 2  # positives above, and half of those tied
    return float(np.sum(np.diff(false, prepend=0) * below) / (true[-1] * false[-1]))


def early_precision(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the share of positives among the top k pairs, k = number of positives.

    As BEELINE: pairs tied with the k-th count as selected. NaN without a positive.
    """
    labels = np.asarray(labels, dtype=bool)
    k = int(labels.sum())
    if k == 0:
        return float("nan")
    threshold = np.partition(scores, len(scores) - k)[len(scores) - k]
    return float(labels[scores >= threshold].mean())


def over_prevalence(value: float, labels: np.ndarray) -> float:
    """Return `value` / prevalence: the AUPRC ratio of an AUPRC, the EPR of an early precision."""
    prevalence = float(np.mean(labels)) if len(labels) else float("nan")
    return value / prevalence if prevalence > 0 else float("nan")


def _counts_by_threshold(labels: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positives and negatives at or above each distinct score, highest score first."""
    labels, scores = np.asarray(labels, dtype=bool), np.asarray(scores)
    order = np.argsort(-scores, kind="stable")
    ends = threshold_ends(scores[order])
    true = np.cumsum(labels[order])[ends].astype(np.float64)
    return true, ends + 1 - true


def threshold_ends(ordered: np.ndarray) -> np.ndarray:
    """Return the last index of each run of equal values in `ordered` (N,)."""
    if not len(ordered):
        return np.zeros(0, dtype=np.int64)
    return np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
