"""GRNBoost2: stochastic gradient boosting explains each target (Moerman et al. 2019)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ugrn_core.classical.base import Task, by_target
from ugrn_core.types import Expression, ReferenceNetwork


@dataclass(frozen=True)
class GRNBoost2:
    """Importance of each regulator, times the number of trees grown (as arboreto weighs targets).

    Parameters as published in arboreto (SGBM_KWARGS): at most 5000 trees, learning rate 0.01,
    a tenth of the regulators per split, 0.9 of the cells per tree; boosting stops when the mean
    out-of-bag improvement over the last `patience` trees falls below zero.
    """

    name: ClassVar[str] = "GRNBoost2"
    source: ClassVar[str] = "Moerman et al. 2019; scikit-learn boosting with arboreto's parameters"

    trees: int = 5000
    learning_rate: float = 0.01
    max_features: float = 0.1
    subsample: float = 0.9
    patience: int = 25
    seed: int = 0

    def __call__(
        self, expression: Expression, network: ReferenceNetwork, task: Task | None = None
    ) -> np.ndarray:
        """Return (R, G) importances, not negative; a target with more trees weighs more."""
        return by_target(expression, network, self._importance, task)

    def _importance(self, x: np.ndarray, y: np.ndarray, number: int) -> np.ndarray:
        from sklearn.ensemble import GradientBoostingRegressor

        model = GradientBoostingRegressor(
            n_estimators=self.trees,
            learning_rate=self.learning_rate,
            max_features=self.max_features,
            subsample=self.subsample,
            random_state=int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0]),
        )
        model.fit(x, y, monitor=self._stop)
        return model.feature_importances_ * len(model.estimators_)

    def _stop(self, tree: int, model: object, variables: dict) -> bool:
        """arboreto's EarlyStopMonitor: the window before this tree, this tree not counted."""
        if tree < self.patience - 1:
            return False
        window = model.oob_improvement_[tree - self.patience + 1 : tree + 1]
        return bool(np.mean(window) < 0)
