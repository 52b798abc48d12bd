"""Virtual value perturbation: e_m = M(v_b everywhere, i := v_m)_j - M(v_b everywhere)_j."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ugrn_core.probes.base import ProbeRequest, grid_steps, require_applies, tensor
from ugrn_core.types import ProbeTensor


@dataclass(frozen=True)
class VVP:
    """The response curve of target j to source i (Qi et al. 2026); K = grid values.

    values: a subset of the settings' grid, for ablations; None takes all.
    """

    name: ClassVar[str] = "vvp"
    title: ClassVar[str] = "VVP"
    needs_profile: ClassVar[bool] = False
    is_score: ClassVar[bool] = False
    needs_reconstruction: ClassVar[bool] = True

    values: tuple[float, ...] | None = None

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return (S, K, G) responses on the backbone's value scale."""
        require_applies(self, request.backbone.defaults)
        steps = grid_steps(request.settings.grid, self.values)
        vvp = request.curves.vvp
        return tensor(self, request, vvp if self.values is None else vvp[:, steps])
