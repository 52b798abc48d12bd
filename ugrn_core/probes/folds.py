"""A sweep whose targets are masked a part at a time, beside genes that carry their profile.

A network trained to restore masked genes from those it is shown is asked just that: under a
`Profile` with folds K, K sweeps read a K-th of the genes each, the ones that are masked in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.backbones.base import Sweep
from ugrn_core.errors import OptionError
from ugrn_core.types import Panel, ProbeSettings, Profile

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone


def open_sweep(backbone: Backbone, panel: Panel, settings: ProbeSettings) -> Sweep:
    """Return the sweep of `settings`: the backbone's own, or one for every part of a profile that
    is masked in parts. Raises OptionError where the backbone cannot be read so."""
    background = settings.background
    if isinstance(background, Profile) and background.folds:
        return FoldedSweep(backbone, panel, settings)
    return backbone.sweep(panel, settings)


def folds_offered(backbone: Backbone) -> bool:
    """Return whether a backbone can be read in parts: it masks, and reads genes that it is shown,
    both with the same network."""
    return {"masked", "visible"} <= set(backbone.defaults.readouts)


class FoldedSweep:
    """`base.Sweep`: every target's response and tangent from the cell in which its part is masked.

    The source itself is never masked: in the cells of its own part it carries the grid's value.
    """

    def __init__(self, backbone: Backbone, panel: Panel, settings: ProbeSettings) -> None:
        """Raises OptionError for a backbone that does not offer both readouts."""
        if not folds_offered(backbone):
            raise OptionError(
                "To mask a part of the genes beside others that are shown, a backbone must offer "
                "the readouts masked and visible; this one does not. Leave the parts out."
            )
        profile, mask = settings.background, backbone.defaults.mask_value
        self._folds = profile.folds
        # `masked` and `visible` run the same network: a masked gene is one that carries the mask.
        shown = [profile.part(k, mask) for k in range(self._folds)]
        self._parts = [
            backbone.sweep(panel, replace(settings, readout="visible", background=p)) for p in shown
        ]
        self.baseline_output = self._joined([part.baseline_output for part in self._parts])

    @property
    def between(self) -> Callable[[], None]:
        """See `base.Sweep.between`."""
        return self._parts[0].between

    @between.setter
    def between(self, call: Callable[[], None]) -> None:
        for part in self._parts:
            part.between = call

    def __call__(self, source: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return (response, tangent), both (T, G); see `base.Sweep`."""
        responses, tangents = zip(*(part(source) for part in self._parts))
        if tangents[0] is None:
            return self._joined(responses), None
        return self._joined(responses), self._joined(tangents)

    def _joined(self, outputs: list[np.ndarray] | tuple[np.ndarray, ...]) -> np.ndarray:
        """Return (..., G), every gene from the output of its own part."""
        joined = np.empty_like(outputs[0])
        for fold, output in enumerate(outputs):
            joined[..., fold :: self._folds] = output[..., fold :: self._folds]
        return joined
