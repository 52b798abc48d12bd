"""All that a backbone says of a pair, as a few named numbers: what the additive translator reads.

The first six hold what is left of responses, their reverse, gene vectors and response profiles
without what the source and the target have in common with all their pairs (`centring`); the last
two say how near the two genes are among the nearest of each. A translator trained against matched
negatives reads these eight alone. The others say what the genes are like, too: how far each
reaches, and whether the target is a regulator; against uniform negatives that is worth much. Every
number is made without labels; over all sources and genes of the panel, so it depends on both.

Letters: S sources, G genes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from ugrn_core.translators.centring import additive_effects, source_positions
from ugrn_core.types import ProbeTensor

STACKED = "stacked"
TABLE_READS = ("emb-cosine", "emb-csls", "emb-shared")  # the gene table alone
READS = ("vvp", "gdt", *TABLE_READS)
NAMES = (
    "response (VVP)",
    "gradient (GDT)",
    "response, gene by gene",
    "reverse response, gene by gene",
    "gene vectors, centred",
    "response profiles, centred",
    "gene vectors",
    "target is a regulator",
    "reach of the regulator",
    "reach of the target",
    "gene vectors, less crowding",
    "shared neighbours",
)
# Feature variant -> the numbers it reads. The first two are those of translators of before the
# neighbourhoods.
_PAIR, _ALL = tuple(range(6)), tuple(range(10))
VARIANTS = {
    "pair-numbers": _PAIR,
    "all-numbers": _ALL,
    "pair-and-neighbours": (*_PAIR, 10, 11),
    "all-and-neighbours": (*_ALL, 10, 11),
}
SMALLEST_REACH = 1e-6  # of the largest: below it a response is rounding


def stack(tensors: dict[str, ProbeTensor]) -> ProbeTensor:
    """Return the (S, len(NAMES), G) float32 numbers of every pair of the tensors of READS.

    Each has mean 0 and standard deviation 1 over the panel's pairs; NaN for a reverse direction
    that was not probed; 0 for self-pairs. Response profiles: cosine between what all sources do to
    the two genes. Reach: log of the root mean square of a gene's centred responses, as a source
    and as a target. A regulator is a gene that was probed as a source.
    """
    like = tensors["vvp"]
    means = {name: tensors[name].values.mean(axis=1, dtype=np.float64) for name in READS}
    values = np.stack(list(numbers(like, means)), axis=1)
    return replace(like, probe=STACKED, values=values)


def numbers(like: ProbeTensor, means: Mapping[str, np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the numbers of NAMES in order, each (S, G) float32; see `stack`.

    like: says which sources and genes `means` are of: (S, G) means over the grid, by name of READS.
    Computed in the dtype of the means, sums in float64: float32 is enough for ranks, and a whole
    genome then fits.
    """
    at = source_positions(like)
    vvp_c, vectors = centred(means["vvp"], like), means["emb-cosine"]
    yield _scaled(vvp_c, at)
    yield _scaled(centred(means["gdt"], like), at)
    by_gene = per_gene(vvp_c, at)
    yield _scaled(by_gene, at)
    reverse = np.full_like(by_gene, np.nan)
    reverse[:, at] = by_gene[:, at].T
    yield _scaled(reverse, at)
    yield _scaled(centred(vectors, like), at)
    yield _scaled(centred(_profiles(by_gene, at), like), at)
    yield _scaled(vectors, at)
    for feature in _of_genes(vvp_c, at):
        yield _scaled(feature, at)
    yield _scaled(means["emb-csls"], at)
    yield _scaled(means["emb-shared"], at)


def names_read(variant: str) -> tuple[str, ...]:
    """Return the names of the numbers that a feature variant of VARIANTS reads, in its order."""
    return tuple(NAMES[k] for k in VARIANTS[variant])


def pair_numbers(tensor: ProbeTensor, pairs: np.ndarray) -> np.ndarray:
    """The six numbers of a pair without neighbourhoods, of a tensor that `stack` made."""
    return _read(tensor, pairs, "pair-numbers")


def all_numbers(tensor: ProbeTensor, pairs: np.ndarray) -> np.ndarray:
    """The ten numbers without neighbourhoods."""
    return _read(tensor, pairs, "all-numbers")


def pair_and_neighbours(tensor: ProbeTensor, pairs: np.ndarray) -> np.ndarray:
    """The six numbers of a pair and the two of neighbourhoods."""
    return _read(tensor, pairs, "pair-and-neighbours")


def all_and_neighbours(tensor: ProbeTensor, pairs: np.ndarray) -> np.ndarray:
    """All the numbers of NAMES."""
    return _read(tensor, pairs, "all-and-neighbours")


def _read(tensor: ProbeTensor, pairs: np.ndarray, variant: str) -> np.ndarray:
    return tensor.values[pairs[:, 0, None], VARIANTS[variant], pairs[:, 1, None]]


def centred(x: np.ndarray, like: ProbeTensor) -> np.ndarray:
    """Return `x` (S, G) less what source and target have in common with all their pairs."""
    by_source, by_target = additive_effects(replace(like, values=x[:, None, :]))
    return x - by_source - by_target.T


def _off_self(x: np.ndarray, at: np.ndarray, value: float) -> np.ndarray:
    """`x` with `value` at the self-pairs."""
    out = x.copy()
    out[np.arange(len(at)), at] = value
    return out


def per_gene(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return centred `x` over the spread of each target, then of each source; self-pairs 0."""
    out = _off_self(x, at, 0.0)
    for axis in (0, 1):
        spread = np.sqrt((out**2).mean(axis=axis, keepdims=True, dtype=np.float64))
        spread = spread.astype(out.dtype)
        out /= np.where(spread > 0, spread, 1)
    return out


def unit_profiles(x: np.ndarray) -> np.ndarray:
    """Return what all sources do to each gene (S, G), each gene's profile of length 1."""
    length = np.linalg.norm(x, axis=0)
    return x / np.where(length > 0, length, 1)


def _profiles(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    unit = unit_profiles(x)
    return unit[:, at].T @ unit


def _of_genes(response: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (S, G) each: is the target a source, reach of the source, reach of the target."""
    square = _off_self(response, at, 0.0) ** 2
    others = np.ones_like(square)
    others[np.arange(len(at)), at] = 0
    whole = np.zeros_like(square)
    is_source = whole.copy()
    is_source[:, at] = 1
    reach = []
    for axis in (1, 0):
        mean = square.sum(axis, keepdims=True) / np.maximum(others.sum(axis, keepdims=True), 1)
        floor = max(float(mean.max()) * SMALLEST_REACH**2, np.finfo(float).tiny)
        reach.append(whole + 0.5 * np.log(np.maximum(mean, floor)))
    return is_source, *reach


def _scaled(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    off = _off_self(x, at, np.nan)
    spread = np.nanstd(off) if np.isfinite(off).any() else 0.0
    mean = np.nanmean(off) if np.isfinite(off).any() else 0.0
    scaled = (x - mean) / (spread if spread > 0 else 1)
    return _off_self(scaled, at, 0.0).astype(np.float32)
