"""Does an edge differ between contexts by more than cells that are dealt out at random make it?

Cells are reassigned to contexts of the same sizes (and overlaps) R times, everything is probed
again around those profiles, and an edge's spread there says what sampling alone does. A mean over
n of N cells has the variance v (1/n - 1/N) times a constant (sampling without replacement, Cochran
1977, 2.5), and so, to first order, has any smooth number read around it: v is pooled over contexts
and draws, and a context's distance from all cells is judged by Student's t. Where a backbone bends
more than that, tails are longer: so every draw is judged as if it were the real one, by the others,
and a distance counts only where draws reach it so much more rarely (Tusher et al. 2001, PNAS 98:
5116) as the false discovery rate asks. Strengths hang together, so one odd deal makes many large
at once: before anything counts, the largest of all distances must be larger than what the draws'
largest foretell (a test of the whole before its parts, as in Benjamini and Bogomolov 2014, J R Stat
Soc B 76:297).

Letters: K contexts, R draws, C cells.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

DEGREES = 16  # of freedom that v should have
FEWEST, MOST_DRAWS = 4, 12
NOISE = 3e-5  # of a strength: what float32 leaves open
LEAST_SPREAD = 0.05  # of the logarithm of a draw's largest t
TINY = 1e-9


def reassigned(members: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return `members` (K, C) bool with the cells of all contexts dealt out anew: sizes and
    overlaps stay, cells of no context stay so."""
    pool = np.flatnonzero(members.any(axis=0))
    dealt = np.zeros_like(members)
    dealt[:, rng.permutation(pool)] = members[:, pool]
    return dealt


def covariance(members: np.ndarray) -> np.ndarray:
    """Return (K, K), up to a constant: the covariance of the contexts' means about the mean of all
    their cells, when cells are dealt out at random."""
    m = members.astype(np.float64)
    size = m.sum(axis=1)
    return m @ m.T / np.outer(size, size) - 1 / members.any(axis=0).sum()


def degrees(shape: np.ndarray) -> float:
    """Return the degrees of freedom that one draw adds, by `covariance` (K, K); 0 where every
    context is all cells. Satterthwaite's, for correlated squares."""
    own = np.diag(shape)
    varies = own > 1e-12
    if not varies.any():
        return 0.0
    inner = shape[np.ix_(varies, varies)]
    like = inner / np.sqrt(np.outer(own[varies], own[varies]))
    return float(varies.sum() ** 2 / (like**2).sum())


def draws_for(shape: np.ndarray) -> int:
    """Return how many draws are made: enough for DEGREES of freedom, within bounds."""
    each = degrees(shape)
    return int(np.clip(np.ceil(DEGREES / each), FEWEST, MOST_DRAWS)) if each else FEWEST


def variance(drawn: np.ndarray, centre: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Return v (...) of strengths `drawn` (R, K, ...) in reassigned contexts about `centre` (...),
    the strength at the mean of all cells. shape: `covariance`."""
    own = np.diag(shape)
    varies = own > 1e-12
    off = (drawn[:, varies] - centre) ** 2
    scale = own[varies].reshape(1, -1, *(1,) * (off.ndim - 2))
    return (off / scale).mean(axis=(0, 1))


def distances(
    first: np.ndarray, second: np.ndarray, v: np.ndarray, factor: float, freedom: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return Student's t and its two-sided p, (...), of first - second, whose variance is `factor`
    times v. Differences that float32 leaves open count as none."""
    difference = first - second
    size = np.maximum(np.abs(first), np.abs(second))
    largest = np.nanmax(size) if np.isfinite(size).any() else 0.0
    floor = NOISE * size + 1e-7 * largest
    spread = np.sqrt(v * max(factor, 0.0) + floor**2)
    t = difference / np.where(spread > 0, spread, np.inf)
    return t, two_sided(t, freedom)


def two_sided(t: np.ndarray, freedom: float) -> np.ndarray:
    """Return Student's two-sided p (...) of t."""
    return 2 * stats.t.sf(np.abs(t), max(freedom, 1.0))


def draws_judged(
    drawn: np.ndarray, centre: np.ndarray, shape: np.ndarray, first: int, second: int | None = None
) -> np.ndarray:
    """Return t (R, ...) of context `first` in every draw, against `centre` or against context
    `second` of the same draw, as if it were the real one: its v is the other draws'."""
    factor, out = difference_factor(shape, first, second), np.empty(drawn[:, 0].shape)
    for r, draw in enumerate(drawn):
        v = variance(np.delete(drawn, r, axis=0), centre, shape)
        against = centre if second is None else draw[second]
        out[r] = distances(draw[first], against, v, factor, 1.0)[0]
    return out


def difference_factor(shape: np.ndarray, first: int, second: int | None = None) -> float:
    """Return what v is times for a context's difference from all cells, or from another one."""
    if second is None:
        return float(shape[first, first])
    return float(shape[first, first] + shape[second, second] - 2 * shape[first, second])


def false_discovery(p: np.ndarray) -> np.ndarray:
    """Return q (...), Benjamini and Hochberg's, over all p that are there; NaN stays NaN."""
    q = np.full(p.shape, np.nan)
    there = np.isfinite(p)
    if there.any():
        q[there] = stats.false_discovery_control(p[there], method="bh")
    return q


def empirical_discovery(t: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return (...), of every |t| the share that draws make false: how many of a draw's t, `drawn`
    (R, ...), on average reach it, of how many real ones; NaN stays NaN."""
    q = np.full(t.shape, np.nan)
    there = np.isfinite(t)
    size = np.abs(t[there])
    if not len(size):
        return q
    chance = np.sort(np.abs(drawn[:, there]).ravel())
    order = np.argsort(-size, kind="stable")
    reached = (len(chance) - np.searchsorted(chance, size[order])) / len(drawn)
    share = reached / np.arange(1, len(size) + 1)
    lowest = np.minimum.accumulate(share[::-1])[::-1]
    values = np.empty(len(size))
    values[order] = np.minimum(lowest, 1.0)
    q[there] = values
    return q


def chance_of_largest(t: np.ndarray, drawn: np.ndarray) -> float:
    """Return the probability that cells dealt out at random give a largest |t| as large as that of
    `t` (...), from the largest of each draw, `drawn` (R, ...): Student's, of their logarithms."""
    there = np.isfinite(t)
    if not there.any() or len(drawn) < 2:
        return 1.0
    sizes = np.nan_to_num(np.abs(drawn[:, there]))
    largest = np.log(np.maximum(sizes.max(axis=1), TINY))
    ours = np.log(max(float(np.abs(t[there]).max()), TINY))
    spread = max(float(largest.std(ddof=1)), LEAST_SPREAD) * np.sqrt(1 + 1 / len(drawn))
    return float(stats.t.sf((ours - largest.mean()) / spread, len(drawn) - 1))


def called(t: np.ndarray, p: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return q (...): the largest of Benjamini and Hochberg's, the empirical one, and the chance of
    so large a largest t; NaN stays NaN."""
    q = np.fmax(false_discovery(p), empirical_discovery(t, drawn))
    return np.maximum(q, chance_of_largest(t, drawn))  # NaN stays
