"""Many tests at once: Benjamini and Hochberg's false discovery rate."""

from __future__ import annotations

import numpy as np
from scipy.stats import false_discovery_control


def adjusted(p: np.ndarray) -> np.ndarray:
    """Return Benjamini-Hochberg q of p values (n,), in [0, 1]; NaN stays NaN and is not counted.

    Benjamini and Hochberg 1995, J R Stat Soc B 57:289, as scipy computes it.
    """
    p = np.asarray(p, dtype=float)
    q = np.full(p.shape, np.nan)
    tested = np.isfinite(p)
    if tested.any():
        q[tested] = false_discovery_control(np.clip(p[tested], 0.0, 1.0))
    return q
