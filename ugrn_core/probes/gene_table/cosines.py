"""Scores of gene pairs from cosines alone: plain, centred, and of neighbourhoods.

What a probe tells must be ahead of these to count as more than the gene table holds. Letters: G
genes of a panel, S of them sources. A gene with itself is no pair: the diagonal is left out of
every mean and rank, and is NaN in what comes back.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from ugrn_core.errors import InputError

NEAREST = 10  # a gene's largest cosines, whose mean says how crowded its place is (CSLS)
NEIGHBOURS = 30  # of a gene that it may share with another
AT_ONCE = 1024  # genes whose cosines with all are held at a time
ROUNDS = 100
TOLERANCE = 1e-10  # of the largest mean that is left when centring ends


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Return the (G, G) float64 cosines of `vectors` (G, D), NaN on the diagonal; a zero vector
    has cosine 0 with everything. Raises InputError for values that are not finite."""
    unit = _unit(vectors)
    return _with_itself(unit, np.arange(len(unit)), np.nan)


def centred(scores: np.ndarray) -> np.ndarray:
    """Return `scores` (S, G) less row and column means, removed alternately until both are 0.

    NaN stays NaN and enters no mean: where entries are missing one round is not enough. A row or
    column of NaN stays one.
    """
    out = np.array(scores, dtype=np.float64)
    there = np.isfinite(out)
    out[~there] = 0.0
    rows = np.maximum(there.sum(axis=1, keepdims=True), 1)
    columns = np.maximum(there.sum(axis=0, keepdims=True), 1)
    for _ in range(ROUNDS):
        by_row = out.sum(axis=1, keepdims=True) / rows
        out = np.where(there, out - by_row, 0)
        by_column = out.sum(axis=0, keepdims=True) / columns
        out = np.where(there, out - by_column, 0)
        if max(np.abs(by_row).max(initial=0), np.abs(by_column).max(initial=0)) < TOLERANCE:
            break
    return np.where(there, out, np.nan)


def less_crowding(vectors: np.ndarray, rows: np.ndarray, nearest: int = NEAREST) -> np.ndarray:
    """Return the (R, G) 2 K_ij - h_i - h_j of the genes `rows`, K the cosines, h a gene's mean of
    its `nearest` largest: CSLS (Conneau et al. 2018, arXiv 1710.04087, section 2.3). A gene near
    to everything is near to nobody in particular. Raises InputError as `cosines` does."""
    unit = _unit(vectors)
    k = min(nearest, len(unit) - 1)
    crowding = np.zeros(len(unit))
    for some in _blocks(len(unit)) if k > 0 else ():
        known = _with_itself(unit, some, -np.inf)
        crowding[some] = np.partition(known, -k, axis=1)[:, -k:].mean(axis=1)
    return 2 * _with_itself(unit, rows, np.nan) - crowding[rows, None] - crowding


def shared_neighbours(
    vectors: np.ndarray, rows: np.ndarray, neighbours: int = NEIGHBOURS
) -> np.ndarray:
    """Return the (R, G) cosines, in [0, 1], of the neighbourhoods of the genes `rows` and of all.

    A neighbourhood holds the gene's `neighbours` largest positive cosines, the gene itself with
    the largest of them, and zeros. NaN for a gene with itself; a gene without neighbours shares
    nothing. Raises InputError as `cosines` does.
    """
    unit = _unit(vectors)
    genes = len(unit)
    k = min(neighbours, max(genes - 1, 0))
    at, values = np.empty((genes, k + 1), np.int64), np.empty((genes, k + 1))
    for some in _blocks(genes):
        known = _with_itself(unit, some, -np.inf)
        best = np.argpartition(known, genes - k, axis=1)[:, genes - k :] if k else known[:, :0]
        at[some] = np.column_stack([best.astype(np.int64), some])
        near = np.maximum(np.take_along_axis(known, at[some, :k], axis=1), 0)
        values[some] = np.column_stack([near, near.max(axis=1, initial=0)])
    length = np.linalg.norm(values, axis=1, keepdims=True)
    values /= np.where(length > 0, length, 1)
    starts = np.arange(0, at.size + 1, k + 1)
    near = csr_array((values.ravel(), at.ravel(), starts), shape=(genes, genes))
    out = (near[rows] @ near.T).toarray()
    out[np.arange(len(rows)), rows] = np.nan
    return out


def neighbourhood_scores(vectors: np.ndarray, sources: np.ndarray) -> dict[str, np.ndarray]:
    """Return the (S, G) rows `sources` of each score over the panel's `vectors` (G, D), by name,
    each with mean 0 and variance 1 over its finite pairs: `centred cosine`, `CSLS`, `shared
    neighbours`. A score that is the same for all pairs is 0."""
    scores = {
        "centred cosine": centred(cosines(vectors)[sources]),
        "CSLS": less_crowding(vectors, sources),
        "shared neighbours": shared_neighbours(vectors, sources),
    }
    return {name: _standard(score) for name, score in scores.items()}


def _unit(vectors: np.ndarray) -> np.ndarray:
    e = np.asarray(vectors, dtype=np.float64)
    if e.ndim != 2 or not np.isfinite(e).all():
        raise InputError(f"Gene vectors are a finite (genes, width) array; {e.shape} came.")
    length = np.linalg.norm(e, axis=1, keepdims=True)
    return e / np.where(length > 0, length, 1)


def _with_itself(unit: np.ndarray, rows: np.ndarray, value: float) -> np.ndarray:
    """Return the (R, G) cosines of the genes `rows`, with `value` for a gene with itself."""
    out = np.clip(unit[rows] @ unit.T, -1, 1)
    out[np.arange(len(rows)), rows] = value
    return out


def _blocks(genes: int) -> Iterator[np.ndarray]:
    """Yield the genes in blocks, so that a whole genome's cosines need not fit into memory."""
    for first in range(0, genes, AT_ONCE):
        yield np.arange(first, min(first + AT_ONCE, genes))


def _standard(score: np.ndarray) -> np.ndarray:
    known = score[np.isfinite(score)]
    spread = known.std() if len(known) else 0.0
    return (score - known.mean() if len(known) else score) / (spread if spread > 1e-12 else 1)
