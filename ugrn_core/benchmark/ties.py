"""Tied scores are one threshold: a ranking that cannot tell two pairs apart must not gain by it."""

from __future__ import annotations

import numpy as np


def threshold_ends(ordered: np.ndarray) -> np.ndarray:
    """Return the last index of each run of equal values in `ordered` (N,)."""
    if not len(ordered):
        return np.zeros(0, dtype=np.int64)
    return np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
