"""Contexts: sets of cells that have a name. By a column, by a condition, or along a pseudotime.

Letters: C cells, K contexts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.data.own.cell_columns import kept_cells, parse_keep
from ugrn_core.errors import OptionError
from ugrn_core.experiment.contexts.cells import StudyCells, mean_of
from ugrn_core.registry import require
from ugrn_core.types import Profile

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.catalog.study import Study

# Of a type's change about half of the variance is its own at 10 cells, a third at 5 (measured on
# PBMC 68k, docs/contexts.md).
LEAST = 10  # cells of a context
LEAST_IN_WINDOW = 30
MOST = 60  # contexts
OVERLAP = 0.5  # of a window with the next
OTHERS = "all other cells"


@dataclass(frozen=True, eq=False)
class Grouping:
    """K contexts. by: what they are told by, in words. members (K, C) bool. left_out: name and
    cells of groups with too few. at (K,): the middle of each window of pseudotime, None where the
    contexts have no order. along (C,): the pseudotime of each cell, None likewise. branch: of each
    context the branch it lies on; empty where there is one course."""

    by: str
    names: tuple[str, ...]
    members: np.ndarray
    left_out: tuple[tuple[str, int], ...] = ()
    at: np.ndarray | None = None
    along: np.ndarray | None = None
    branch: tuple[str, ...] = ()

    @property
    def counts(self) -> np.ndarray:
        """Cells of each context, (K,)."""
        return self.members.sum(axis=1)

    @property
    def pool(self) -> np.ndarray:
        """Which cells are in any context, (C,) bool."""
        return self.members.any(axis=0)


def by_column(cells: StudyCells, column: str, least: int = LEAST) -> Grouping:
    """Return a context for each value of a column that `least` cells have, the largest first.

    Raises UnknownNameError with near matches, OptionError where fewer than two are left.
    """
    column = require(column, cells.columns, "column of cells")
    texts = np.array([_text(v) for v in cells.columns[column]])
    names, counts = np.unique(texts[texts != ""], return_counts=True)
    order = np.lexsort((names, -counts))
    large = [names[k] for k in order if counts[k] >= least]
    small = tuple((str(names[k]), int(counts[k])) for k in order if counts[k] < least)
    if len(large) < 2 or len(large) > MOST:
        raise OptionError(
            f"The column '{column[:40]}' divides the cells into {len(names)} groups, "
            f"{len(large)} of them with {least} cells or more; 2 to {MOST} are needed. Choose "
            "another column, or ask for stages along it."
        )
    members = np.array([texts == name for name in large])
    return Grouping(column, tuple(map(str, large)), members, small)


def by_condition(cells: StudyCells, condition: str, least: int = LEAST) -> Grouping:
    """Return the cells for which a condition such as 'cell_type=Monocyte' holds, and all others.

    Raises UnknownNameError with near matches, OptionError where either are fewer than `least`.
    """
    chosen = kept_cells(cells.columns, parse_keep(condition), len(cells))
    if min(chosen.sum(), (~chosen).sum()) < least:
        raise OptionError(
            f"'{condition[:60]}' holds for {chosen.sum():,} of {len(cells):,} cells; at least "
            f"{least} on either side are needed. Choose another condition."
        )
    return Grouping(condition, (condition, OTHERS), np.array([chosen, ~chosen]))


def profile_of(study: Study, backbone: Backbone, condition: str = "") -> Profile:
    """Return the mean of the study's cells for which a condition such as 'cell_type=Monocyte' holds
    (all without one), as what the other genes of a virtual cell carry.

    Raises MissingDataError without cells, UnknownNameError with near matches, OptionError where
    fewer than LEAST cells are left or their values cannot be brought to the backbone's scale.
    """
    expression = study.dataset.expression
    members = None
    if condition and expression is not None:
        count = len(expression.cells)
        members = kept_cells(expression.annotations, parse_keep(condition), count)
        if members.sum() < LEAST:
            raise OptionError(
                f"'{condition[:60]}' holds for {members.sum():,} of {count:,} cells; {LEAST} are "
                "needed for a mean. Choose another condition."
            )
    values, how = mean_of(study, backbone, members)
    return Profile(how, tuple(map(float, values)))


def windows(along: np.ndarray, by: str, count: int = 8, least: int = LEAST_IN_WINDOW) -> Grouping:
    """Return overlapping windows of the cells in the order of `along` (C,), all of one size: each
    shares half of its cells with the next. Fewer than `count` where they would hold under `least`
    cells; cells whose `along` is not finite are in none.

    Raises OptionError where there are too few cells for two windows.
    """
    members = _stages(along, min(count, MOST), least)
    if len(members) < 2:
        raise OptionError(
            f"{np.isfinite(along).sum():,} cells have a pseudotime; two stages of {least} cells "
            f"that overlap by half need {int(np.ceil(least * (2 - OVERLAP)))}. Bring more cells."
        )
    names, middles = _named(along, members)
    return Grouping(by, names, members, at=middles, along=np.asarray(along, dtype=float))


def branched(
    courses: Mapping[str, np.ndarray], by: str, count: int = 8, least: int = LEAST_IN_WINDOW
) -> Grouping:
    """Return windows, as `windows`, along each of several courses: name -> (C,) pseudotime, NaN for
    cells that are not on it. Of a course with few cells there are fewer windows, down to one; one
    with fewer than `least` cells is left out.

    Raises OptionError where fewer than two windows come of all.
    """
    names, members, middles, branch, small = [], [], [], [], []
    for course, along in courses.items():
        here = _stages(along, min(count, max(1, MOST // len(courses))), least)
        if not len(here):
            small.append((course, int(np.isfinite(along).sum())))
            continue
        called, at = _named(along, here)
        names += [f"{course}, {name}" for name in called]
        members += list(here)
        middles += at.tolist()
        branch += [course] * len(here)
    if len(members) < 2:
        raise OptionError(
            f"Of {len(courses)} branches none holds the {least} cells of a stage twice. Bring more "
            "cells, or ask for fewer branches."
        )
    every = np.array(list(courses.values()), dtype=float)
    there = np.isfinite(every)
    total = np.where(there, every, 0.0).sum(axis=0)
    mean = np.where(there.any(axis=0), total / np.maximum(there.sum(axis=0), 1), np.nan)
    return Grouping(
        by=by,
        names=tuple(names),
        members=np.array(members),
        left_out=tuple(small),
        at=np.array(middles),
        along=mean,
        branch=tuple(branch),
    )


def _stages(along: np.ndarray, count: int, least: int) -> np.ndarray:
    """Return (K, C) windows, at most `count`, of `least` cells or more; K is 0 where there are too
    few for one."""
    known = np.flatnonzero(np.isfinite(along))
    order = known[np.argsort(along[known], kind="stable")]
    while count > 0 and _width(len(order), count) < least:
        count -= 1
    members = np.zeros((count, len(along)), dtype=bool)
    size = int(_width(len(order), count)) if count else 0
    for k, start in enumerate(np.round(np.linspace(0, len(order) - size, count)).astype(int)):
        members[k, order[start : start + size]] = True
    return members


def _named(along: np.ndarray, members: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of stages, which say from when to when, and their middles (K,)."""
    spans = [(along[m].min(), along[m].max()) for m in members]
    names = tuple(f"stage {k} ({a:.3g} to {b:.3g})" for k, (a, b) in enumerate(spans, start=1))
    return names, np.array([np.median(along[m]) for m in members])


def _width(cells: int, count: int) -> float:
    return cells / (1 + (count - 1) * (1 - OVERLAP))


def _text(value: object) -> str:
    """A cell's group; empty for a value that is none."""
    text = str(value).strip()
    return "" if text.casefold() in ("", "nan", "none", "na") else text
