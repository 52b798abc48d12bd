"""Memory that a sweep's rounds use in turn: what one has done with, the next may have."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from torch import Tensor

ROWS = 512  # tokens at once in float64: copies of all would be the peak of memory


class Buffers:
    """Buffers by name, of the dtype and device of `like`; each is as large as its largest use."""

    def __init__(self, like: Tensor) -> None:
        self.like = like
        self._kept: dict[str, Tensor] = {}

    def __call__(self, name: str, *shape: int) -> Tensor:
        """Return buffer `name` in `shape`, not initialised; it shares memory with every other of
        that name."""
        size = prod(shape)
        if name not in self._kept or len(self._kept[name]) < size:
            self._kept[name] = self.like.new_empty(size)
        return self._kept[name][:size].view(shape)


def chunks(tokens: int, cells: int = 1) -> Iterator[slice]:
    """Yield slices that cover `tokens` rows of `cells` each, some at a time."""
    rows = max(1, ROWS // cells)
    return (slice(top, min(top + rows, tokens)) for top in range(0, tokens, rows))
