"""What a run will take, said before it begins: time, memory, disk."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ugrn_core.experiment.curves import throughput, workers
from ugrn_core.experiment.curves.throughput import Pace
from ugrn_core.jobs.executors import LocalWorkers, Place
from ugrn_core.jobs.folders import Root
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.quantities import duration, size
from ugrn_core.settings import Settings

LONG = 3e12  # float operations, one to two minutes' work on a core: worth some seconds' measuring


@dataclass(frozen=True)
class Estimate:
    """sources: still to be probed, of `total`. seconds: from the start to the last curve.
    worker_memory: bytes of each of `workers` processes; memory: bytes of the curves in this one;
    storage: bytes the store grows by, at most. control_seconds: after that, for the control of
    control_sources sources, while the edges can be read already; 0 where there is none."""

    sources: int
    total: int
    seconds: float
    workers: int
    worker_memory: int
    memory: int
    storage: int
    control_sources: int = 0
    control_seconds: float = 0.0

    def sentence(self) -> str:
        """Return the estimate in words."""
        before = f" ({self.total - self.sources} are kept from before)" * (
            self.sources < self.total
        )
        one = self.workers == 1
        many = "1 process of {}" if one else f"{self.workers} processes of {{}} each"
        return (
            f"{self.sources:,} sources to probe{before}: about {duration(self.seconds)} with "
            f"{many.format(size(self.worker_memory))}, {size(self.memory)} for the "
            f"curves, {size(self.storage)} of disk.{self._control()}"
        )

    def _control(self) -> str:
        if not self.control_sources:
            return ""
        return (
            f" The control follows, {self.control_sources} sources with random weights: about "
            f"{duration(self.control_seconds)} more, while the scores can be read already."
        )


def estimate(
    request: ProbeRequest, root: Root, place: Place | None = None, folder: Path | None = None
) -> Estimate:
    """Return what filling the store under `root` will take, measured for some seconds at `place`
    (default: local workers); in `folder` the pace is kept for next time."""
    place = place or LocalWorkers()
    pace = throughput.measure(request, root, place)
    if folder is not None:
        throughput.keep(pace, request, folder)
    return at_pace(request, root, pace, place)


def is_long(request: ProbeRequest, root: Root) -> bool:
    """Return whether what the store lacks is worth an estimate: judged by size, at once."""
    about, genes = request.backbone.describe(), len(request.panel)
    width, layers = int(about.get("width", 512)), int(about.get("layers", 12))
    cells = len(workers.missing(request, root)) * len(request.settings.grid)
    # A Performer's cell holds all genes of the model, and its cost is linear in them.
    tokens = int(about.get("context", 0))
    token = 24 * width + (0 if tokens else 12 * genes)
    return cells * layers * (tokens or genes) * width * token > LONG


def paces(settings: Settings) -> Path:
    """Return the folder of kept paces."""
    return settings.home / "paces"


def processes(request: ProbeRequest, root: Root, place: Place) -> int:
    """Return how many processes the run will use."""
    todo = workers.missing(request, root) or request.sources
    if isinstance(place, LocalWorkers) and workers.is_small(request, todo, place):
        return 1
    return max(1, min(place.workers(), len(todo)))


def at_pace(request: ProbeRequest, root: Root, pace: Pace, place: Place) -> Estimate:
    todo, total = len(workers.missing(request, root)), len(request.sources)
    count = processes(request, root, place)
    rounds = math.ceil(todo / count)
    values = np.dtype(request.settings.dtype).itemsize * 2 * len(request.settings.grid)
    return Estimate(
        sources=todo,
        total=total,
        seconds=(pace.start + rounds * pace.source if todo else 0.0) + total * pace.read,
        workers=count,
        worker_memory=pace.memory,
        memory=total * values * len(request.panel),
        storage=todo * values * len(request.panel),
    )


def with_control(
    forecast: Estimate,
    request: ProbeRequest,
    sources: tuple[str, ...],
    pace: Pace,
    place: LocalWorkers,
) -> Estimate:
    """Return an estimate with what the control of `sources` takes added, at the same pace."""
    if not sources:
        return forecast
    small = workers.is_small(request, sources, place)
    rounds = math.ceil(len(sources) / (1 if small else min(place.workers(), len(sources))))
    seconds = pace.start + rounds * pace.source
    return replace(forecast, control_sources=len(sources), control_seconds=seconds)
