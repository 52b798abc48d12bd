"""The generic exact sweep: forward-mode differentiation of any backbone's `reconstruct`."""

from __future__ import annotations

import threading

import torch
from torch import Tensor
from torch.autograd import forward_ad

from ugrn_core.backbones.value_sweep import ValueSweep
from ugrn_core.errors import ComputationError

# torch keeps one forward-mode level for the whole process: a second thread would be refused.
_LEVEL = threading.Lock()


class ForwardADSweep(ValueSweep):
    """`base.Sweep` through torch.autograd.forward_ad: one pass per value, all targets at once."""

    def _pass(self, source: int, values: tuple[float, ...]) -> tuple[Tensor, Tensor]:
        cells = self._cells(source, values)
        direction = torch.zeros_like(cells)
        direction[:, source] = 1
        with _LEVEL, forward_ad.dual_level():
            output = self._reconstruct(forward_ad.make_dual(cells, direction))
            value, tangent = forward_ad.unpack_dual(output)
            if tangent is None:
                raise ComputationError(
                    f"The backbone '{self._backbone.name}' lost the derivative on the way. "
                    "Its reconstruct() must be differentiable in the values."
                )
            return value.clone(), tangent.clone()
