"""The zero-shot protocol: one score array in, one row of results out, intervals included."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ugrn_core.benchmark import metrics
from ugrn_core.benchmark.bootstrap import interval, regulator_weights, weighted_auprc
from ugrn_core.benchmark.evaluation_set import (
    EvaluationSet,
)
from ugrn_core.errors import InputError

METRICS = (
    "auprc",
    "auprc_low",
    "auprc_high",
    "auprc_sd_over_draws",
    "auprc_ratio",
    "auroc",
    "early_precision",
    "epr",
)


def judge(test: EvaluationSet, scores: np.ndarray) -> dict:
    """Return the row of `scores` (R, G) on the pairs of `test`; higher means more likely an edge.

    A pair whose score is not finite ranks below all others (`n_unscored` counts them in the first
    draw): every scorer answers for the same pairs. What cannot be computed is NaN, with a `reason`.
    """
    expected = test.candidates.positives.shape
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape != expected:
        raise InputError(
            f"Scores are (regulators, genes) = {expected} in the network's order; "
            f"{scores.shape} came."
        )
    finite = np.isfinite(scores)
    row = _labels(test)
    reason = _obstacle(test, finite)
    if reason:
        return row | {"reason": reason}
    filled = _filled(scores)
    row["n_unscored"] = int((~finite[test.samples[0].rows, test.samples[0].columns]).sum())
    return row | _numbers(test, [filled[s.rows, s.columns] for s in test.samples])


def gain(test: EvaluationSet, scores: np.ndarray, against: np.ndarray) -> dict:
    """Return how much larger the AUPRC of `scores` (R, G) is than that of `against`: `gain`, and
    its 95 % interval `gain_low`, `gain_high`, paired: both see the same regulators and draws.

    Empty where one of the two cannot be judged.
    """
    both = [np.asarray(x, dtype=np.float64) for x in (scores, against)]
    if any(_obstacle(test, np.isfinite(x)) for x in both):
        return {}
    each = [[filled[s.rows, s.columns] for s in test.samples] for filled in map(_filled, both)]
    mine, others = (
        np.mean([metrics.auprc(s.labels, x) for s, x in zip(test.samples, part)]) for part in each
    )
    low, high = interval(_replicates(test, each[0]) - _replicates(test, each[1]))
    return {"gain": float(mine - others), "gain_low": low, "gain_high": high}


def spread(test: EvaluationSet, scores: Sequence[np.ndarray]) -> float:
    """Return the standard deviation, over `scores` (R, G) of several seeds, of the AUPRC that
    `judge` would give each; NaN for fewer than two."""
    if len(scores) < 2 or _obstacle(test, np.isfinite(scores[0])):
        return float("nan")
    filled = [_filled(np.asarray(s, dtype=np.float64)) for s in scores]
    each = [
        np.mean([metrics.auprc(p.labels, f[p.rows, p.columns]) for p in test.samples])
        for f in filled
    ]
    return float(np.std(each, ddof=1))


def _filled(scores: np.ndarray) -> np.ndarray:
    """`scores` with what is not finite below all others."""
    finite = np.isfinite(scores)
    floor = scores[finite].min()
    return np.where(finite, scores, floor - 1 - abs(floor))


def _labels(test: EvaluationSet) -> dict:
    first, network, nan = test.samples[0], test.network, float("nan")
    n_positives, n_pairs = int(first.labels.sum()), len(first.labels)
    return {
        "dataset": network.dataset,
        "network": network.name,
        "gene_set": network.gene_set,
        "species": network.species,
        "sampling": test.protocol.sampling,
        "genes": test.genes,
        "candidates": test.candidates.rule,
        "n_candidates": int(test.candidates.candidates.sum()),
        "n_positives": n_positives,
        "n_dropped": first.n_dropped,
        "n_pairs": n_pairs,
        "n_regulators": len(np.unique(first.rows)),
        "n_unscored": 0,
        "prevalence": n_positives / n_pairs if n_pairs else nan,
        "draws": len(test.samples),
        "seed": test.protocol.seed,
        "replicates": test.protocol.replicates,
        **dict.fromkeys(METRICS, nan),
        "reason": "",
    }


def _obstacle(test: EvaluationSet, finite: np.ndarray) -> str:
    sample = test.samples[0]
    if not test.candidates.positives.any():
        return f"no known edge is left among the candidates ({test.candidates.rule})"
    if not sample.labels.any():
        return f"no negative is left for any of the {sample.n_dropped} known edges"
    if sample.labels.all():
        return "every candidate is a known edge: there are no negatives"
    if not finite[sample.rows, sample.columns].any():
        return "no pair has a finite score"
    return ""


def _numbers(test: EvaluationSet, scores: list[np.ndarray]) -> dict:
    labels = [s.labels for s in test.samples]
    values = [metrics.auprc(y, s) for y, s in zip(labels, scores)]
    mean = float(np.mean(values))
    low, high = interval(_replicates(test, scores))
    row = {
        "auprc": mean,
        "auprc_low": low,
        "auprc_high": high,
        "auprc_sd_over_draws": float(np.std(values, ddof=1)) if len(values) > 1 else float("nan"),
        "auprc_ratio": metrics.over_prevalence(mean, labels[0]),
        "auroc": float(np.mean([metrics.auroc(y, s) for y, s in zip(labels, scores)])),
    }
    points = test.protocol.recall_points
    if points:
        recalls = np.arange(1, points + 1) / points
        curves = [metrics.precision_at(y, s, recalls) for y, s in zip(labels, scores)]
        row["precision_at_recall"] = np.mean(curves, axis=0).round(4).tolist()
    if test.protocol.sampling == "full":  # early precision asks for the true prevalence
        row["early_precision"] = metrics.early_precision(labels[0], scores[0])
        row["epr"] = metrics.over_prevalence(row["early_precision"], labels[0])
    return row


def _replicates(test: EvaluationSet, scores: list[np.ndarray]) -> np.ndarray:
    """Return (B,) means over draws of the AUPRC: in one replicate every draw, and every scorer of
    the cell, sees the same regulators."""
    n_regulators, protocol = len(test.network.regulators), test.protocol
    present = np.unique(np.concatenate([s.rows for s in test.samples]))
    if len(present) < 2 or protocol.replicates < 2:
        return np.empty(0)
    group = np.full(n_regulators, -1)
    group[present] = np.arange(len(present))
    rng = np.random.default_rng([protocol.seed, n_regulators, len(present)])
    weights = regulator_weights(len(present), protocol.replicates, rng)
    replicates = [
        weighted_auprc(s.labels, score, group[s.rows], weights)
        for s, score in zip(test.samples, scores)
    ]
    return np.mean(replicates, axis=0)
