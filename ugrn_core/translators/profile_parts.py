"""What the likeness of two genes' response profiles is made of, regulator by regulator: exact.

`response profiles, centred` (`stacked`) is the cosine between what all sources do to the two genes,
less what source and target have in common with all their pairs, over its spread. A cosine is a sum
over the sources, and centring is linear: so the number is a sum of one part a source.

Letters: S sources, G genes, K sources at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ugrn_core.translators import stacked
from ugrn_core.translators.centring import additive_effects, source_positions
from ugrn_core.translators.ensemble import SeedEnsemble
from ugrn_core.types import ProbeTensor

NUMBER = "response profiles, centred"
BLOCK = 8_000_000  # values held at a time


def profile_parts(tensors: Mapping[str, ProbeTensor], pair: np.ndarray) -> np.ndarray:
    """Return (S,): what each source adds to the number NUMBER of a pair (row in sources, position
    in genes); together they are that number."""
    like = tensors["vvp"]
    at, (row, column) = source_positions(like), map(int, pair)
    means = like.values.mean(axis=1, dtype=np.float64)
    unit = stacked.unit_profiles(stacked.per_gene(stacked.centred(means, like), at))
    sources, genes = unit.shape
    total = stacked.centred(unit[:, at].T @ unit, like)
    off = np.ones(total.shape, dtype=bool)
    off[np.arange(sources), at] = False
    spread = float(total[off].std()) or 1.0
    parts = np.empty(sources)
    step = max(1, BLOCK // (sources * genes))
    for start in range(0, sources, step):
        chosen = unit[start : start + step]  # (K, G)
        values = chosen[:, at].T[:, :, None] * chosen[None]  # (S, K, G)
        by_source, by_target = additive_effects(replace(like, values=values))
        values = values - by_source[:, :, None] - by_target.T[None]
        mean = np.moveaxis(values, 1, 2)[off].mean(axis=0)
        parts[start : start + step] = values[row, :, column] - mean
    return parts / spread


def weight_of(model: SeedEnsemble, place: int) -> float | None:
    """Return how much the log-odds rise with the number at `place`, mean over seeds; None where a
    translator is not linear, so that no part of a number has a share of its own."""
    if any(len(member.layers) != 1 for member in model.members):
        return None
    each = [m.layers[0][0][0, place] / m.scale[place] for m in model.members]
    return float(np.mean(each))
