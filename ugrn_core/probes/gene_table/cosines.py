"""Scores of gene pairs from cosines alone: plain, centred, and of neighbourhoods.

What a probe tells must be ahead of these to count as more than the gene table holds. Letters: G
genes of a panel, S of them sources. A gene with itself is no pair: the diagonal is left out of
every mean and rank, and is NaN in what comes back.
"""

from __future__ import annotations

import numpy as np

from ugrn_core.errors import InputError

NEAREST = 10  # a gene's largest cosines, whose mean says how crowded its place is (CSLS)
NEIGHBOURS = 30  # of a gene that it may share with another
ROUNDS = 100
TOLERANCE = 1e-10  # of the largest mean that is left when centring ends


def cosines(vectors: np.ndarray) -> np.ndarray:
    """Return the (G, G) float64 cosines of `vectors` (G, D), NaN on the diagonal; a zero vector
    has cosine 0 with everything. Raises InputError for values that are not finite."""
    e = np.asarray(vectors, dtype=np.float64)
    if e.ndim != 2 or not np.isfinite(e).all():
        raise InputError(f"Gene vectors are a finite (genes, width) array; {e.shape} came.")
    length = np.linalg.norm(e, axis=1, keepdims=True)
    unit = e / np.where(length > 0, length, 1)
    out = np.clip(unit @ unit.T, -1, 1)
    np.fill_diagonal(out, np.nan)
    return out


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


def less_crowding(cosine: np.ndarray, nearest: int = NEAREST) -> np.ndarray:
    """Return the (G, G) 2 K_ij - h_i - h_j of `cosine` K, h a gene's mean of its `nearest` largest
    cosines: CSLS (Conneau et al. 2018, arXiv 1710.04087, section 2.3). A gene near to everything
    is near to nobody in particular."""
    known = np.where(np.isfinite(cosine), cosine, -np.inf)
    k = min(nearest, len(cosine) - 1)
    top = np.sort(known, axis=1)[:, ::-1][:, :k]
    crowding = top.mean(axis=1) if k > 0 else np.zeros(len(cosine))
    return 2 * cosine - crowding[:, None] - crowding[None, :]


def shared_neighbours(cosine: np.ndarray, neighbours: int = NEIGHBOURS) -> np.ndarray:
    """Return the (G, G) cosines, in [0, 1], of two genes' neighbourhoods in `cosine`.

    A neighbourhood holds the gene's `neighbours` largest positive cosines, the gene itself with
    the largest of them, and zeros. NaN on the diagonal; a gene without neighbours shares nothing.
    """
    g = len(cosine)
    known = np.where(np.isfinite(cosine), cosine, -np.inf)
    k = min(neighbours, max(g - 1, 0))
    near = np.zeros((g, g))
    if k:
        at = np.argpartition(known, g - k, axis=1)[:, g - k :]
        values = np.maximum(np.take_along_axis(known, at, axis=1), 0)
        np.put_along_axis(near, at, values, axis=1)
    near[np.diag_indices(g)] = near.max(axis=1, initial=0)
    length = np.linalg.norm(near, axis=1, keepdims=True)
    near /= np.where(length > 0, length, 1)
    out = near @ near.T
    np.fill_diagonal(out, np.nan)
    return out


def neighbourhood_scores(vectors: np.ndarray, sources: np.ndarray) -> dict[str, np.ndarray]:
    """Return the (S, G) rows `sources` of each score over the panel's `vectors` (G, D), by name,
    each with mean 0 and variance 1 over its finite pairs: `centred cosine`, `CSLS`, `shared
    neighbours`. A score that is the same for all pairs is 0."""
    cosine = cosines(vectors)
    scores = {
        "centred cosine": centred(cosine[sources]),
        "CSLS": less_crowding(cosine)[sources],
        "shared neighbours": shared_neighbours(cosine)[sources],
    }
    return {name: _standard(score) for name, score in scores.items()}


def _standard(score: np.ndarray) -> np.ndarray:
    known = score[np.isfinite(score)]
    spread = known.std() if len(known) else 0.0
    return (score - known.mean() if len(known) else score) / (spread if spread > 1e-12 else 1)
