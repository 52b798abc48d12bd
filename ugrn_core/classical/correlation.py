"""Correlation over cells: the yardstick every backbone has to beat on the same pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.stats import rankdata

from ugrn_core.classical.base import Task
from ugrn_core.errors import InputError
from ugrn_core.types import Expression, ReferenceNetwork

DECIMALS = 12  # far above what sums of float64 are off by, far below any difference that means one


def pearson(expression: Expression, network: ReferenceNetwork) -> np.ndarray:
    """Return (R, G) Pearson correlations in [-1, 1]: rows `network.regulators`, columns its genes.

    NaN where either gene is not measured; 0 where one does not vary, as nothing is known then.
    Genes are joined by symbol, exactly, else with case ignored. Raises InputError for fewer than
    three cells.
    """
    return _correlation(expression, network, ranks=False)


def absolute_pearson(expression: Expression, network: ReferenceNetwork) -> np.ndarray:
    """Return (R, G) |Pearson| in [0, 1]: repression counts as much as activation."""
    return np.abs(_correlation(expression, network, ranks=False))


def spearman(expression: Expression, network: ReferenceNetwork) -> np.ndarray:
    """Return (R, G) Spearman correlations in [-1, 1] (ties get their mean rank), as `pearson`."""
    return _correlation(expression, network, ranks=True)


def _correlation(expression: Expression, network: ReferenceNetwork, ranks: bool) -> np.ndarray:
    if len(expression.cells) < 3:
        raise InputError(
            f"A correlation needs at least three cells; {expression.name} has "
            f"{len(expression.cells)}."
        )
    row = _rows(expression, network)
    measured = row >= 0
    values = expression.values[row[measured]].astype(np.float64)
    if ranks:
        values = rankdata(values, axis=1)
    centred = values - values.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    varies = length > 1e-12 * np.maximum(np.abs(values).max(axis=1, keepdims=True, initial=1), 1)
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=varies)
    position = np.cumsum(measured) - 1
    known = measured[network.regulators]
    scores = np.full((len(network.regulators), len(network.genes)), np.nan)
    sources = unit[position[network.regulators[known]]]
    # Genes seen in one cell each are many and tie; rounding keeps noise from ranking them.
    scores[np.ix_(known, measured)] = np.clip(sources @ unit.T, -1.0, 1.0).round(DECIMALS)
    return scores


def _rows(expression: Expression, network: ReferenceNetwork) -> np.ndarray:
    """(G,) rows of `expression`, -1 where a gene is not measured."""
    exact = {g: k for k, g in enumerate(expression.genes)}
    folded: dict[str, int] = {}
    for k, gene in enumerate(expression.genes):
        folded.setdefault(gene.casefold(), k)
    return np.array(
        [exact.get(g, folded.get(g.casefold(), -1)) for g in network.genes], dtype=np.int64
    )


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
