"""Which values of the curves moved the stacked translator's score.

Three of its numbers are means over the grid of a curve less what each gene shares with all its
pairs, on scales that are the same at every value. Along the straight line of integrated gradients
such a number's contribution divides over the grid as the curve's own values do.
"""

from __future__ import annotations

import numpy as np

from ugrn_core.translators.features import pair_features
from ugrn_core.translators.stacked import NAMES
from ugrn_core.types import ProbeTensor

# Curve -> the numbers that are means of it.
MEANS = {"vvp": ("response (VVP)", "response, gene by gene"), "gdt": ("gradient (GDT)",)}
_TINY = 1e-9  # of the curve's size: a mean of nothing but rounding


def by_value(
    tensors: dict[str, ProbeTensor], added: np.ndarray, pair: np.ndarray
) -> dict[str, np.ndarray]:
    """Return what each grid value added to the log-odds: curve -> (T,); together they are what the
    numbers of MEANS added.

    added: (len(NAMES),) contributions of the translator's numbers. pair: row in sources, position
    in genes.
    """
    found = {}
    for curve, names in MEANS.items():
        centred = pair_features(tensors[curve], "centred", pair[None])[0].astype(np.float64)
        total = sum(float(added[NAMES.index(name)]) for name in names)
        found[curve] = total * _shares(centred)
    return found


def _shares(values: np.ndarray) -> np.ndarray:
    """Return `values` (T,) over their sum; equal shares where that is nothing."""
    total = values.sum()
    if abs(total) <= _TINY * np.abs(values).sum():
        return np.full(len(values), 1 / len(values))
    return values / total
