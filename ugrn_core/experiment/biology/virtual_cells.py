"""Virtual cells in which any genes are set to any values, and what a backbone writes for them.

As the probes make them: every other gene carries what the background gives it or, under the
readout `masked`, the mask value. One gene set to two values gives its VVP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.backbones.base import check_settings
from ugrn_core.errors import Cancelled, ComputationError, MissingDataError, OptionError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.probes.settings import check_values
from ugrn_core.probes.virtual_cell import NO_RECONSTRUCTION
from ugrn_core.types import Panel, ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

CELL_BUDGET = 8_000_000  # genes squared times cells carried in one pass
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class VirtualCells:
    """Cells of one panel. settings: background, readout, `<cls>` and precision; the grid says which
    values are usual.

    Raises OptionError where the backbone reconstructs nothing, and what `check_settings` raises.
    """

    backbone: Backbone
    panel: Panel
    settings: ProbeSettings

    def __post_init__(self) -> None:
        if not self.backbone.defaults.readouts:
            raise OptionError(NO_RECONSTRUCTION)
        check_settings(self.backbone.defaults, self.settings, self.panel)

    @property
    def masked(self) -> bool:
        """Whether all genes that are not set carry the mask value."""
        return self.settings.readout == "masked"

    @property
    def off(self) -> float:
        """The value of a gene that is not expressed: the lowest that the backbone takes."""
        return float(self.backbone.defaults.value_range[0])

    @property
    def on(self) -> float:
        """The value of a gene that is expressed: three quarters up the grid."""
        grid = sorted(self.settings.grid)
        return float(grid[(3 * (len(grid) - 1)) // 4])

    @property
    def high(self) -> float:
        """The highest value on the grid."""
        return float(max(self.settings.grid))

    def own(self, positions: np.ndarray) -> np.ndarray:
        """Return what the background gives the genes at `positions`."""
        return np.array([self.settings.background.at(int(k)) for k in positions])

    def cell(self, values: Mapping[int, float]) -> np.ndarray:
        """Return (G,): the cell in which the genes at these positions are set to these values."""
        given = self.backbone.defaults.mask_value if self.masked else None
        base = self.settings.background.array() if given is None else given
        row = np.array(np.broadcast_to(base, len(self.panel)), dtype=float)
        for at, value in values.items():
            row[at] = value
        return row

    def outputs(
        self,
        cells: np.ndarray,
        progress: Progress | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> np.ndarray:
        """Return (n, G) float64: what is written for each of `cells` (n, G), equal ones once.

        Raises GridError for values outside the backbone's range, MissingDataError without PyTorch,
        Cancelled, ComputationError.
        """
        if not backbones.can_compute():
            raise MissingDataError(backbones.NO_TORCH)
        cells = np.asarray(cells, dtype=self.settings.dtype)
        mask = self.backbone.defaults.mask_value
        check_values(self.backbone, cells[cells != mask], "Values of a virtual cell")
        different, back = np.unique(cells, axis=0, return_inverse=True)
        step = max(1, CELL_BUDGET // len(self.panel) ** 2)
        parts = []
        for start in range(0, len(different), step):
            if should_stop is not None and should_stop():
                raise Cancelled("Stopped on request.")
            parts.append(self._pass(different[start : start + step]))
            if progress is not None:
                progress(min(start + step, len(different)), len(different))
        return np.concatenate(parts)[back.ravel()]

    def _pass(self, cells: np.ndarray) -> np.ndarray:
        import torch

        s = self.settings
        told = {} if s.depth is None else {"depth": s.depth}
        with torch.no_grad():
            values = torch.from_numpy(np.ascontiguousarray(cells))
            out = self.backbone.reconstruct(
                self.panel, values, readout=s.readout, cls=s.cls, **told
            )
        out = out.double().cpu().numpy()
        if not np.isfinite(out).all():
            raise ComputationError("The reconstruction holds NaN or infinity; check the weights.")
        return out
