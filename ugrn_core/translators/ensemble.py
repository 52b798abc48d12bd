"""Averages of logits: over seeds of one translator, and over probes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ugrn_core.errors import OptionError
from ugrn_core.translators.mlp import Translator


@dataclass(frozen=True, eq=False)
class SeedEnsemble:
    """Translators of the same probe trained from several seeds; one seed is an ensemble too."""

    members: tuple[Translator, ...]

    def __post_init__(self) -> None:
        if not self.members or len({m.features for m in self.members}) != 1:
            raise OptionError("An ensemble needs members that read the same number of features.")

    @property
    def features(self) -> int:
        """K, the number of features a pair must have."""
        return self.members[0].features

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return the (N,) float32 mean over members of the logits of `features` (N, K)."""
        return mean_logits(self.member_logits(features))

    def member_logits(self, features: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the logits (N,) of each member."""
        return tuple(m.logits(features) for m in self.members)


def mean_logits(members: Sequence[np.ndarray]) -> np.ndarray:
    """Return the float32 mean of several members' logits of the same shape."""
    total = sum(m.astype(np.float64) for m in members)
    return (total / len(members)).astype(np.float32)


def combined(*logits: np.ndarray) -> np.ndarray:
    """Return sigmoid of the mean of several probes' logits, each (N,), float64 in [0, 1].

    With VVP and GDT this is the paper's ensemble, sigmoid((logit_VVP + logit_GDT) / 2).
    """
    shapes = {np.shape(x) for x in logits}
    if len(shapes) != 1:
        raise OptionError(f"Logits of the same pairs are averaged; shapes {sorted(shapes)} came.")
    return sigmoid(np.mean(np.asarray(logits, dtype=np.float64), axis=0))


def sigmoid(logit: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-logit)) without overflow."""
    half = np.tanh(0.5 * np.asarray(logit, dtype=np.float64))
    return 0.5 * (1 + half)
