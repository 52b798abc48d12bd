"""Perturbation of real profiles: M(x)_j - M(x with x_i := 0)_j (the paper's Pert)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ugrn_core.errors import Cancelled, ComputationError, OptionError
from ugrn_core.probes.base import ProbeRequest, require_applies, tensor
from ugrn_core.types import ProbeTensor

ATTENTION_FLOATS = 2**25  # tokens^2 x cells per batch: bounds the explicit attention's memory


@dataclass(frozen=True)
class Perturbation:
    """The effect on target j of setting source i to zero, signed; mean over cells.

    The token of a zeroed gene is kept. Under the readout `masked` every gene but the source
    carries the mask value, so the profile enters through the source alone. A backbone with a
    perturbation of its own (Geneformer: the gene leaves the cell, and what counts is how far hidden
    vectors move, unsigned) is read that way. batch: cells per forward pass; None chooses by size.
    overexpress: put the source first instead, for backbones that have such a perturbation.
    """

    name: ClassVar[str] = "pert"
    title: ClassVar[str] = "Perturbation"
    needs_profile: ClassVar[bool] = True
    is_score: ClassVar[bool] = True
    needs_reconstruction: ClassVar[bool] = True

    batch: int | None = None
    overexpress: bool = False

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return (S, 1, G) differences on the backbone's value scale."""
        require_applies(self, request.backbone.defaults)
        cells, passes = request.cells(), f"knock-outs, {self.batch}, {self.overexpress}"
        if passes not in request.shared:  # signed and absolute effects are of the same passes
            effects = (self._effects(request, cell) for cell in cells)
            request.shared[passes] = sum(effects) / len(cells)
        effect = request.shared[passes]
        return tensor(self, request, self._reduce(effect)[:, None, :].astype(cells.dtype))

    def _reduce(self, effect: np.ndarray) -> np.ndarray:
        return effect

    def _effects(self, request: ProbeRequest, cell: np.ndarray) -> np.ndarray:
        """Return (S, G) float64 effects in one cell."""
        own = getattr(request.backbone, "perturb", None)
        if own is not None:
            return np.concatenate([self._own(request, own, cell, k) for k in request.positions])
        if self.overexpress:
            raise OptionError(
                f"The backbone '{request.backbone.name}' has no over-expression of its own. "
                "Drive the gene up the grid instead (vvp)."
            )
        masked = request.settings.readout == "masked"
        mask = request.backbone.defaults.mask_value
        step = self.batch or max(1, ATTENTION_FLOATS // (len(cell) + 1) ** 2)
        whole = None if masked else _reconstruct(request, cell[None])
        effect = np.zeros((len(request.positions), len(cell)))
        # A source at zero has no effect by definition: no pass, and no rounding noise in its row.
        rows = np.flatnonzero(cell[request.positions] != 0)
        for start in range(0, len(rows), step):
            if request.should_stop is not None and request.should_stop():
                raise Cancelled("Stopped on request.")
            part = rows[start : start + step]
            sources, b = request.positions[part], np.arange(len(part))
            values = np.tile(np.full_like(cell, mask) if masked else cell, (len(part), 1))
            values[b, sources] = 0
            knocked = _reconstruct(request, values)
            if masked:
                values[b, sources] = cell[sources]
                whole = _reconstruct(request, values)
            effect[part] = whole - knocked
        return effect

    def _own(
        self, request: ProbeRequest, perturb: Callable, cell: np.ndarray, source: int
    ) -> np.ndarray:
        """Return (1, G): the backbone's own deletion, or over-expression, of one source."""
        if request.should_stop is not None and request.should_stop():
            raise Cancelled("Stopped on request.")
        return perturb(request.panel, cell, np.array([source]), self.overexpress)


@dataclass(frozen=True)
class AbsolutePerturbation(Perturbation):
    """The size of the same mean effect, its sign dropped."""

    name: ClassVar[str] = "pert-abs"
    title: ClassVar[str] = "Perturbation, absolute"

    def _reduce(self, effect: np.ndarray) -> np.ndarray:
        return np.abs(effect)


def _reconstruct(request: ProbeRequest, values: np.ndarray) -> np.ndarray:
    """Return the (B, G) float64 reconstruction of `values` (B, G)."""
    import torch

    s = request.settings
    told = {} if s.depth is None else {"depth": s.depth}
    with torch.no_grad():
        out = request.backbone.reconstruct(
            request.panel, torch.from_numpy(values), readout=s.readout, cls=s.cls, **told
        )
    out = out.double().cpu().numpy()
    if not np.isfinite(out).all():
        raise ComputationError("The reconstruction holds NaN or infinity; check the weights.")
    return out
