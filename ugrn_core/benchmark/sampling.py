"""Which candidates a score is judged on: all known edges or some, and which negatives.

`paper`: as many negatives as positives, uniform over the unlabelled candidates. `matched`: each
regulator and each target appears as often among negatives as among positives, jointly by class of
target popularity (matching.py); positives that cannot be matched are dropped. `full`: every
unlabelled candidate is a negative. Unlabelled is not the same as untrue, in any of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ugrn_core.benchmark.matching import degree_classes, matched_negatives, shuffle
from ugrn_core.errors import OptionError

SAMPLINGS = ("paper", "matched", "full")
CLASS_SIZE = 20  # targets per class of popularity; finer drops more positives for no gain


@dataclass(frozen=True)
class Sample:
    """Pairs to be judged: `rows`, `columns` (N,) into the (R, G) arrays, `labels` (N,) bool.

    n_dropped: known edges that no negative is left for.
    """

    rows: np.ndarray
    columns: np.ndarray
    labels: np.ndarray
    n_dropped: int = 0


def draw(
    positives: np.ndarray,
    candidates: np.ndarray,
    sampling: str,
    draws: int,
    rng: np.random.Generator,
) -> list[Sample]:
    """Return `draws` samples (one for `full`) of the masks `positives` within `candidates` (R, G).

    The positives are the same in every draw of a call; the negatives differ. Where unlabelled pairs
    are fewer than known edges, `paper` drops known edges at random to stay 1:1. Raises OptionError
    for an unknown sampling or no draws.
    """
    if sampling not in SAMPLINGS:
        raise OptionError(f"The sampling is one of {', '.join(SAMPLINGS)}; not '{sampling[:40]}'.")
    if draws < 1:
        raise OptionError(f"At least one draw of negatives is needed; {draws} came.")
    positives = positives & candidates
    free = candidates & ~positives
    if sampling == "full":
        return [_sample(positives, free)]
    if sampling == "paper":
        edges = _uniform(positives, int(free.sum()), rng)  # more edges than others: drop to 1:1
        number, dropped = int(edges.sum()), int(positives.sum() - edges.sum())
        return [_sample(edges, _uniform(free, number, rng), dropped) for _ in range(draws)]
    classes = degree_classes(positives.sum(axis=0), CLASS_SIZE)
    edges, negatives = matched_negatives(positives, free, classes, rng)
    dropped = int(positives.sum() - edges.sum())
    return [_sample(edges, shuffle(negatives, free, classes, rng), dropped) for _ in range(draws)]


def _uniform(mask: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """`number` entries of `mask` at random, all of it where it has fewer."""
    where = np.flatnonzero(mask)
    if number >= len(where):
        return mask
    chosen = np.zeros(mask.size, dtype=bool)
    chosen[rng.choice(where, size=number, replace=False)] = True
    return chosen.reshape(mask.shape)


def _sample(positives: np.ndarray, negatives: np.ndarray, dropped: int = 0) -> Sample:
    rows, columns = np.nonzero(positives | negatives)
    return Sample(rows, columns, positives[rows, columns], dropped)
