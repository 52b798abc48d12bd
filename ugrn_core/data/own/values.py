"""What the values of a matrix are, told from the values; what cannot be used, and what to give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from ugrn_core.data.value_scales import are_counts, look_logged
from ugrn_core.errors import OptionError
from ugrn_core.registry import require
from ugrn_core.types import ValueScale

Back = Callable[[np.ndarray], np.ndarray]  # from values to what they were made of
BACK: dict[str, Back] = {
    "natural": np.expm1,
    "base 2": lambda v: np.exp2(v) - 1,
    "base 10": lambda v: np.power(10.0, v) - 1,
    "square root": np.square,
    "inverse hyperbolic sine": np.sinh,
    "logarithm of a logarithm": lambda v: np.expm1(
        np.where(v < LARGEST_TWICE, np.expm1(v), np.nan)
    ),
}
NOISE = -1e-6  # what is above counts as zero
CONSTANT = 1.02  # 95th by 5th percentile of the cells' sums: they were brought to one
FEWEST_ROUNDED = 10  # cells that sum alike, before whole numbers are taken for no counts
ENOUGH_GENES = 5_000  # measured: below it sums are of a part, and tell nothing of the cell
ENOUGH_VALUES = 2_000  # that are not zero, before their frequencies say something
LARGEST_TWICE = 4  # logarithm of a logarithm
LARGEST_LOGARITHM = 24  # to base 2, of 16 million
SOME_CELLS = 200  # whose values are looked at one by one
MOST_TIMES = 20  # the smallest of its cell: beyond, the digits of a file do not tell
ENOUGH_ORDERED = 50  # genes of a cell, before their order says something
ENOUGH_LEVELS = 4  # of a cell, before they say something: two or three fit by chance
BY_HAND = {  # what --values takes
    "counts": ValueScale.COUNTS,
    "linear": ValueScale.LINEAR,
    "log1p": ValueScale.LOG1P_NORMALISED,
    "log1p-cp10k": ValueScale.LOG1P_CP10K,
    "log2": ValueScale.LOG2_NORMALISED,
}
_UNDONE = {  # of BACK: what the values are, and how that is undone
    "square root": (
        "square roots",
        "Square them, in scanpy adata.X = adata.X ** 2 (adata.X.power(2) where it is sparse)",
    ),
    "inverse hyperbolic sine": (
        "inverse hyperbolic sines",
        "Take their sinh, in scanpy adata.X = numpy.sinh(adata.X) (adata.X.sinh() where sparse)",
    ),
    "logarithm of a logarithm": (
        "logarithms of logarithms",
        "Undo one, in scanpy adata.X = numpy.expm1(adata.X) (adata.X.expm1() where sparse)",
    ),
}
INSTEAD = (
    "Give raw counts, or log values from before scaling: in scanpy adata.raw or a layer, in Seurat "
    "the slot counts or data"
)


@dataclass(frozen=True)
class ValueKind:
    """scale: None where the values cannot be used, and `problem` says why and what to give. words:
    for people. whole: whether sums over the genes are sums over the cell. most: the largest of the
    values looked at."""

    scale: ValueScale | None
    words: str
    problem: str = ""
    whole: bool = True
    most: float = 0.0

    @property
    def usable(self) -> bool:
        """Whether cells can be read from it."""
        return self.scale is not None


def by_hand(name: str) -> ValueKind:
    """Return the kind that somebody named; raise UnknownNameError with near matches."""
    scale = BY_HAND[require(name, BY_HAND, "kind of values")]
    if scale is None:
        raise OptionError(f"'{name}' is no kind of values.")
    return ValueKind(scale, f"{scale.phrase} (as you say)")


def kind_of(x: sp.csr_matrix) -> ValueKind:
    """Return what the values of some whole cells (C, n) are."""
    if np.isinf(x.data).any():
        return _infinite(x.data)
    values = x.data[np.isfinite(x.data) & (x.data != 0)]
    if not len(values):
        return ValueKind(None, "nothing but zeros", "it holds nothing but zeros")
    return replace(_kind(x, values), most=float(values.max()))


def _kind(x: sp.csr_matrix, values: np.ndarray) -> ValueKind:
    low, high = float(values.min()), float(values.max())
    if low < NOISE:
        return _negative(values, low, high)
    if are_counts(values):
        no_counts = _rounded(x, high) or _rounded_logarithms(x, values) or _order(x)
        if no_counts is not None:
            return no_counts
        only = " (only 0 and 1: who expresses, not how much)" if high == 1 else ""
        return ValueKind(ValueScale.COUNTS, f"raw counts, up to {high:,.0f}{only}")
    if high <= 1 + 1e-6:
        problem = f"its values go from 0 to {high:.3g}: they are scaled to shares. {INSTEAD}"
        return ValueKind(None, "scaled to 0 to 1", problem)
    if _same_spread(x):
        problem = f"every gene has the same spread: it is scaled, though not centred. {INSTEAD}"
        return ValueKind(None, "scaled", problem)
    return _logarithms(x, high) if look_logged(values) else _normalised(x, high)


def _infinite(values: np.ndarray) -> ValueKind:
    """Return that there are infinite values, and where they come from."""
    if np.isneginf(values).any():
        problem = (
            "it holds minus infinity: logarithms of zero, taken without adding 1. Give log(1 + x), "
            "or raw counts"
        )
    else:
        problem = (
            "it holds infinite values, as a division by zero gives (a cell without counts, a gene "
            "without spread). Leave those cells or genes out, or give raw counts"
        )
    return ValueKind(None, "infinite values", problem)


def _negative(values: np.ndarray, low: float, high: float) -> ValueKind:
    """Return what values are that go below zero. Of logarithms of x + a small number the lowest
    value, that of nothing, is the most frequent; of scaled genes each has a lowest of its own."""
    span = f"its values go from {low:.3g} to {high:.3g}"
    if len(values) >= ENOUGH_VALUES and (values <= low + 1e-4).mean() > 0.02:
        problem = (
            f"{span}, and {low:.4g} is what nothing became: logarithms of x + {2**low:.3g} (base "
            f"2) or x + {np.exp(low):.3g} (natural). Undo them and take log(1 + x), or give raw "
            "counts"
        )
        return ValueKind(None, "logarithms of x + a small number", problem)
    return ValueKind(None, "scaled or centred", f"{span}: they are scaled or centred. {INSTEAD}")


def _order(x: sp.csr_matrix) -> ValueKind | None:
    """Return that whole numbers are a cell's genes in order, each its own rank, or in as many bins
    in every cell; None for counts, most of which are small."""
    cells = [x.data[a:b] for a, b in zip(x.indptr[:SOME_CELLS], x.indptr[1:])]
    cells = [v[np.isfinite(v)].astype(np.int64) for v in cells if len(v) >= ENOUGH_ORDERED]
    if len(cells) < FEWEST_ROUNDED:
        return None
    if all(len(v) == np.ptp(v) + 1 == len(np.unique(v)) for v in cells):
        what = "ranks: in each cell every number comes once"
    elif (times := _in_bins(cells)) is not None:
        what = f"bins: 1 to {times} in every cell, each as often"
    else:
        return None
    problem = f"its whole numbers are no counts but {what}. Give the values they were made of"
    return ValueKind(None, what.partition(":")[0], problem)


def _in_bins(cells: list[np.ndarray]) -> int | None:
    """Return the number of bins; None where cells differ in it, or bins in how full they are."""
    tops = {int(v.max()) for v in cells}
    if len(tops) > 1 or (top := tops.pop()) < ENOUGH_LEVELS:
        return None
    times = np.sum([np.bincount(v, minlength=top + 1)[1:] for v in cells], axis=0)
    return top if times.min() > 0.5 * times.max() else None


def _rounded_logarithms(x: sp.csr_matrix, values: np.ndarray) -> ValueKind | None:
    """Return that whole numbers are logarithms, rounded: few are different, and 1 is rarer than
    nothing and than a larger one. Of counts it is not, unless some are large. None for counts."""
    high = int(values.max())
    if len(values) < ENOUGH_VALUES or not 2 < high <= LARGEST_LOGARITHM:
        return None
    times = np.bincount(values.astype(np.int64))
    most, zeros = int(times[1:].argmax()) + 1, x.shape[0] * x.shape[1] - x.nnz
    if times[1] > 0.9 * min(times[most], zeros):
        return None
    problem = (
        f"its values are whole numbers up to {high}, {most} the most frequent: counts that small "
        "are mostly 1, so these look like logarithms that were rounded. Give the values before "
        "rounding; if they are counts, say so (--values counts)"
    )
    return ValueKind(None, "logarithms, rounded to whole numbers", problem)


def _same_spread(x: sp.csr_matrix) -> bool:
    """Whether the standard deviation of almost all genes is one: by a look at some cells."""
    if x.shape[0] < 100:
        return False
    dense = x[:, np.flatnonzero(np.bincount(x.indices, minlength=x.shape[1]) > 20)]
    if dense.shape[1] < 50:
        return False
    mean = np.asarray(dense.mean(0)).ravel()
    square = np.asarray(dense.multiply(dense).mean(0)).ravel()
    spread = np.sqrt(np.maximum(square - mean**2, 0))
    return bool((np.abs(spread - 1) < 0.2).mean() > 0.9)


def _constant(sums: np.ndarray) -> float | None:
    """Return the sum that all cells have, None where they differ."""
    sums = sums[sums > 0]
    if not len(sums):
        return None
    low, middle, high = np.percentile(sums, (5, 50, 95))
    return float(middle) if high <= CONSTANT * low else None


def _sums(x: sp.csr_matrix, back: Back) -> np.ndarray:
    values = sp.csr_matrix((back(x.data.astype(np.float64)), x.indices, x.indptr), x.shape)
    return np.asarray(values.sum(1)).ravel()


def _round(total: float) -> float:
    """Return a sum as people choose it, where digits lost in the file moved it a little."""
    nearest = float(f"{total:.1g}")
    return nearest if abs(total / nearest - 1) < 0.005 else total


def _rounded(x: sp.csr_matrix, high: float) -> ValueKind | None:
    """Return what whole numbers are that sum to a million, or to 10,000, in every cell: TPM or
    counts per 10,000, rounded. None for counts, whose sums differ."""
    if x.shape[0] < FEWEST_ROUNDED or high < 2:
        return None
    total = _constant(_sums(x, lambda v: v))
    for sums_to, scale in ((1e6, ValueScale.LINEAR), (1e4, ValueScale.CP10K)):
        if total is not None and abs(total / sums_to - 1) < 0.02:
            words = f"counts per {sums_to:,.0f} or the like, rounded, up to {high:,.0f}"
            return ValueKind(scale, words)
    return None


def _made_by(x: sp.csr_matrix) -> str | None:
    """Return the name in BACK of what the values were made by, from counts or from values of one
    sum in every cell; None where neither tells."""
    ways = ((tells, name) for tells in (_of_counts, _of_one_sum) for name in BACK)
    return next((name for tells, name in ways if tells(x, BACK[name])), None)


def _logarithms(x: sp.csr_matrix, high: float) -> ValueKind:
    made = _made_by(x)
    if made in _UNDONE:
        return _undone(made, high)
    if made == "base 10":
        problem = (
            f"its values, up to {high:.3g}, are logarithms of base 10. Multiply them by ln 10 "
            "(2.302585), in scanpy adata.X = adata.X * 2.302585, or give raw counts"
        )
        return ValueKind(None, "logarithms of base 10", problem)
    if made is None:
        words = f"logarithms up to {high:.3g}; their base is not told by the values"
        natural = f"{words}, natural is taken"
        return ValueKind(ValueScale.LOG1P_NORMALISED, natural, whole=False)
    return _of_base(x, made, high)


def _of_base(x: sp.csr_matrix, made: str, high: float) -> ValueKind:
    """Return what logarithms, natural or to base 2, are taken of."""
    two, end = made == "base 2", f"{made}, up to {high:.3g}"
    other = ValueScale.LOG2_NORMALISED if two else ValueScale.LOG1P_NORMALISED
    total = _constant(_sums(x, BACK[made]))
    if are_counts(_some(x, BACK[made])):
        return ValueKind(other if two else ValueScale.LOG1P_COUNTS, f"log (1 + counts), {end}")
    if total is None or x.shape[1] == 1:
        return ValueKind(other, f"log (1 + normalised counts), {end}", whole=False)
    if abs(total / 1e4 - 1) < 0.02:
        ten = ValueScale.LOG2_CP10K if two else ValueScale.LOG1P_CP10K
        return ValueKind(ten, f"log (1 + counts per 10,000), {end}")
    return ValueKind(other, f"log (1 + counts per {_round(total):,.0f}), {end}")


def _undone(made: str, high: float) -> ValueKind:
    problem = (
        f"its values, up to {high:.3g}, are {_UNDONE[made][0]}: undone, they are counts, or counts "
        f"by a cell's depth. {_UNDONE[made][1]}, or give raw counts"
    )
    return ValueKind(None, _UNDONE[made][0], problem)


def _some(x: sp.csr_matrix, back: Back) -> np.ndarray:
    return back(x.data[:20_000].astype(np.float64))


def _of_one_sum(x: sp.csr_matrix, back: Back) -> bool:
    return x.shape[1] > 1 and _constant(_sums(x, back)) is not None


def _as_is(values: np.ndarray) -> np.ndarray:
    return values


def _of_counts(x: sp.csr_matrix, back: Back) -> bool:
    """Whether `back` of the values gives counts, or in each cell multiples of one number."""
    return are_counts(_some(x, back)) or _multiples(x, back)


def _multiples(x: sp.csr_matrix, back: Back) -> bool:
    """Whether `back` of the values gives, in nearly every cell, whole multiples of the smallest:
    counts, divided by the cell's depth. Tells a base also where some genes alone are there."""
    fit = []
    for start, end in zip(x.indptr[:SOME_CELLS], x.indptr[1:]):
        values = back(x.data[start:end].astype(np.float64))
        values = values[np.isfinite(values) & (values > 0)]
        times = np.unique((values / values.min()).round(3)) if len(values) else values
        times = times[times < MOST_TIMES]
        if len(times) >= ENOUGH_LEVELS:
            fit.append((np.abs(times - np.round(times)) < 0.02).all())
    return len(fit) >= FEWEST_ROUNDED and float(np.mean(fit)) > 0.5


def _normalised(x: sp.csr_matrix, high: float) -> ValueKind:
    total = _constant(_sums(x, lambda v: v))
    if total is not None and abs(total / 1e4 - 1) < 0.02:
        return ValueKind(ValueScale.CP10K, f"counts per 10,000, up to {high:,.4g}")
    unknown = total is None and not _multiples(x, _as_is)
    if unknown and (_of_counts(x, np.square) or _of_one_sum(x, np.square)):
        return _undone("square root", high)
    what = f"each cell sums to {_round(total):,.0f}" if total else "cells differ in their sums"
    known = (
        "TPM or CPM"
        if total and abs(total / 1e6 - 1) < 0.02
        else "FPKM or normalised counts, or corrected ones"
    )
    return ValueKind(ValueScale.LINEAR, f"{known}, up to {high:,.4g} ({what})")
