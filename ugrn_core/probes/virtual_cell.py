"""The virtual cell: every gene at its background value, one source driven through a grid.

Letters: S sources, T grid values, G genes of the panel.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.backbones.base import ReadsFew, check_settings
from ugrn_core.errors import Cancelled, ComputationError, OptionError
from ugrn_core.probes.curve_store import CurveStore, NoStore
from ugrn_core.probes.folds import open_sweep
from ugrn_core.probes.settings import source_positions
from ugrn_core.types import Panel, ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

POLL_SECONDS = 0.2
NO_RECONSTRUCTION = (
    "This backbone reconstructs no expression, so there is nothing to sweep. Read its gene "
    "embeddings or its attention instead."
)
Pair = tuple[np.ndarray, np.ndarray | None]  # (vvp, gdt), both (T, G)


@dataclass(frozen=True, eq=False)
class Curves:
    """What one sweep per source gives, in the settings' dtype.

    baseline_output (G,); vvp (S, T, G): M(source := grid[t])_j - M(source := b)_j, b what the
    background gives the source; gdt (S, T, G): d M_j / d v at v = grid[t], None where the backbone
    has no derivative. Units: the backbone's value scale.
    """

    baseline_output: np.ndarray
    vvp: np.ndarray
    gdt: np.ndarray | None


@dataclass(frozen=True)
class Watch:
    """How a run is followed: progress(done, total) counts sources, should_stop() ends it between
    two sources, and between two values of one."""

    progress: Callable[[int, int], None] = lambda done, total: None
    should_stop: Callable[[], bool] = lambda: False

    def check(self) -> None:
        """Raise Cancelled when asked to stop."""
        if self.should_stop():
            raise Cancelled("Stopped on request; the sources finished so far are kept.")


def response_curves(
    backbone: Backbone,
    panel: Panel,
    sources: Sequence[str],
    settings: ProbeSettings,
    store: CurveStore | None = None,
    *,
    watch: Watch | None = None,
) -> Curves:
    """Return the response of every gene to each of `sources`; one forward-mode sweep per source.

    Sources run in order; one that `store` holds already is read, not computed; a finished one is
    written at once. When asked to stop, Cancelled is raised and the store keeps what was finished.
    Raises PanelError (no source, repeated source), UnknownGeneError, GridError, OptionError.
    """
    if not backbone.defaults.readouts:
        raise OptionError(NO_RECONSTRUCTION)
    check_settings(backbone.defaults, settings, panel)
    positions = source_positions(panel, sources)
    watch = watch or Watch()
    run = _Run(backbone, panel, settings, NoStore() if store is None else store, watch)
    shape = (len(positions), len(settings.grid), len(panel))
    gdt = np.empty(shape, settings.dtype) if backbone.defaults.differentiable else None
    curves = Curves(run.baseline(), np.empty(shape, settings.dtype), gdt)
    run.fill(curves, positions)
    return curves


def curves_at(
    backbone: Backbone, panel: Panel, source: str, targets: Sequence[str], settings: ProbeSettings
) -> Pair:
    """Return VVP and GDT of one source at a few targets, (T, R) each, GDT None without a
    derivative: what `response_curves` gives of them, in less time where the backbone's sweep
    computes a few targets alone. Nothing is kept.

    Raises UnknownGeneError, GridError, OptionError.
    """
    check_settings(backbone.defaults, settings, panel)
    sweep = open_sweep(backbone, panel, settings)
    (i,), at = panel.positions([source]).tolist(), panel.positions(list(targets)).tolist()
    if isinstance(sweep, ReadsFew):
        return sweep.at(i, at)
    response, tangent = sweep(i)
    return response[:, at], None if tangent is None else tangent[:, at]


class _Run:
    """One sweep, made when the first source turns out to be missing; S rows of curves to fill."""

    def __init__(
        self,
        backbone: Backbone,
        panel: Panel,
        settings: ProbeSettings,
        store: CurveStore,
        watch: Watch,
    ) -> None:
        self._backbone, self._panel, self._settings = backbone, panel, settings
        self._store, self._watch = store, watch
        self._sweep = None

    @property
    def sweep(self):
        if self._sweep is None:
            self._sweep = open_sweep(self._backbone, self._panel, self._settings)
            self._sweep.between = self._watch.check
        return self._sweep

    def source(self, source: int) -> Pair:
        dtype = np.dtype(self._settings.dtype)
        shape = (len(self._settings.grid), len(self._panel))
        response, tangent = self.sweep(source)
        if not self._backbone.defaults.differentiable:
            tangent = None
        elif tangent is None:
            raise ComputationError(
                f"The backbone '{self._backbone.name}' says it is differentiable and gives no "
                "derivative. Its adapter is wrong."
            )
        pair = tuple(None if a is None else np.asarray(a, dtype) for a in (response, tangent))
        gene = self._panel.genes[source]
        for what, array in zip(("response", "tangent"), pair):
            if array is None:
                continue
            if array.shape != shape:
                raise ComputationError(f"The {what} of {gene} is {array.shape}, not {shape}.")
            if not np.isfinite(array).all():
                raise ComputationError(
                    f"The {what} of {gene} holds NaN or infinity; nothing of it was kept. "
                    "Check the checkpoint's weights."
                )
        return pair

    def baseline(self) -> np.ndarray:
        output = self._store.read_baseline()
        if output is None:
            output = np.asarray(self.sweep.baseline_output, dtype=self._settings.dtype)
            self._store.write_baseline(output)
        return output

    def fill(self, curves: Curves, positions: Sequence[int]) -> None:
        watch, total = self._watch, len(positions)
        rows = list(enumerate(positions))
        pending = [at for at in rows if not _put(curves, at[0], self._store.read(at[1]))]
        watch.progress(total - len(pending), total)
        while pending:
            waiting = []  # claimed by another process: come back when it is done, or dead
            for tried, (row, source) in enumerate(pending, 1):
                watch.check()
                if self._finish(curves, row, source):
                    watch.progress(total - len(waiting) - len(pending) + tried, total)
                else:
                    waiting.append((row, source))
            if len(waiting) == len(pending):
                time.sleep(POLL_SECONDS)
            pending = waiting

    def _finish(self, curves: Curves, row: int, source: int) -> bool:
        """Compute and keep one source; return False when another process is at it."""
        with self._store.claim(source) as mine:
            if mine and not _put(curves, row, self._store.read(source)):
                pair = self.source(source)
                self._store.write(source, *pair)
                _put(curves, row, pair)
        return mine


def _put(curves: Curves, row: int, pair: Pair | None) -> bool:
    if pair is None:
        return False
    curves.vvp[row] = pair[0]
    if curves.gdt is not None:
        curves.gdt[row] = pair[1]
    return True
