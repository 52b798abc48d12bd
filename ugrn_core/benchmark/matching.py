"""Negatives that are exactly as popular as the positives: a bipartite matching of degrees.

Columns (targets) are put into classes of similar degree. Within a class every regulator and every
target must appear as often among negatives as among positives. This is a flow: regulator i sends
as many units as it has positives in the class, target j takes as many as it has, over pairs that
are no known edges; what does not fit goes over known edges, and those positives are dropped
(which leaves both sides matched). Fine classes match the *joint*
popularity of regulator and target, not only each alone: in a dense network two popular genes are
nearly always an edge, so that degree-matched negatives would still pair a popular with an
unpopular gene.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

SWAP_PASSES = 20  # each pairs all negatives at random and swaps the targets where it may


def degree_classes(degrees: np.ndarray, smallest: int) -> np.ndarray:
    """Return (G,) class numbers: columns of equal degree together, merged up to `smallest` columns.

    Columns without a positive get class -1. Classes are built from the highest degree down.
    """
    classes = np.full(len(degrees), -1)
    number, size = 0, 0
    for degree in np.unique(degrees[degrees > 0])[::-1]:
        members = degrees == degree
        classes[members] = number
        size += int(members.sum())
        if size >= smallest:
            number, size = number + 1, 0
    if size and number > 0:  # the leftover of low degree joins its neighbour
        classes[classes == number] = number - 1
    return classes


def matched_negatives(
    positives: np.ndarray, free: np.ndarray, classes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return masks (R, G): the positives kept, and as many negatives with the same margins.

    free: pairs that may be negatives. Within each class of columns both masks have equal row sums,
    and equal column sums everywhere.
    """
    matched, negatives = np.zeros_like(positives), np.zeros_like(positives)
    for number in range(classes.max(initial=-1) + 1):
        columns = rng.permutation(np.flatnonzero(classes == number))
        rows = rng.permutation(np.flatnonzero(positives[:, columns].any(axis=1)))
        block = np.ix_(rows, columns)
        chosen = _flow(positives[block], free[block])
        matched[block] = positives[block] & ~chosen
        negatives[block] = chosen & ~positives[block]
    return matched, negatives


def shuffle(
    negatives: np.ndarray, free: np.ndarray, classes: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return another random mask with the margins of `negatives`, in `free`, class by class.

    Two negatives (i, j), (k, l) of one class become (i, l), (k, j) where both are free and new.
    """
    mask = negatives.copy()
    rows, columns = np.nonzero(mask)
    number = classes[columns]  # of each slot: a swap stays within its class
    for _ in range(SWAP_PASSES):
        order = np.argsort(number + rng.random(len(rows)))
        first = np.arange(rng.integers(2), len(rows) - 1, 2)
        p, q = order[first], order[first + 1]
        i, j, k, l = rows[p], columns[p], rows[q], columns[q]
        good = (number[p] == number[q]) & (i != k) & (j != l)
        good &= free[i, l] & free[k, j] & ~mask[i, l] & ~mask[k, j]
        good[good] = _alone(np.stack([i * mask.shape[1] + l, k * mask.shape[1] + j])[:, good])
        p, q, i, j, k, l = (a[good] for a in (p, q, i, j, k, l))
        mask[i, j] = mask[k, l] = False
        mask[i, l] = mask[k, j] = True
        columns[p], columns[q] = l, j
    return mask


def _alone(cells: np.ndarray) -> np.ndarray:
    """Which swaps (columns of `cells`, (2, n)) make pairs that no other swap makes."""
    _, inverse, counts = np.unique(cells, return_inverse=True, return_counts=True)
    return (counts[inverse.reshape(cells.shape)] == 1).all(axis=0)


def _flow(positives: np.ndarray, free: np.ndarray) -> np.ndarray:
    """A mask with the margins of `positives`: free pairs first, known edges for what is left."""
    out, into = positives.sum(axis=1), positives.sum(axis=0)
    chosen, _ = _send(free, np.zeros_like(free), out, into)
    if chosen.sum() == positives.sum():
        return chosen
    # The residual of that flow with the known edges added: rerouting may take a free pair back.
    more, less = _send(
        (free & ~chosen) | positives, chosen, out - chosen.sum(axis=1), into - chosen.sum(axis=0)
    )
    return (chosen & ~less) | more


def _send(
    forward: np.ndarray, backward: np.ndarray, out: np.ndarray, into: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Maximum flow rows -> columns: masks of the pairs used forward and of those taken back."""
    n_rows, n_columns = forward.shape
    source, sink = n_rows + n_columns, n_rows + n_columns + 1
    fi, fj = np.nonzero(forward)
    bi, bj = np.nonzero(backward)
    tails = [fi, n_rows + bj, np.full(n_rows, source), n_rows + np.arange(n_columns)]
    heads = [n_rows + fj, bi, np.arange(n_rows), np.full(n_columns, sink)]
    capacity = np.concatenate([np.ones(len(fi) + len(bi)), out, into]).astype(np.int32)
    ends = (np.concatenate(tails), np.concatenate(heads))
    graph = csr_array((capacity, ends), shape=(sink + 1, sink + 1))
    flow = maximum_flow(graph, source, sink).flow
    used = (flow[:n_rows, n_rows:source] > 0).toarray()
    taken_back = (flow[n_rows:source, :n_rows] > 0).toarray().T
    return used & forward, taken_back & backward
