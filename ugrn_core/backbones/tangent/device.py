"""Where a sweep computes: the processor or a CUDA device, always in full float32 precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from ugrn_core.errors import OptionError

CPU_TOKENS = 1600  # tokens of all cells computed at once: what the caches bear
CPU_NUMBERS = 400_000  # of their vectors: a narrow model may have more tokens, its calls cost most
MEMORY_SHARE = 0.5  # of a device's free memory a batch may take; weights and base cell need some
FLOATS = 40  # of the width, that one token of a cell takes in buffers and passing results


def open_device(name: str) -> torch.device:
    """Return the device called `name`: cpu, cuda, cuda:1, or auto (cuda where there is one).

    Raises OptionError for any other name and for a device that is not there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()):
        raise OptionError(f"The device is cpu, cuda, cuda:N or auto; '{name[:40]}' came.")
    there = torch.cuda.device_count() if kind == "cuda" else 1
    if int(number or 0) >= there:
        raise OptionError(
            f"There is no device '{name[:40]}' here: PyTorch sees {there} CUDA devices. "
            "Set UGRN_DEVICE=cpu, or install a CUDA build of PyTorch."
        )
    return torch.device(name)


def tokens_at_once(device: torch.device, width: int, inner: int, scalar: int) -> int:
    """Return how many tokens, of all cells together, a sweep computes at once on `device`.

    width, inner: of the model and its feed-forward part; scalar: bytes of a number.
    """
    if device.type != "cuda":
        return max(CPU_TOKENS, CPU_NUMBERS // width)
    free, _ = torch.cuda.mem_get_info(device)
    return max(1, int(MEMORY_SHARE * free / (scalar * (FLOATS * width + 4 * inner))))


@contextmanager
def full_precision() -> Iterator[None]:
    """Compute float32 products in float32: TF32 or bfloat16 would ruin both probes."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


class Host:
    """Brings results of one shape to the processor, through a pinned buffer if from CUDA."""

    def __init__(self) -> None:
        self._buffer: Tensor | None = None

    def __call__(self, x: Tensor) -> Tensor:
        """Return `x` on the processor; the next call may overwrite it when `x` is elsewhere."""
        if x.device.type != "cuda":
            return x
        if self._buffer is None or self._buffer.shape != x.shape:
            self._buffer = torch.empty(x.shape, dtype=x.dtype, pin_memory=True)
        self._buffer.copy_(x, non_blocking=True)
        torch.cuda.current_stream(x.device).synchronize()
        return self._buffer
