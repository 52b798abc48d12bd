"""Is a number unlike a few drawn at random? Student's t for one more draw."""

from __future__ import annotations

import numpy as np
from scipy.stats import t as student

LEAST_SPREAD = 1e-12


def unlike(
    value: np.ndarray, mean: np.ndarray, spread: np.ndarray, draws: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return z, (value - mean) / spread, and p, two-sided: how often one more draw would be as far
    from the mean of `draws` normal ones, of which mean and standard deviation are known alone.

    NaN where the draws do not differ, or are fewer than two.
    """
    value, mean, spread = (np.asarray(a, dtype=float) for a in (value, mean, spread))
    there = (spread > LEAST_SPREAD) & (draws > 1)
    z = np.where(there, (value - mean) / np.where(there, spread, 1.0), np.nan)
    return z, 2 * student.sf(np.abs(z) / np.sqrt(1 + 1 / max(draws, 1)), max(draws - 1, 1))
