"""GRNBoost2: stochastic gradient boosting explains each target (Moerman et al. 2019)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ugrn_core.classical.base import Task, by_target
from ugrn_core.types import Expression, ReferenceNetwork

if TYPE_CHECKING:
    from sklearn.ensemble import GradientBoostingRegressor


@dataclass(frozen=True)
class GRNBoost2:
    """Importance of each regulator, times the number of trees grown (as arboreto weighs targets).

    Parameters as published in arboreto (SGBM_KWARGS): at most 5000 trees, learning rate 0.01,
    a tenth of the regulators per split, 0.9 of the cells per tree; boosting stops when the mean
    out-of-bag improvement over the last `patience` trees falls below zero.
    """

    name: ClassVar[str] = "GRNBoost2"
    source: ClassVar[str] = "Moerman et al. 2019; scikit-learn boosting with arboreto's parameters"
    by_target: ClassVar[bool] = True

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
        model.fit(x, y, monitor=OutOfBag(self.patience))
        return model.feature_importances_ * len(model.estimators_)


class OutOfBag:
    """arboreto's EarlyStopMonitor: stop when the last `patience` trees helped less than nothing.

    A tree's improvement is the drop in squared error on the cells it did not see, before and after
    it. scikit-learn's own `oob_improvement_` was that when arboreto was written; now it compares
    each tree's error with the previous tree's on *other* cells, which is mostly noise.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.improvements: list[float] = []

    def __call__(self, tree: int, model: GradientBoostingRegressor, variables: dict) -> bool:
        """Return whether to stop after tree number `tree`; called by scikit-learn."""
        unseen = ~variables["sample_mask"]
        after = variables["raw_predictions"][unseen, 0]
        step = model.learning_rate * model.estimators_[tree, 0].predict(variables["X"][unseen])
        y = variables["y"][unseen]
        self.improvements.append(float(np.mean((y - after + step) ** 2 - (y - after) ** 2)))
        window = self.improvements[-self.patience :]
        return len(window) == self.patience and float(np.mean(window)) < 0
