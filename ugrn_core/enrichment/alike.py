"""How much of a set random groups of genes hold that are as popular, gene by gene: exactly.

A group with as many genes of each stratum is drawn without replacement, so its overlap with a set
is a sum of hypergeometric counts, whose distribution is their convolution. No group is drawn.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import hypergeom


def chance_alike(
    inside: np.ndarray, sizes: np.ndarray, drawn: np.ndarray, overlap: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean overlap of random groups, and the chance of `overlap` or more, (R,) each.

    inside: (R, S) int, how many genes of each row's set are in each stratum; sizes: (S,) genes of
    each stratum; drawn: (S,) how many of them the group has; overlap: (R,) int.
    """
    strata = np.flatnonzero(drawn)
    inside = np.asarray(inside).astype(int)
    expected = (inside[:, strata] * drawn[strata] / sizes[strata]).sum(axis=1)
    known: dict[tuple[int, int], np.ndarray] = {}
    p = np.ones(len(overlap))
    for row in np.flatnonzero(overlap):
        chance = np.ones(1)  # of 0, 1, ... genes, strata so far
        for k in strata:
            key = int(k), int(inside[row, k])
            if key not in known:
                counts = np.arange(min(drawn[k], key[1]) + 1)
                known[key] = hypergeom.pmf(counts, sizes[k], key[1], drawn[k])
            chance = np.convolve(chance, known[key])
        p[row] = min(1.0, chance[overlap[row] :].sum())
    return expected, p
