"""The virtual cell that was opened last, kept: who turns the grid or, where all others are masked,
the baseline asks of the same cell again, and opening it takes as long as asking.
"""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.backbones.base import SharesCell, Sweep, check_settings
from ugrn_core.probes.folds import open_sweep
from ugrn_core.types import Panel, ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone


class KeptSweep:
    """One backbone and panel; who asks waits for who asks already."""

    def __init__(self, backbone: Backbone, panel: Panel) -> None:
        self._backbone, self._panel = backbone, panel
        self._lock = Lock()
        self._sweep: Sweep | None = None

    def ask(
        self, source: str, settings: ProbeSettings
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return baseline output (G,), response and tangent (T, G) of a source, tangent None
        without a derivative; raise what opening and asking a sweep raise."""
        (position,) = self._panel.positions([source]).tolist()
        with self._lock:
            sweep = self._opened(settings)
            return sweep.baseline_output, *sweep(position)

    def _opened(self, settings: ProbeSettings) -> Sweep:
        check_settings(self._backbone.defaults, settings, self._panel)
        same = self._sweep.over(settings) if isinstance(self._sweep, SharesCell) else None
        self._sweep = same or open_sweep(self._backbone, self._panel, settings)
        return self._sweep


@lru_cache(maxsize=2)
def kept_sweep(backbone: Backbone, panel: Panel) -> KeptSweep:
    """Return the sweep kept of a backbone and a panel, the same object while they are asked."""
    return KeptSweep(backbone, panel)
