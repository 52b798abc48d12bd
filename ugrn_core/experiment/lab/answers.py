"""What was answered to one question so far, value by value: who turns a knob of the grid asks for
some values anew, and only those are computed.

Letters: N values, G genes of the panel.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.experiment.lab import knobs as turning
from ugrn_core.experiment.lab.kept_sweep import kept_sweep
from ugrn_core.experiment.lab.knobs import Knobs
from ugrn_core.probes.virtual_cell import Curves
from ugrn_core.types import Panel

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

MOST_VALUES = 96  # kept of one question; beyond that it begins anew


class Answers:
    """The responses of all genes to one source at the values that were asked for so far."""

    def __init__(
        self,
        backbone: Backbone,
        panel: Panel,
        source: str,
        knobs: Knobs,
        profile: tuple[float, ...] | None,
    ) -> None:
        self._cell, self._source = (backbone, panel), source
        self._knobs, self._profile = knobs, profile
        self._at: dict[float, tuple[np.ndarray, np.ndarray | None]] = {}
        self._baseline_output = np.empty(0)

    def over(self, grid: tuple[float, ...]) -> Curves:
        """Return the curves over `grid`, S = 1; raise what `KeptSweep.ask` does."""
        known = dict(self._at)  # another session may add to it meanwhile
        new = tuple(value for value in grid if value not in known)
        if new:
            how = turning.settings(self._knobs, self._cell[1], new, self._array())
            baseline, response, tangent = kept_sweep(*self._cell).ask(self._source, how)
            gdt = [None] * len(new) if tangent is None else tangent
            known |= dict(zip(new, zip(response, gdt)))
            self._baseline_output = baseline
            self._at = known if len(known) <= MOST_VALUES else {v: known[v] for v in grid}
        vvp, gdt = zip(*(known[value] for value in grid))
        slopes = None if gdt[0] is None else np.stack(gdt)[None]
        return Curves(self._baseline_output, np.stack(vvp)[None], slopes)

    def _array(self) -> np.ndarray | None:
        return None if self._profile is None else np.array(self._profile)


@lru_cache(maxsize=24)
def answers(
    backbone: Backbone,
    panel: Panel,
    source: str,
    knobs: Knobs,
    profile: tuple[float, ...] | None,
) -> Answers:
    """Return the answers to one question, the same object as long as questions like it are asked.

    knobs: what they say of the grid (span, m, t, step) must be the same in all of its calls.
    """
    return Answers(backbone, panel, source, knobs, profile)
