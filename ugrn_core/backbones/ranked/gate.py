"""Geneformer's sweep: exact responses, place by place, and the derivative by a presence gate.

Design notes models-fetch.md 1.4. Letters: T values of the grid, G genes of the panel.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.base import go_on
from ugrn_core.backbones.tangent.sweep import check_finite
from ugrn_core.backbones.value_sweep import check_source
from ugrn_core.errors import GridError
from ugrn_core.types import Panel, ProbeSettings


class QueueBackbone(Protocol):
    """A backbone that reads a cell as a queue, and takes a presence gate."""

    def sequences(self, panel: Panel, values: np.ndarray) -> tuple[list[list[int]], np.ndarray]: ...

    def values_at(
        self, panel: Panel, cell: np.ndarray, source: int, shares: tuple[float, ...]
    ) -> tuple[float, ...]: ...

    def reconstruct(
        self,
        panel: Panel,
        values: Tensor,
        readout: str = "visible",
        cls: float | None = None,
        targets: Tensor | None = None,
    ) -> Tensor: ...

    def gate_slopes(
        self, panel: Panel, cell: Tensor, source: int, shares: Tensor, readout: str
    ) -> Tensor: ...


class GateSweep:
    """`base.Sweep` of a backbone that reads places in a queue.

    Responses are by the value; tangent[t] is the derivative by the presence gate at (t + 1) / T,
    with the source as in the background, 0 where it is absent there.
    """

    def __init__(self, backbone: QueueBackbone, panel: Panel, settings: ProbeSettings) -> None:
        """Raises GridError for a baseline of 0: in an empty cell there is nobody to respond."""
        if not any(value > 0 for value in settings.background.values):
            raise GridError(
                "At a baseline of 0 every gene is absent, and the cell empty. Give a baseline "
                "above 0: which, does not matter, for the order of the genes is the same."
            )
        self._backbone, self._panel, self._settings = backbone, panel, settings
        self.between = go_on
        self._dtype = getattr(torch, settings.dtype)
        with torch.no_grad():
            output = self._run(self._cells(0, (settings.background.at(0),)))[0]
        self.baseline_output: np.ndarray = output.numpy()

    def __call__(self, source: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (response, tangent), both (T, G), of the source at position `source`."""
        source = check_source(source, len(self._panel))
        with torch.inference_mode(False), torch.no_grad():
            response = self._responses(source).numpy()
            self.between()
            tangent = self._gates(source).numpy()
        check_finite(source, response, tangent)
        return response, tangent

    def _responses(self, source: int) -> Tensor:
        """Return (T, G); values that put the source at one place are computed once, so that without
        a jump the response is 0 to the last digit."""
        own, values = self._settings.background.at(source), self._settings.grid
        if self._settings.axis == "place":
            cell = self._cells(source, (own,))[0].numpy()
            values = self._backbone.values_at(self._panel, cell, source, values)
        cells = self._cells(source, (*values, own))
        orders, _ = self._backbone.sequences(self._panel, cells.numpy())
        first: dict[tuple[int, ...], int] = {}
        places = [first.setdefault(tuple(order), len(first)) for order in orders]
        firsts = [places.index(k) for k in range(len(first))]
        values = self._run(cells[firsts])[places]
        return values[:-1] - values[-1]

    def _gates(self, source: int) -> Tensor:
        """Return (T, G): the derivatives by the gate at 1/T, 2/T, ..., 1."""
        steps, own = len(self._settings.grid), self._settings.background.at(source)
        if own <= 0:
            return torch.zeros(steps, len(self._panel), dtype=self._dtype)
        cell = self._cells(source, (own,))[0].to(self._dtype)
        shares = torch.arange(1, steps + 1, dtype=self._dtype) / steps
        return self._backbone.gate_slopes(self._panel, cell, source, shares, self._settings.readout)

    def _cells(self, source: int, values: tuple[float, ...]) -> Tensor:
        carried = self._settings.background.array()
        cells = torch.from_numpy(np.broadcast_to(carried, len(self._panel)).astype(np.float64))
        cells = cells.repeat(len(values), 1)
        cells[:, source] = torch.tensor(values, dtype=torch.float64)
        return cells

    def _run(self, cells: Tensor) -> Tensor:
        return self._backbone.reconstruct(
            self._panel, cells.to(self._dtype), self._settings.readout
        )
