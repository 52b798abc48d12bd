"""Spearman correlation as a method of the benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ugrn_core.classical.base import Task
from ugrn_core.classical.correlation import spearman
from ugrn_core.types import Expression, ReferenceNetwork


@dataclass(frozen=True)
class Spearman:
    """Rank correlation over cells, its sign kept unless `absolute`."""

    name: ClassVar[str] = "Spearman"
    source: ClassVar[str] = "scipy.stats.rankdata; ties get their mean rank"
    by_target: ClassVar[bool] = False

    absolute: bool = False

    def __call__(
        self, expression: Expression, network: ReferenceNetwork, task: Task | None = None
    ) -> np.ndarray:
        """Return (R, G) correlations in [-1, 1]."""
        scores = spearman(expression, network)
        if task is not None and task.targets is not None:
            scores[:, np.setdiff1d(np.arange(scores.shape[1]), task.targets)] = np.nan
        return np.abs(scores) if self.absolute else scores
