"""The generic exact sweep: forward-mode differentiation of any backbone's `reconstruct`."""

from __future__ import annotations

import threading
from collections.abc import Callable

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
        try:
            return push_forward(self._reconstruct, cells, direction)
        except LostTangent as error:
            raise ComputationError(
                f"The backbone '{self._backbone.name}' lost the derivative on the way. "
                "Its reconstruct() must be differentiable in the values."
            ) from error


def push_forward(
    function: Callable[[Tensor], Tensor], at: Tensor, direction: Tensor
) -> tuple[Tensor, Tensor]:
    """Return function(at) and its derivative along `direction`; raise LostTangent if it has none.

    One at a time in a process; without torch.no_grad a graph is kept for reverse mode too.
    """
    with _LEVEL, forward_ad.dual_level():
        output = function(forward_ad.make_dual(at, direction))
        value, tangent = forward_ad.unpack_dual(output)
        if tangent is None:
            raise LostTangent("the output does not depend on the input, for all torch can tell")
        return value.clone(), tangent.clone()


class LostTangent(ComputationError):
    """A function that should have a forward-mode derivative and has none."""
