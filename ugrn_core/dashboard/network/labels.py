"""Where labels of a figure go: beside their genes, over as little else as can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

WIDE = 0.6  # of the font size: a character's width in a sans-serif face, on average
_HEAD = 4.0  # half an arrowhead, pixels
# Where the label's box stands, in halves of its own size from the gene: below first.
_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 0.8), (-1, 0.8), (1, -0.8), (-1, -0.8))


def centres(
    at: np.ndarray,
    radius: np.ndarray,
    labels: Sequence[tuple[int, str]],
    size: float,
    avoid: np.ndarray,
) -> list[tuple[float, float]]:
    """Return the centre of each label in pixels, placed in the order given.

    at: (N, 2) centres of all genes; radius: (N,); labels: (number of the gene, text); size: of the
    font; avoid: (M, 2) arrowheads. Each label takes the first of eight sides where it covers no
    gene, label or arrowhead, else the side where it covers least.
    """
    low, high = at - radius[:, None], at + radius[:, None]
    boxes_low, boxes_high = [low, avoid - _HEAD], [high, avoid + _HEAD]
    placed = []
    for gene, text in labels:
        half = np.array([WIDE * size * len(text), 1.1 * size]) / 2
        taken_low, taken_high = np.concatenate(boxes_low), np.concatenate(boxes_high)
        best, least = None, np.inf
        for side in _SIDES:
            middle = at[gene] + np.array(side) * (half + radius[gene] + 1.5)
            gap = np.minimum(taken_high, middle + half) - np.maximum(taken_low, middle - half)
            covered = np.clip(gap, 0, None).prod(axis=1).sum()
            if covered < least - 1e-9:
                best, least = middle, covered
            if least == 0:
                break
        placed.append((float(best[0]), float(best[1])))
        boxes_low.append((best - half)[None])
        boxes_high.append((best + half)[None])
    return placed
