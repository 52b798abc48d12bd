"""GENIE3: a random forest explains each target by all regulators (Huynh-Thu et al. 2010)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ugrn_core.classical.base import Task, by_target
from ugrn_core.types import Expression, ReferenceNetwork


@dataclass(frozen=True)
class GENIE3:
    """Variance reduction each regulator brings; targets scaled to unit variance, as published.

    trees: 1000, max_features: the square root of the regulators, both as published. kind: `RF`
    (bootstrap forest) or `ET` (extra trees), the two the paper compares.
    """

    name: ClassVar[str] = "GENIE3"
    source: ClassVar[str] = "Huynh-Thu et al. 2010; scikit-learn forests, 1000 trees, sqrt features"
    by_target: ClassVar[bool] = True

    trees: int = 1000
    max_features: str = "sqrt"
    kind: str = "RF"
    seed: int = 0

    def __call__(
        self, expression: Expression, network: ReferenceNetwork, task: Task | None = None
    ) -> np.ndarray:
        """Return (R, G) importances, not negative; each target's sum to about 1."""
        return by_target(expression, network, self._importance, task)

    def _importance(self, x: np.ndarray, y: np.ndarray, number: int) -> np.ndarray:
        from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

        forest = ExtraTreesRegressor if self.kind == "ET" else RandomForestRegressor
        seed = int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0])
        model = forest(self.trees, max_features=self.max_features, random_state=seed)
        # Each tree's reduction in the variance of a unit-variance target, not rescaled to sum 1.
        model.fit(x, y / y.std())
        total = sum(t.tree_.compute_feature_importances(normalize=False) for t in model.estimators_)
        return total / len(model.estimators_)
