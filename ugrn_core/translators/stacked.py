"""All that a backbone says of a pair, as a few named numbers: what the additive translator reads.

Responses, their reverse, gene vectors and response profiles, each also less what the source and
the target have in common with all their pairs (`centring`), and on the scale of each gene. Every
number is made without labels; over all sources and genes of the panel, so it depends on both.

Letters: S sources, G genes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ugrn_core.translators.centring import additive_effects, source_positions
from ugrn_core.types import ProbeTensor

STACKED = "stacked"
READS = ("vvp", "gdt", "emb-cosine")
NAMES = (
    "response (VVP)",
    "gradient (GDT)",
    "response, gene by gene",
    "reverse response, gene by gene",
    "gene vectors",
    "gene vectors, centred",
    "gene vectors, gene by gene",
    "response profiles",
    "response profiles, centred",
)


def stack(tensors: dict[str, ProbeTensor]) -> ProbeTensor:
    """Return the (S, len(NAMES), G) float32 numbers of every pair of the tensors of READS.

    Each has mean 0 and standard deviation 1 over the panel's pairs; NaN for a reverse direction
    that was not probed; 0 for self-pairs. Response profiles: cosine between what all sources do to
    the two genes.
    """
    like = tensors["vvp"]
    at = source_positions(like)
    vvp, gdt, vectors = (tensors[name].values.mean(axis=1, dtype=np.float64) for name in READS)
    vvp_c, gdt_c, vectors_c = (_centred(x, like) for x in (vvp, gdt, vectors))
    by_gene = _per_gene(vvp_c, at)
    reverse = np.full_like(by_gene, np.nan)
    reverse[:, at] = by_gene[:, at].T
    profiles = _profiles(by_gene, at)
    features = (
        vvp_c,
        gdt_c,
        by_gene,
        reverse,
        vectors,
        vectors_c,
        _per_gene(vectors_c, at),
        profiles,
        _centred(profiles, like),
    )
    values = np.stack([_scaled(x, at) for x in features], axis=1)
    return replace(like, probe=STACKED, values=values)


def _centred(x: np.ndarray, like: ProbeTensor) -> np.ndarray:
    by_source, by_target = additive_effects(replace(like, values=x[:, None, :]))
    return x - by_source - by_target.T


def _off_self(x: np.ndarray, at: np.ndarray, value: float) -> np.ndarray:
    """`x` with `value` at the self-pairs."""
    out = x.copy()
    out[np.arange(len(at)), at] = value
    return out


def _per_gene(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return centred `x` over the spread of each target, then of each source; self-pairs 0."""
    out = _off_self(x, at, 0.0)
    for axis in (0, 1):
        spread = np.sqrt((out**2).mean(axis=axis, keepdims=True))
        out /= np.where(spread > 0, spread, 1)
    return out


def _profiles(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(x, axis=0)
    unit = x / np.where(length > 0, length, 1)
    return unit[:, at].T @ unit


def _scaled(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    off = _off_self(x, at, np.nan)
    spread = np.nanstd(off) if np.isfinite(off).any() else 0.0
    mean = np.nanmean(off) if np.isfinite(off).any() else 0.0
    scaled = (x - mean) / (spread if spread > 0 else 1)
    return _off_self(scaled, at, 0.0).astype(np.float32)
