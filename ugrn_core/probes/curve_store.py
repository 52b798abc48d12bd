"""What a run of the virtual cell needs of a place that keeps its results.

`jobs.store.ProbeStore` is such a place on disk; parts of one level do not import each other.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import numpy as np


class CurveStore(Protocol):
    """Where finished sources are kept; sources are positions in the panel. gdt is None where the
    backbone has no derivative."""

    def read(self, source: int) -> tuple[np.ndarray, np.ndarray | None] | None:
        """Return (vvp, gdt), both (T, G); None when absent or damaged."""

    def write(self, source: int, vvp: np.ndarray, gdt: np.ndarray | None) -> None:
        """Keep all that is given, or nothing."""

    def claim(self, source: int) -> AbstractContextManager[bool]:
        """Enter with True when nobody else computes `source`; release it on leaving."""

    def read_baseline(self) -> np.ndarray | None:
        """Return the (G,) baseline output; None when absent or damaged."""

    def write_baseline(self, output: np.ndarray) -> None:
        """Keep the (G,) baseline output."""


class NoStore:
    """Keeps nothing: the result lives in memory only."""

    def read(self, source: int) -> None:
        return None

    def write(self, source: int, vvp: np.ndarray, gdt: np.ndarray | None) -> None:
        return None

    def claim(self, source: int) -> AbstractContextManager[bool]:
        return nullcontext(True)

    def read_baseline(self) -> None:
        return None

    def write_baseline(self, output: np.ndarray) -> None:
        return None
