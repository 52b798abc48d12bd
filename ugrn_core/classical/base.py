"""The contract of every classical method: cells and a network's genes in, one score a pair out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from ugrn_core.errors import InputError
from ugrn_core.types import Expression, ReferenceNetwork

Importance = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


@dataclass(frozen=True)
class Task:
    """targets: columns to compute, None for all."""

    targets: tuple[int, ...] | None = None


class Method(Protocol):
    """A frozen dataclass of parameters; its fields are its row in the results.

    name: the registered name. source: where method and parameters were published. by_target: each
    target costs its own time; else all of them cost what one does.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    by_target: ClassVar[bool]

    def __call__(
        self, expression: Expression, network: ReferenceNetwork, task: Task | None = None
    ) -> np.ndarray:
        """Return (R, G) scores, rows `network.regulators`, columns its genes; higher means edge.

        NaN where either gene is not measured, or the target is not among the task's. The labels
        of `network` are not read. Raises InputError for fewer than three cells.
        """


def measured_rows(expression: Expression, network: ReferenceNetwork) -> np.ndarray:
    """Return the (G,) rows of `expression`, -1 where a gene is not measured.

    Genes are joined by symbol, exactly, else with case ignored. Raises InputError for fewer than
    three cells.
    """
    if len(expression.cells) < 3:
        raise InputError(
            f"An association over cells needs at least three; {expression.name} has "
            f"{len(expression.cells)}."
        )
    exact = {g: k for k, g in enumerate(expression.genes)}
    folded: dict[str, int] = {}
    for k, gene in enumerate(expression.genes):
        folded.setdefault(gene.casefold(), k)
    return np.array(
        [exact.get(g, folded.get(g.casefold(), -1)) for g in network.genes], dtype=np.int64
    )


def by_target(
    expression: Expression, network: ReferenceNetwork, importance: Importance, task: Task | None
) -> np.ndarray:
    """Return the (R, G) scores of a method that explains one target at a time by all regulators.

    importance(regulators (C, n) float32, target (C,) float32, number) -> (n,) scores; `number` is
    the target's row among the data set's cells and seeds its random draws, so that no order
    changes a score. A target is never among its own regulators; one that does not vary gets 0.
    """
    rows = measured_rows(expression, network)
    known = rows[network.regulators] >= 0
    regulators = network.regulators[known]
    values = expression.values.astype(np.float32)
    scores = np.full((len(network.regulators), len(network.genes)), np.nan)
    task = task or Task()
    named = range(len(rows)) if task.targets is None else task.targets
    targets = [t for t in named if rows[t] >= 0]
    columns = [_explained(values, rows[regulators], rows[t], importance) for t in targets]
    if len(regulators) and targets:
        scores[np.ix_(known, targets)] = np.stack(columns, axis=1)
    return scores


def _explained(
    values: np.ndarray, regulators: np.ndarray, target: int, importance: Importance
) -> np.ndarray:
    others = regulators != target
    out = np.zeros(len(regulators))
    y = values[target]
    if others.any() and np.ptp(y) > 0:
        out[others] = importance(values[regulators[others]].T, y, int(target))
    return out
