"""One question to the lab: what a sweep of one source says of all targets, exact and by
differences.

Letters: N values swept, M and T of them read for VVP and GDT, G genes of the panel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.errors import OptionError
from ugrn_core.experiment.lab import knobs as turning
from ugrn_core.experiment.lab.answers import answers
from ugrn_core.experiment.lab.knobs import Knobs
from ugrn_core.probes.virtual_cell import NO_RECONSTRUCTION
from ugrn_core.types import Panel, ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone, BackboneDefaults

MOST_GENES = 1200  # of a panel that answers while somebody waits


@dataclass(frozen=True, eq=False)
class Reading:
    """What one backbone says of one source. genes (G,): vocabulary tokens; source: its position.

    own: what the background gives the source. carried (G,): what every gene carries where it is not
    masked, the source at `own`. baseline_output (G,): what the model writes then, see
    `virtual_cell.Curves`. grid (N,): the values of M and T together, ascending; vvp and gdt (N, G)
    there, gdt None without a derivative. axis: `value`, or `place` where the grid, and own, are
    places in an order; values (N,): what the source carried. gates (N,): where the gradient is over
    a presence gate, its shares in place of the grid's values; else None. at_m (M,), at_t (T,):
    positions in the grid. differences (T, G): central differences of the response, None where none
    were asked for.
    """

    genes: tuple[str, ...]
    source: int
    own: float
    carried: np.ndarray
    baseline_output: np.ndarray
    grid: np.ndarray
    vvp: np.ndarray
    gdt: np.ndarray | None
    at_m: np.ndarray
    at_t: np.ndarray
    differences: np.ndarray | None = None
    axis: str = "value"
    values: np.ndarray | None = None
    gates: np.ndarray | None = None

    def strongest(self, count: int) -> np.ndarray:
        """Return positions of the `count` genes that respond most anywhere on the grid of M, the
        source left out, most first."""
        size = np.abs(self.vvp[self.at_m]).max(axis=0)
        size[self.source] = -1.0
        return np.argsort(-size, kind="stable")[: min(count, len(size) - 1)]

    def secant(self, target: int, at: int) -> float:
        """Return the slope from the background's own value to grid[at]; NaN at that value."""
        step = float(self.grid[at]) - self.own
        return float(self.vvp[at, target]) / step if step else float("nan")


def lab_panel(panel: Panel, wanted: tuple[str, ...]) -> Panel:
    """Return the panel itself, or of a large one `wanted` and others evenly spaced, in its order,
    at most MOST_GENES."""
    if len(panel) <= MOST_GENES:
        return panel
    named = dict.fromkeys(g for g in wanted if g in panel)
    spaced = np.linspace(0, len(panel) - 1, MOST_GENES - len(named)).astype(int)
    keep = {panel.genes[k] for k in spaced} | set(named)
    return Panel(tuple(g for g in panel.genes if g in keep))


def read(
    backbone: Backbone,
    panel: Panel,
    source: str,
    knobs: Knobs,
    profile: tuple[float, ...] | None = None,
) -> Reading:
    """Return what `backbone` says of `source` under `knobs`; kept in memory for as long as
    questions like it are asked.

    profile: (G,) of the panel where the background is no flat one. Raises OptionError for a
    backbone without reconstruction, finite differences without a derivative, or a source that is
    held; GridError; UnknownGeneError.
    """
    if not backbone.defaults.readouts:
        raise OptionError(NO_RECONSTRUCTION)
    if knobs.held == source:
        raise OptionError(
            "The second gene is the one that is driven: it cannot be held as well. Choose another."
        )
    if knobs.step and not turning.has_slope(backbone.defaults):
        raise OptionError(
            "This backbone has no derivative by a gene's value, so there is nothing to compare "
            "finite differences with. Leave them out."
        )
    return _read(backbone, panel, source, knobs, profile)


@lru_cache(maxsize=24)
def _read(
    backbone: Backbone,
    panel: Panel,
    source: str,
    knobs: Knobs,
    profile: tuple[float, ...] | None,
) -> Reading:
    defaults, gated = backbone.defaults, backbone.defaults.ordered
    grids = [_asked_for(defaults, knobs, n) for n in (knobs.m, knobs.t)]
    if not defaults.differentiable or defaults.ordered:
        grids[1] = grids[0]
    shown = turning.together(*grids)
    near = turning.around(grids[1], knobs.step, defaults.value_range) if knobs.step else ()
    grid = turning.together(shown, near)
    how = turning.settings(knobs, panel, grid, None if profile is None else np.array(profile))
    any_grid = replace(knobs, span=(0.0, 1.0), m=1, t=1, step=0.0)
    curves = answers(backbone, panel, source, any_grid, profile).over(how.grid)
    at = turning.places(grid, shown)
    gdt = None if curves.gdt is None else curves.gdt[0]
    position, carried = panel.genes.index(source), _carried(how, len(panel))
    own, values = how.background.at(position), np.array(shown)
    if knobs.axis == "place":
        values = np.array(backbone.values_at(panel, carried, position, shown))
        own = backbone.place_of(panel, carried, position)
    return Reading(
        genes=panel.genes,
        source=position,
        own=own,
        carried=carried,
        baseline_output=curves.baseline_output,
        grid=np.array(shown),
        vvp=curves.vvp[0][at],
        gdt=None if gdt is None else gdt[at],
        at_m=turning.places(shown, grids[0]),
        at_t=turning.places(shown, grids[1]),
        differences=_differences(curves.vvp[0], grid, near) if knobs.step else None,
        axis=knobs.axis,
        values=values,
        gates=np.arange(1, len(shown) + 1) / len(shown) if gdt is not None and gated else None,
    )


def _asked_for(defaults: BackboneDefaults, knobs: Knobs, count: int) -> tuple[float, ...]:
    if knobs.axis == "place":
        return turning.shares(count)
    return turning.values(defaults, knobs.span, count)


def _carried(how: ProbeSettings, genes: int) -> np.ndarray:
    return np.array(np.broadcast_to(how.background.array(), genes), dtype=np.float64)


def _differences(vvp: np.ndarray, grid: tuple[float, ...], near: np.ndarray) -> np.ndarray:
    """Return (T, G) slopes between the two neighbours `near` (T, 2) of each value."""
    low, high = turning.places(grid, near).T
    at = np.array(grid)
    return (vvp[high] - vvp[low]) / (at[high] - at[low])[:, None]


def off_by(reading: Reading) -> tuple[float, float]:
    """Return how far differences and the exact derivative are apart at most, and that over the
    largest derivative; NaN where there are none."""
    if reading.differences is None or reading.gdt is None:
        return float("nan"), float("nan")
    exact = reading.gdt[reading.at_t]
    exact, other = (np.delete(a, reading.source, axis=1) for a in (exact, reading.differences))
    most = float(np.abs(exact - other).max())
    size = float(np.abs(exact).max())
    return most, most / size if size else float("nan")
