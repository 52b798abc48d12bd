"""The virtual cell: every gene at one baseline value, one source driven through a grid.

Letters: S sources, T grid values, G genes of the panel.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ugrn_core.backbones.forward_ad import check_settings
from ugrn_core.errors import Cancelled, ComputationError, PanelError
from ugrn_core.types import Panel, ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

POLL_SECONDS = 0.2


@dataclass(frozen=True, eq=False)
class Curves:
    """What one sweep per source gives, in the settings' dtype.

    baseline_output (G,); vvp (S, T, G): M(source := grid[t])_j - M(source := v_b)_j;
    gdt (S, T, G): d M_j / d v at v = grid[t]. Units: the backbone's value scale.
    """

    baseline_output: np.ndarray
    vvp: np.ndarray
    gdt: np.ndarray


class CurveStore(Protocol):
    """Where finished sources are kept; sources are positions in the panel."""

    def read(self, source: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Return (vvp, gdt), both (T, G); None when absent or damaged."""

    def write(self, source: int, vvp: np.ndarray, gdt: np.ndarray) -> None:
        """Keep both arrays, or neither."""

    def claim(self, source: int) -> AbstractContextManager[bool]:
        """Enter with True when nobody else computes `source`; release it on leaving."""

    def read_baseline(self) -> np.ndarray | None:
        """Return the (G,) baseline output; None when absent or damaged."""

    def write_baseline(self, output: np.ndarray) -> None:
        """Keep the (G,) baseline output."""


class _NoStore:
    """Keeps nothing: the result lives in memory only."""

    def read(self, source: int) -> None:
        return None

    def write(self, source: int, vvp: np.ndarray, gdt: np.ndarray) -> None:
        return None

    def claim(self, source: int) -> AbstractContextManager[bool]:
        return nullcontext(True)

    def read_baseline(self) -> None:
        return None

    def write_baseline(self, output: np.ndarray) -> None:
        return None


class _Run:
    """One sweep, made when the first source turns out to be missing."""

    def __init__(self, backbone: Backbone, panel: Panel, settings: ProbeSettings) -> None:
        self._backbone, self._panel, self._settings = backbone, panel, settings
        self._sweep = None

    @property
    def sweep(self):
        if self._sweep is None:
            self._sweep = self._backbone.sweep(self._panel, self._settings)
        return self._sweep

    def source(self, source: int) -> tuple[np.ndarray, np.ndarray]:
        dtype = np.dtype(self._settings.dtype)
        shape = (len(self._settings.grid), len(self._panel))
        pair = tuple(np.asarray(a, dtype=dtype) for a in self.sweep(source))
        gene = self._panel.genes[source]
        for what, array in zip(("response", "tangent"), pair):
            if array.shape != shape:
                raise ComputationError(f"The {what} of {gene} is {array.shape}, not {shape}.")
            if not np.isfinite(array).all():
                raise ComputationError(
                    f"The {what} of {gene} holds NaN or infinity; nothing of it was kept. "
                    "Check the checkpoint's weights."
                )
        return pair

    def baseline(self, store: CurveStore) -> np.ndarray:
        output = store.read_baseline()
        if output is None:
            output = np.asarray(self.sweep.baseline_output, dtype=self._settings.dtype)
            store.write_baseline(output)
        return output


def response_curves(
    backbone: Backbone,
    panel: Panel,
    sources: Sequence[str],
    settings: ProbeSettings,
    *,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    store: CurveStore | None = None,
) -> Curves:
    """Return the response of every gene to each of `sources`; one forward-mode sweep per source.

    Sources run in order; one that `store` holds already is read, not computed; a finished one is
    written at once. progress(done, total) counts sources. When should_stop() turns true between
    two sources, Cancelled is raised and what was finished stays in the store.
    Raises PanelError (no source, repeated source), UnknownGeneError, GridError, OptionError.
    """
    check_settings(backbone.defaults, settings)
    positions = source_positions(panel, sources)
    store = _NoStore() if store is None else store
    run = _Run(backbone, panel, settings)
    shape = (len(positions), len(settings.grid), len(panel))
    curves = Curves(run.baseline(store), *(np.empty(shape, settings.dtype) for _ in range(2)))
    pending = [
        (row, source)
        for row, source in enumerate(positions)
        if not _fill(curves, row, store.read(source))
    ]
    report = progress or (lambda done, total: None)
    report(len(positions) - len(pending), len(positions))
    while pending:
        waiting = []  # claimed by another process: come back when it is done, or dead
        for tried, (row, source) in enumerate(pending, 1):
            if should_stop is not None and should_stop():
                raise Cancelled("Stopped on request; the sources finished so far are kept.")
            with store.claim(source) as mine:
                if not mine:
                    waiting.append((row, source))
                    continue
                if not _fill(curves, row, store.read(source)):
                    pair = run.source(source)
                    store.write(source, *pair)
                    _fill(curves, row, pair)
            left = len(waiting) + len(pending) - tried
            report(len(positions) - left, len(positions))
        if len(waiting) == len(pending):
            time.sleep(POLL_SECONDS)
        pending = waiting
    return curves


def source_positions(panel: Panel, sources: Sequence[str]) -> list[int]:
    """Return the panel positions of `sources`; raise PanelError when empty or repeated."""
    if not sources:
        raise PanelError("A probe needs at least one source gene; none came. Name a regulator.")
    twice = [gene for gene, times in Counter(sources).items() if times > 1]
    if twice:
        shown = ", ".join(repr(g[:40]) for g in twice[:5])
        raise PanelError(f"Name each source gene once; {shown} came more than once.")
    return [int(p) for p in panel.positions(tuple(sources))]


def _fill(curves: Curves, row: int, pair: tuple[np.ndarray, np.ndarray] | None) -> bool:
    if pair is None:
        return False
    curves.vvp[row], curves.gdt[row] = pair
    return True
