"""Gradient trajectory: e_t = d M(v_b everywhere, i := v_t)_j / d v_i."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ugrn_core.probes.base import ProbeRequest, grid_steps, require_applies, tensor
from ugrn_core.types import ProbeTensor


@dataclass(frozen=True)
class GDT:
    """The exact derivative of target j by source i along the grid (Qi et al. 2026); K = values.

    values: a subset of the settings' grid, for ablations; None takes all.
    """

    name: ClassVar[str] = "gdt"
    title: ClassVar[str] = "GDT"
    needs_profile: ClassVar[bool] = False
    is_score: ClassVar[bool] = False
    needs_reconstruction: ClassVar[bool] = True
    needs_derivative: ClassVar[bool] = True

    values: tuple[float, ...] | None = None

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return (S, K, G) derivatives, dimensionless (output scale per input scale)."""
        require_applies(self, request.backbone.defaults)
        steps = grid_steps(request.settings.grid, self.values)
        gdt = request.curves.gdt
        return tensor(self, request, gdt if self.values is None else gdt[:, steps])
