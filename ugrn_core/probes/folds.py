"""A sweep whose targets are masked a part at a time, beside genes that carry their profile.

A network trained to restore masked genes from those it is shown is asked just that: under a
`Profile` with folds K, K sweeps read a K-th of the genes each, the ones that are masked in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.backbones.base import ReadsFew, Sweep
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
        self._genes = len(panel)
        outputs = enumerate(part.baseline_output for part in self._parts)
        self.baseline_output = self._joined([o[k :: self._folds] for k, o in outputs])

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
        responses, tangents = zip(*(self._part(fold, source) for fold in range(self._folds)))
        if tangents[0] is None:
            return self._joined(responses), None
        return self._joined(responses), self._joined(tangents)

    def _part(self, fold: int, source: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return response and tangent of the genes of part `fold`."""
        sweep, genes = self._parts[fold], range(self._genes)[fold :: self._folds]
        if isinstance(sweep, ReadsFew):
            return sweep.at(source, genes)
        response, tangent = sweep(source)
        return response[:, genes], None if tangent is None else tangent[:, genes]

    def _joined(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Return (..., G) from what `parts` hold of the genes of every part."""
        joined = np.empty((*parts[0].shape[:-1], self._genes), parts[0].dtype)
        for fold, genes in enumerate(parts):
            joined[..., fold :: self._folds] = genes
        return joined
