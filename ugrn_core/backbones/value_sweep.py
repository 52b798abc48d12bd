"""The generic sweep: any backbone's `reconstruct`, values only, one cell a value."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.base import Backbone, check_settings, go_on
from ugrn_core.errors import ComputationError, PanelError
from ugrn_core.types import Panel, ProbeSettings

CELL_BUDGET = 2_000_000  # genes squared times cells carried in one pass


class ValueSweep:
    """`base.Sweep` of a backbone without derivative: responses, and None for every tangent."""

    def __init__(self, backbone: Backbone, panel: Panel, settings: ProbeSettings) -> None:
        """Raises GridError, PanelError or OptionError for settings the backbone does not take."""
        check_settings(backbone.defaults, settings, panel)
        self.between = go_on
        self._backbone = backbone
        self._panel = panel
        self._settings = settings
        self._dtype = getattr(torch, settings.dtype)
        masked = settings.readout == "masked"
        carried = backbone.defaults.mask_value if masked else settings.background.array()
        self._background = torch.from_numpy(np.broadcast_to(carried, len(panel)).astype(np.float64))
        with torch.inference_mode(False), torch.no_grad():
            output = self._reconstruct(self._cells(0, (self._background[0].item(),)))[0]
        self.baseline_output: np.ndarray = output.numpy()
        _require_finite(self.baseline_output)

    def __call__(self, source: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return (response, tangent), both (T, G); see `base.Sweep`. Raises PanelError for a
        source outside the panel, ComputationError when a result is not finite."""
        source = check_source(source, len(self._panel))
        grid = self._settings.grid
        step = max(1, CELL_BUDGET // len(self._panel) ** 2)
        with torch.inference_mode(False), torch.no_grad():
            parts = []
            for k in range(0, len(grid), step):
                parts.append(self._pass(source, grid[k : k + step]))
                self.between()
            # Under `masked` this cell differs from the baseline's: here the source is shown.
            own = self._settings.background.at(source)
            at_baseline = self._reconstruct(self._cells(source, (own,)))
        values, tangents = zip(*parts)
        response = (torch.cat(values) - at_baseline).numpy()
        _require_finite(response)
        if tangents[0] is None:
            return response, None
        tangent = torch.cat(tangents).numpy()
        _require_finite(tangent)
        return response, tangent

    def _cells(self, source: int, values: tuple[float, ...]) -> Tensor:
        cells = self._background.to(self._dtype).repeat(len(values), 1)
        cells[:, source] = torch.tensor(values, dtype=self._dtype)
        return cells

    def _pass(self, source: int, values: tuple[float, ...]) -> tuple[Tensor, Tensor | None]:
        """Return the (n, G) reconstruction of n cells, and its tangent where there is one."""
        return self._reconstruct(self._cells(source, values)), None

    def _reconstruct(self, cells: Tensor) -> Tensor:
        s = self._settings
        told = {} if s.depth is None else {"depth": s.depth}
        return self._backbone.reconstruct(self._panel, cells, readout=s.readout, cls=s.cls, **told)


def check_source(source: int, genes: int) -> int:
    """Return `source` as int; raise PanelError unless it is a position in a panel of `genes`."""
    if not 0 <= source < genes:
        raise PanelError(
            f"The source must be a position from 0 to {genes - 1} of the panel; {source} came."
        )
    return int(source)


def _require_finite(values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise ComputationError(
            "The backbone returned values that are not finite. Use smaller values, or float64."
        )
