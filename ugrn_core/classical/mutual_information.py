"""Mutual information over cells, by scikit-learn's nearest-neighbour estimator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ugrn_core.classical.base import Task, by_target
from ugrn_core.types import Expression, ReferenceNetwork


@dataclass(frozen=True)
class MutualInformation:
    """I(regulator; target) in nats, not negative (Kraskov et al. 2004; neighbours = their k)."""

    name: ClassVar[str] = "mutual information"
    source: ClassVar[str] = "scikit-learn mutual_info_regression (Kraskov et al. 2004, k = 3)"
    by_target: ClassVar[bool] = True

    neighbours: int = 3
    seed: int = 0

    def __call__(
        self, expression: Expression, network: ReferenceNetwork, task: Task | None = None
    ) -> np.ndarray:
        """Return (R, G) estimates in nats, 0 where the estimate is negative."""
        return by_target(expression, network, self._information, task)

    def _information(self, x: np.ndarray, y: np.ndarray, number: int) -> np.ndarray:
        from sklearn.feature_selection import mutual_info_regression

        k = min(self.neighbours, len(y) - 1)
        state = np.random.RandomState(
            np.random.MT19937(np.random.SeedSequence([self.seed, number]))
        )
        return mutual_info_regression(x, y, n_neighbors=k, random_state=state)
