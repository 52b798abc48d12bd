"""x @ weight', by the fastest float32 kernel this machine has.

torch.mm goes through MKL, which leaves half of an AMD core's vector width unused; oneDNN, which
torch carries too, generates code for the core at hand. Measured on a Zen 5 core: 90 against 190
GFLOP/s. On Intel's own cores MKL is a tenth ahead: 129 against 118 GFLOP/s on a Xeon at 2.5 GHz.
The choice depends on machine and dtype only, never on a timing, so results repeat.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

# Multiplications of one product up to which a call of oneDNN costs more than it saves: many small
# products at once take 66 to 82 GFLOP/s by torch.bmm, 14 to 24 one by one (100 x 16 x 100 to
# 100 x 32 x 100, Zen 4).
SMALL = 3_000_000
Product = Callable[[Tensor, Tensor, "Tensor | None"], Tensor]


def product_for(like: Tensor) -> Product:
    """Return f(x, weight, out) for tensors of the dtype and device of `like`.

    f returns x @ weight' for contiguous x (..., K), weight (N, K); or, for x (g, M, K) and
    weight (g, N, K), g products. `out` may be used for the result, or not.
    """
    return _by_onednn if _onednn_wins(like) else _by_torch


def _onednn_wins(like: Tensor) -> bool:
    return (
        like.dtype == torch.float32
        and like.device.type == "cpu"
        and torch.backends.mkldnn.is_available()
        and torch.backends.mkldnn.enabled
        and "AVX512" in torch.backends.cpu.get_cpu_capability()
        and not (torch.backends.mkl.is_available() and _of_intel())
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
    )


@lru_cache(maxsize=1)
def _of_intel() -> bool:
    known = Path("/proc/cpuinfo")  # Linux; elsewhere the platform's word
    return "GenuineIntel" in (known.read_text() if known.exists() else platform.processor())


def _by_torch(x: Tensor, weight: Tensor, out: Tensor | None = None) -> Tensor:
    if weight.dim() == 3:
        return torch.bmm(x, weight.transpose(1, 2), out=out)
    return torch.matmul(x, weight.T, out=out)


def _by_onednn(x: Tensor, weight: Tensor, out: Tensor | None = None) -> Tensor:
    if x.shape[-2] * weight.shape[-2] * weight.shape[-1] <= SMALL:
        return _by_torch(x, weight, out)
    if weight.dim() == 2:
        return torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")
    if len(weight) == 1:
        return _by_onednn(x[0], weight[0])[None]
    return torch.stack([_by_onednn(a, b) for a, b in zip(x, weight, strict=True)])
