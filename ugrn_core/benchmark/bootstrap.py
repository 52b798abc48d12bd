"""Intervals by drawing regulators, not pairs: the pairs of one regulator are not independent."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from ugrn_core.benchmark.metrics import threshold_ends

AT_ONCE = 4_000_000  # numbers held per chunk of replicates


def regulator_weights(n_regulators: int, replicates: int, rng: np.random.Generator) -> np.ndarray:
    """Return (B, R) int counts: how often each replicate drew each regulator (with replacement)."""
    if n_regulators == 0:
        return np.zeros((replicates, 0), dtype=np.int64)
    return rng.multinomial(n_regulators, np.full(n_regulators, 1 / n_regulators), size=replicates)


def weighted_auprc(
    labels: np.ndarray, scores: np.ndarray, groups: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the (B,) average precision with every pair counted `weights[:, groups]` times.

    labels, scores, groups: (N,); groups index the columns of `weights` (B, R). NaN in replicates
    that drew no positive. Precision is asked for only where a positive comes: pairs are counted by
    regulator between one such threshold and the next, once for all replicates.
    """
    order = np.argsort(-scores, kind="stable")
    labels, groups = labels[order].astype(bool), groups[order]
    ends = threshold_ends(scores[order])
    ends = ends[np.diff(np.cumsum(labels)[ends], prepend=0) > 0]
    if not len(ends):
        return np.full(len(weights), np.nan)
    used = ends[-1] + 1
    part = np.searchsorted(ends, np.arange(used))  # of each pair: the threshold it counts towards
    cell, size = groups[:used] * len(ends) + part, weights.shape[1] * len(ends)
    every, true = (
        np.bincount(which, minlength=size).reshape(-1, len(ends)).astype(np.float32)
        for which in (cell, cell[labels[:used]])
    )
    out = np.full(len(weights), np.nan)
    step = max(1, AT_ONCE // len(ends))
    for start in range(0, len(weights), step):
        counts = weights[start : start + step].astype(np.float32)
        gained = (counts @ true).astype(np.float64)
        hits = np.cumsum(gained, axis=1)
        drawn = np.cumsum(counts @ every, axis=1, dtype=np.float64)
        summed = np.einsum("bt,bt->b", gained, hits / np.maximum(drawn, 1.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            total = hits[:, -1]
            out[start : start + step] = np.where(total > 0, summed / total, np.nan)
    return out


def weighted_auroc(
    labels: np.ndarray, scores: np.ndarray, groups: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the (B,) AUROC with every pair counted `weights[:, groups]` times, ties half.

    labels, scores, groups: (N,); groups index the columns of `weights` (B, R). NaN in replicates
    that drew one class only.
    """
    order = np.argsort(-scores, kind="stable")
    labels, groups = labels[order].astype(bool), groups[order]
    ends = threshold_ends(scores[order])
    out = np.full(len(weights), np.nan)
    step = max(1, AT_ONCE // max(1, len(labels)))
    for start in range(0, len(weights) if len(labels) else 0, step):
        counts = weights[start : start + step][:, groups].astype(np.float64)
        true = np.cumsum(counts * labels, axis=1)[:, ends]
        false = np.cumsum(counts * ~labels, axis=1)[:, ends]
        above = true - np.diff(true, prepend=0, axis=1) / 2  # and half of those tied
        won = np.einsum("bt,bt->b", np.diff(false, prepend=0, axis=1), above)
        pairs = true[:, -1] * false[:, -1]
        with np.errstate(invalid="ignore", divide="ignore"):
            out[start : start + step] = np.where(pairs > 0, won / pairs, np.nan)
    return out


def interval(
    values: np.ndarray, level: float = 0.95, *, regulators: int | None = None
) -> tuple[float, float]:
    """Return the percentile interval of `values`, NaN ignored; (NaN, NaN) when fewer than two.

    regulators: how many were drawn, for an interval that holds for few of them, too: the tails are
    then those that make it as wide as Student's t would (Hesterberg 2015, The American Statistician
    69:371, "expanded percentiles"), since the plain one is narrow by sqrt(1 - 1 / n) and more.
    """
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return float("nan"), float("nan")
    tail = (1 - level) / 2
    if regulators is not None and regulators > 1:
        wide = np.sqrt(regulators / (regulators - 1)) * student.isf(tail, regulators - 1)
        tail = float(norm.sf(wide))
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
