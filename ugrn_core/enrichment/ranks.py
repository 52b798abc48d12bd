"""An edge table as a matrix: how high each regulator ranks each target."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ugrn_core.errors import TableError

NEAREST = 20  # regulators that a regulator's control is made of
TOP_SHARE = 0.05  # of all pairs: what counts as a regulator's degree


@dataclass(frozen=True, eq=False)
class TargetRanks:
    """R regulators against G targets. rank: (R, G) from 1, among all pairs of the table; NaN where
    a pair is not in it, such as a gene with itself."""

    regulators: tuple[str, ...]
    genes: tuple[str, ...]
    rank: np.ndarray

    @cached_property
    def place(self) -> np.ndarray:
        """(R, G) in (0, 1]: the share of a regulator's targets that rank at or below this one; 1 is
        its best. NaN as in `rank`."""
        placed = np.full(self.rank.shape, np.nan)
        for row, ranks in zip(placed, self.rank):
            there = np.isfinite(ranks)
            row[there] = rankdata(-ranks[there]) / max(1, there.sum())
        return placed

    @cached_property
    def popularity(self) -> np.ndarray:
        """(G,): the mean place of a target over all regulators; how much everybody's target."""
        return np.nanmean(self.place, axis=0)

    @cached_property
    def degree(self) -> np.ndarray:
        """(R,): how many of the best TOP_SHARE of all pairs each regulator has."""
        count = np.isfinite(self.rank).sum()
        return (self.rank <= max(1, TOP_SHARE * count)).sum(axis=1)

    def row(self, regulator: str) -> int:
        """Return the row of a regulator; raise TableError for none."""
        if regulator not in self.regulators:
            raise TableError(f"{regulator[:60]} is no regulator of this network.")
        return self.regulators.index(regulator)

    def best(self, row: int, count: int) -> np.ndarray:
        """Return (G,) bool: the `count` best targets of a regulator."""
        ranks = np.where(np.isfinite(self.rank[row]), self.rank[row], np.inf)
        chosen = np.zeros(len(self.genes), dtype=bool)
        chosen[np.argsort(ranks, kind="stable")[:count]] = True
        return chosen & np.isfinite(self.rank[row])

    def alike(self, row: int, count: int = NEAREST) -> np.ndarray:
        """Return the rows of the up to `count` other regulators nearest in degree."""
        gap = np.abs(self.degree - self.degree[row]).astype(float)
        gap[row] = np.inf
        order = np.argsort(gap, kind="stable")
        return order[: min(count, len(order) - 1)]


def target_ranks(edges: pd.DataFrame) -> TargetRanks:
    """Return the ranks of an edge table that holds every pair (columns source, target, rank).

    Raises TableError for a table without these columns, or without a row.
    """
    lacking = {"source", "target", "rank"} - set(map(str, edges.columns))
    if lacking or edges.empty:
        raise TableError(
            "A network has the columns source, target and rank, and a row a pair; "
            f"{', '.join(sorted(lacking)) or 'every row'} is missing."
        )
    wide = edges.pivot_table(index="source", columns="target", values="rank", aggfunc="min")
    return TargetRanks(
        tuple(map(str, wide.index)), tuple(map(str, wide.columns)), wide.to_numpy(dtype=float)
    )
