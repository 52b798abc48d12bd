"""Do probabilities mean what they say? Brier score, calibration error, reliability curve.

Only under balanced sampling is 0.5 the right mean: a translator is trained on one negative an edge.
"""

from __future__ import annotations

import numpy as np

from ugrn_core.benchmark.evaluation_set import EvaluationSet

BINS = 10  # of equal width over [0, 1]


def calibration(test: EvaluationSet, probabilities: np.ndarray) -> dict:
    """Return `brier`, `calibration_error` and the reliability curve of `probabilities` (R, G).

    brier: mean squared difference from 0/1 (Brier 1950; 0.25 says nothing, 0 is perfect).
    calibration_error: |mean probability - share of edges| averaged over the pairs' bins (Naeini
    et al. 2015). reliability_predicted, _observed (BINS,): those means, NaN in an empty bin;
    reliability_pairs (BINS,). Pairs of all draws together; pairs without a score are left out.
    """
    p = np.concatenate([probabilities[s.rows, s.columns] for s in test.samples])
    y = np.concatenate([s.labels for s in test.samples]).astype(np.float64)
    known = np.isfinite(p)
    p, y = p[known].astype(np.float64), y[known]
    if not len(p):
        return {}
    at = np.minimum((p * BINS).astype(int), BINS - 1)
    count = np.bincount(at, minlength=BINS)
    some = np.maximum(count, 1)
    predicted = np.where(count > 0, np.bincount(at, p, BINS) / some, np.nan)
    observed = np.where(count > 0, np.bincount(at, y, BINS) / some, np.nan)
    return {
        "brier": float(np.mean((p - y) ** 2)),
        "calibration_error": float(np.nansum(np.abs(predicted - observed) * count) / len(p)),
        "reliability_predicted": predicted.tolist(),
        "reliability_observed": observed.tolist(),
        "reliability_pairs": count.tolist(),
    }
