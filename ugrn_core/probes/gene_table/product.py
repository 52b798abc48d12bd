"""How much of a backbone's response curves its own gene table says already.

The null: VVP_i(v)_j = a_i(v) b_j cos_ij. A source has a curve a_i, a target a sensitivity b_j, and
all that tells pairs apart is the cosine of their gene vectors. Letters: S sources, M values, G
targets (the panel).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ugrn_core.errors import InputError

ROUNDS = 200
TOLERANCE = 1e-10  # of the share explained, between two rounds
WEAK_TARGET = 0.1  # of the median |b|: a target below it has no direction to speak of
SIGN_FLOOR = 0.05  # of a curve's largest value, below which its sign is not counted


@dataclass(frozen=True, eq=False)
class TableProduct:
    """The least-squares a (S, M) and b (G,), their product with the cosines `fitted` (S, M, G),
    and the share of the responses' sum of squares about their mean that it `explains`."""

    a: np.ndarray
    b: np.ndarray
    fitted: np.ndarray
    explains: float


def table_product(responses: np.ndarray, cosine: np.ndarray) -> TableProduct:
    """Return the fit of a_i(v) b_j cos_ij to `responses` (S, M, G) by alternating least squares.

    cosine: (S, G), NaN where a pair is none (a gene with itself). The share is 1 where nothing
    answers. Raises InputError for shapes that do not agree.
    """
    x, c, there = _checked(responses, cosine)
    b, before = np.ones(c.shape[1]), -np.inf
    count = max(there.sum() * x.shape[1], 1)
    total = float((x**2).sum() - x.sum() ** 2 / count)
    for _ in range(ROUNDS):
        a = _ratio(np.einsum("smj,sj->sm", x, c * b), ((c * b) ** 2).sum(axis=1)[:, None])
        strength = (a**2).sum(axis=1)
        b = _ratio(np.einsum("smj,sm,sj->j", x, a, c), strength @ c**2)
        fitted = a[:, :, None] * b * c[:, None]
        explains = 1 - float(((x - fitted) ** 2).sum()) / total if total > 0 else 1.0
        if explains - before < TOLERANCE:
            break
        before = explains
    return TableProduct(a, b, np.where(there[:, None], fitted, np.nan), explains)


def agreement(vvp: np.ndarray, gdt: np.ndarray, cosine: np.ndarray) -> float:
    """Return the Pearson correlation over all pairs of the mean of `vvp` and of `gdt`, both
    (S, M, G), over the grid: 1 says that the two are one number. NaN where one is constant."""
    _, _, there = _checked(vvp, cosine)
    first, second = (np.asarray(x, float).mean(axis=1)[there] for x in (vvp, gdt))
    if not (len(first) and first.std() > 0 and second.std() > 0):
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def antisymmetric_share(responses: np.ndarray, product: TableProduct, at: np.ndarray) -> float:
    """Return the share, in [0, 1], of the variance of the mean response among the sources (`at`:
    their places in the panel) that changes sign when source and target change places.

    Every target is taken in units of its b_j, or its mere sensitivity would look like direction;
    targets below WEAK_TARGET of the median are left out. NaN for fewer than three that are left.
    """
    b = product.b[at]
    strong = np.abs(b) > WEAK_TARGET * np.median(np.abs(product.b))
    rows, columns = np.flatnonzero(strong), at[strong]
    if len(rows) < 3:
        return float("nan")
    mean = np.asarray(responses, float)[rows][:, :, columns].mean(axis=1) / b[strong]
    pairs = ~np.eye(len(rows), dtype=bool)
    spread = mean[pairs].var()
    return float(((mean - mean.T) / 2)[pairs].var() / spread) if spread > 0 else float("nan")


def curvature(responses: np.ndarray, cosine: np.ndarray, steps: np.ndarray) -> float:
    """Return the share of the responses' sum of squares that no straight line through the baseline
    explains; steps (M,): the grid less the baseline. NaN where nothing answers."""
    x, _, _ = _checked(responses, cosine)
    steps = np.asarray(steps, float)
    slope = np.einsum("smj,m->sj", x, steps) / max(float(steps @ steps), 1e-300)
    total = float((x**2).sum())
    left = x - slope[:, None] * steps[:, None]
    return float((left**2).sum()) / total if total > 0 else float("nan")


def sign_changes(values: np.ndarray, cosine: np.ndarray) -> float:
    """Return the share of pairs whose curve (S, M, G) is both above and below zero by more than
    SIGN_FLOOR of its largest value; NaN without a pair."""
    x, _, there = _checked(values, cosine)
    floor = SIGN_FLOOR * np.abs(x).max(axis=1)
    both = (x > floor[:, None]).any(axis=1) & (x < -floor[:, None]).any(axis=1)
    return float(both[there].mean()) if there.any() else float("nan")


def _checked(
    responses: np.ndarray, cosine: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both as float64 with zeros where there is no pair, and (S, G) bool: is there one?"""
    x, c = np.asarray(responses, np.float64), np.asarray(cosine, np.float64)
    if x.ndim != 3 or (len(x), x.shape[2]) != c.shape:
        raise InputError(
            f"Responses are (sources, values, targets) and cosines (sources, targets); {x.shape} "
            f"and {c.shape} came."
        )
    there = np.isfinite(c) & np.isfinite(x).all(axis=1)
    return np.where(there[:, None], x, 0), np.where(there, c, 0), there


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros(np.broadcast(above, below).shape), where=below > 0)
