"""Why a pair got its logit: integrated gradients from the average pair, computed exactly.

Along the straight line from the mean features to the pair's, a ReLU network is piecewise linear:
its knots are found layer by layer, and between knots the gradient is constant. So the integral
of Sundararajan et al. (2017) is a finite sum, and the contributions add up to
logit(pair) - logit(mean) to rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ugrn_core.translators import stacked
from ugrn_core.translators.centring import additive_effects, source_positions
from ugrn_core.translators.ensemble import SeedEnsemble
from ugrn_core.translators.features import pair_features
from ugrn_core.translators.mlp import Translator, check_features, standardise
from ugrn_core.translators.stacked import NAMES
from ugrn_core.types import ProbeTensor


@dataclass(frozen=True, eq=False)
class Attribution:
    """logit = base + contributions.sum(). base: logit of a pair with mean features.

    contributions (K,): what each feature adds, in logits; 0 for a missing one.
    """

    base: float
    contributions: np.ndarray

    @property
    def logit(self) -> float:
        """The pair's logit."""
        return float(self.base + self.contributions.sum())


def attribute(model: Translator | SeedEnsemble, features: np.ndarray) -> Attribution:
    """Return the attribution of one pair's `features` (K,); mean over the members' for several."""
    check_features(np.atleast_2d(features), model.features)
    members = model.members if isinstance(model, SeedEnsemble) else (model,)
    parts = [_attribute(member, features) for member in members]
    return Attribution(
        float(np.mean([p.base for p in parts])),
        np.mean([p.contributions for p in parts], axis=0),
    )


def _attribute(model: Translator, features: np.ndarray) -> Attribution:
    layers = [(w.astype(np.float64), b.astype(np.float64)) for w, b in model.layers]
    end = standardise(features[None], model.mean, model.scale)[0].astype(np.float64)  # from 0
    knots = _knots(layers[:-1], end)
    middle = (knots[:-1] + knots[1:]) / 2
    gradient = _gradients(layers, middle[:, None] * end)  # (intervals, K)
    base = _activations(layers, np.zeros((1, len(end))))[-1][0, 0]
    return Attribution(float(base), end * (np.diff(knots) @ gradient))


def _knots(hidden: list, end: np.ndarray) -> np.ndarray:
    """Return 0 = a_0 < ... < a_n = 1, where some hidden unit of x = a * end switches, and ends."""
    knots = np.array([0.0, 1.0])
    for depth in range(1, len(hidden) + 1):
        # Between knots of the layers before, this layer's input is linear in a.
        z = _activations(hidden[:depth], knots[:, None] * end)[-1]
        left, right = z[:-1], z[1:]
        interval, unit = np.nonzero(left * right < 0)
        share = left[interval, unit] / (left[interval, unit] - right[interval, unit])
        new = knots[interval] + share * np.diff(knots)[interval]
        knots = np.unique(np.concatenate([knots, new]))
    return knots


def _activations(layers: list, x: np.ndarray) -> list[np.ndarray]:
    """Return each layer's (n, out) values before its ReLU, for inputs `x` (n, K)."""
    before = []
    for weight, bias in layers:
        before.append(x @ weight.T + bias)
        x = np.maximum(before[-1], 0)
    return before


def _gradients(layers: list, x: np.ndarray) -> np.ndarray:
    """Return the (n, K) gradients of the logit at inputs `x` (n, K)."""
    before = _activations(layers, x)
    gradient = np.repeat(layers[-1][0], len(x), axis=0)  # (n, last hidden width)
    for (weight, _), z in zip(reversed(layers[:-1]), reversed(before[:-1])):
        gradient = (gradient * (z > 0)) @ weight
    return gradient


# Curve -> the numbers that are means of it.
MEANS = {"vvp": ("response (VVP)", "response, gene by gene"), "gdt": ("gradient (GDT)",)}


_TINY = 1e-9  # of the curve's size: a mean of nothing but rounding


def by_value(
    tensors: dict[str, ProbeTensor], added: np.ndarray, pair: np.ndarray
) -> dict[str, np.ndarray]:
    """Return what each grid value added to the log-odds: curve -> (T,); together they are what the
    numbers of MEANS added.

    added: (len(NAMES),) contributions of the translator's numbers. pair: row in sources, position
    in genes.
    """
    parts = {}
    for curve, names in MEANS.items():
        centred = pair_features(tensors[curve], "centred", pair[None])[0].astype(np.float64)
        total = sum(float(added[NAMES.index(name)]) for name in names)
        parts[curve] = total * _shares(centred)
    return parts


def _shares(values: np.ndarray) -> np.ndarray:
    """Return `values` (T,) over their sum; equal shares where that is nothing."""
    total = values.sum()
    if abs(total) <= _TINY * np.abs(values).sum():
        return np.full(len(values), 1 / len(values))
    return values / total


PROFILES = "response profiles, centred"  # a number that is a sum over the sources
BLOCK = 8_000_000  # values held at a time


def profile_parts(tensors: Mapping[str, ProbeTensor], pair: np.ndarray) -> np.ndarray:
    """Return (S,): what each source adds to the number PROFILES of a pair (row in sources, position
    in genes); together they are that number.

    It is the cosine between what all sources do to the two genes, less what source and target have
    in common with all their pairs, over its spread. A cosine is a sum over the sources, and
    centring is linear, so the parts are exact. K sources are held at a time.
    """
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
