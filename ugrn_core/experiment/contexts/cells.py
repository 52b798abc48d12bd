"""A data set's cells over the genes of a panel, on a scale whose means a backbone can be given.

Letters: C cells, G genes of the panel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.data import value_scales
from ugrn_core.errors import GridError, MissingDataError, OptionError
from ugrn_core.experiment.curves.mean_profile import NO_CELLS, on_scale, rows_of
from ugrn_core.types import Profile, ValueScale

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.catalog.study import Study

SILENT = 0.02  # share of a context's cells that express a gene, below which it is silent there
# Of 7 sets of the training corpus x 4 panels (mHSC-L, hESC, mDC, PBMC 68k) the panel's genes hold
# 0.4 to 3.8 counts per 10,000 each on average, about 1 in the middle.
USUAL, MOST = 1.0, 6.0
LARGE_PANEL = 100  # genes from which such an average is one
LOG = ValueScale.LOG1P_NORMALISED
CP10K = {ValueScale.LOG1P_CP10K, ValueScale.LOG2_CP10K, ValueScale.CP10K}


@dataclass(frozen=True, eq=False)
class StudyCells:
    """Real cells of a study. values (C, G) float64, 0 where a gene was not measured; scale: what
    they are, natural logarithms or the backbone's own scale. expressed (C, G) bool. measured (G,)
    bool. columns: what is known of each cell, (C,) each. how: what was done to the values, in
    words."""

    names: tuple[str, ...]
    values: np.ndarray
    scale: ValueScale
    expressed: np.ndarray
    measured: np.ndarray
    columns: dict[str, np.ndarray]
    how: str

    def __len__(self) -> int:
        return len(self.values)

    def profile(self, weights: np.ndarray, name: str, backbone: Backbone, folds: int) -> Profile:
        """Return the mean of the cells, each as often as `weights` (C,) says, on the backbone's
        scale, to be masked in `folds` parts. Raises GridError for one outside its range."""
        means = weights @ self.values / weights.sum()
        _require_possible(means, self.scale, name, backbone)
        if self.scale is not backbone.defaults.value_scale or self.scale.is_log1p:
            means, _ = on_scale(means, self.scale, backbone)
        return Profile(name, tuple(means), folds)

    def silent(self, members: np.ndarray) -> np.ndarray:
        """Return (K, G): is the gene expressed in under 2 % of the cells of each of `members`
        (K, C) bool, or was it not measured?"""
        count = np.maximum(members.sum(axis=1, keepdims=True), 1)
        share = members.astype(np.float64) @ self.expressed / count
        return (share < SILENT) | ~self.measured

    @cached_property
    def grouped_by(self) -> dict[str, list[str]]:
        """The columns that divide the cells into 2 to 60 groups, and the groups' names."""
        texts = {c: [str(v) for v in values] for c, values in self.columns.items()}
        groups = {c: sorted(set(t)) for c, t in texts.items()}
        numbers = {c for c, v in self.columns.items() if np.asarray(v).dtype.kind == "f"}
        return {c: g for c, g in groups.items() if 1 < len(g) <= 60 and c not in numbers}

    @cached_property
    def ordered_by(self) -> tuple[str, ...]:
        """The columns of numbers, which may be a pseudotime; one that is called so comes first."""
        numbers = [c for c, v in self.columns.items() if np.asarray(v).dtype.kind in "fiu"]
        return tuple(sorted(numbers, key=lambda c: "time" not in c.casefold()))


def study_cells(study: Study, backbone: Backbone) -> StudyCells:
    """Return the cells of a study's data set. Raises MissingDataError where it has none,
    OptionError where its values cannot be brought to the backbone's scale."""
    expression = study.dataset.expression
    if expression is None:
        raise MissingDataError(f"A context is a set of cells, and {NO_CELLS}. Add cells of yours.")
    at = rows_of(study)
    measured = at >= 0
    raw = np.where(measured, expression.values[at].T, 0.0).astype(np.float64)
    values, scale, how = _values(raw, expression.scale, backbone)
    if lacking := int((~measured).sum()):
        how += f"; {lacking:,} of {len(at):,} genes were not measured and carry 0"
    return StudyCells(
        names=tuple(map(str, expression.cells)),
        values=values,
        scale=scale,
        expressed=raw > 0,
        measured=measured,
        columns=dict(expression.annotations),
        how=how,
    )


def mean_of(
    study: Study, backbone: Backbone, members: np.ndarray | None = None
) -> tuple[np.ndarray, str]:
    """Return the (G,) mean of a study's cells, of `members` (C,) bool or of all, as a background on
    the backbone's scale, and how it was made; raises as `study_cells` and `StudyCells.profile`."""
    cells = study_cells(study, backbone)
    weights = np.ones(len(cells)) if members is None else members.astype(np.float64)
    profile = cells.profile(weights, "the cells", backbone, 0)
    return np.array(profile.values), f"mean of {int(weights.sum()):,} cells; {cells.how}"


def _values(
    raw: np.ndarray, given: ValueScale, backbone: Backbone
) -> tuple[np.ndarray, ValueScale, str]:
    wanted = backbone.defaults.value_scale
    if given is wanted:
        return raw, given, f"as they are: {wanted.phrase}"
    try:
        linear = value_scales.linear(raw, given)
    except OptionError as error:
        raise OptionError(
            f"These cells' values are '{given.phrase}', and {backbone.name} reads "
            f"'{backbone.defaults.value_phrase}': {error}. Give counts, or their logarithms."
        ) from error
    how = f"from {given.phrase}"
    whole = given in CP10K
    sums = linear.sum(axis=1)
    level = float(sums.mean()) / linear.shape[1]
    if not whole and linear.shape[1] >= LARGE_PANEL and level > MOST:
        factor = USUAL * linear.shape[1] / np.maximum(sums, 1e-12)
        linear = linear * factor[:, None]
        how += (
            f"; what each cell sums to is not known, and {level:,.3g} a gene is more than counts "
            f"per 10,000 are: each cell brought to {USUAL:g} a gene of the panel"
        )
    return np.log1p(linear), LOG, how


def _require_possible(means: np.ndarray, scale: ValueScale, name: str, backbone: Backbone) -> None:
    """Raise GridError where a profile is none that the backbone can have seen."""
    low, high = backbone.defaults.value_range
    scale = LOG if scale.is_log1p else scale
    own = scale is backbone.defaults.value_scale or backbone.defaults.value_scale.is_log1p
    if own and not ((means >= low) & (means <= high)).all():
        raise GridError(
            f"The profile of '{name[:60]}' goes from {means.min():.3g} to {means.max():.3g}; "
            f"{backbone.name} takes {low:g} to {high:g} ({backbone.defaults.value_phrase}). Give "
            "raw counts of the cells, or say what the values are (data add --values)."
        )
    total = float(np.expm1(means).sum()) if scale is LOG else 0.0
    if total > value_scales.PER_CELL and backbone.defaults.value_scale in CP10K:
        raise GridError(
            f"The profile of '{name[:60]}' holds {total:,.0f} counts per 10,000 in {len(means):,} "
            "genes alone: it is on another scale than the backbone has seen. Give raw counts of "
            "the cells, or say what the values are (data add --values)."
        )
