"""How fast this panel is probed here: measured in the very processes that would do the run."""

from __future__ import annotations

import hashlib
import json
import math
import platform
import time
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import workers
from ugrn_core.experiment.curves.workers import Share
from ugrn_core.files import read_plain, sealed, set_aside, unsealed, write_own
from ugrn_core.jobs.executors import POLL_SECONDS, LocalWorkers, Place
from ugrn_core.jobs.folders import Root
from ugrn_core.jobs.store import ProbeStore, StoreKey
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.probes.folds import open_sweep
from ugrn_core.types import Profile, Uniform

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

WHOLE_GRID = 500  # genes up to which all values are tried; above, cells are computed 1-3 at a time
FEW = 2  # values tried above
AT_BASE = 0.7  # of a cell's time for its derivative alone: by operations 0.5 to 0.83, as G grows
LONGEST, MOST_CALLS = 1.0, 5  # seconds and sources of timing, after a first one to warm up
LONG_ENOUGH = 3.0  # seconds of a first source that need no second
MOST_WORKERS = 16  # measured side by side: they share caches and memory
FORMAT = 2  # of a kept pace; 1 had no digest
NEAR = 2.0  # a pace stands in for panels within this factor of its own size


@dataclass(frozen=True)
class Pace:
    """start: seconds until a worker probes (process, weights, baseline cell). source: seconds a
    source takes it, kept and all. read: seconds to read one back. memory: bytes of a worker."""

    start: float
    source: float
    read: float
    memory: int
    genes: int
    workers: int

    def scaled(self, genes: int, width: int) -> Pace:
        """Return the pace at `genes` by the count of operations: 24 G D^2 + 12 G^2 D a layer."""
        ratio = genes * (2 * width + genes) / (self.genes * (2 * width + self.genes))
        return replace(self, source=self.source * ratio, genes=genes)


def measure(request: ProbeRequest, root: Root, place: Place) -> Pace:
    """Return the pace of a request's sources at `place`: a few seconds' work, nothing is kept.

    Raises ClusterError.
    """
    todo = workers.missing(request, root) or request.sources
    share = workers.shares(request, todo, root)[0]
    if isinstance(place, LocalWorkers) and workers.is_small(request, todo, place):
        return _measured(share, request.backbone)
    with workers.paths_to_see(request, root, place) as sees, place.executor(sees) as executor:
        began = time.perf_counter()
        count = max(1, min(place.workers(), len(todo), MOST_WORKERS))
        futures = [executor.submit(_timed, share) for _ in range(count)]
        while wait(futures, POLL_SECONDS).not_done:
            place.workers()  # raises when nobody is left
        total = time.perf_counter() - began
        timed = [future.result() for future in futures]
    outside = max(0.0, total - max(seconds for seconds, _ in timed))  # starting the processes
    paces = [pace for _, pace in timed]
    return Pace(
        start=outside + max(p.start for p in paces),
        source=float(np.mean([p.source for p in paces])),
        read=float(np.mean([p.read for p in paces])),
        memory=max(p.memory for p in paces),
        genes=len(request.panel),
        workers=count,
    )


def _timed(share: Share) -> tuple[float, Pace]:
    began = time.perf_counter()
    pace = _measured(share)
    return time.perf_counter() - began, pace


def _measured(share: Share, backbone: Backbone | None = None) -> Pace:
    """Probe the first source, some values of it where the panel is large; open the weights first
    unless `backbone` has them: a second copy would be counted."""
    from ugrn_core.backbones.timing.table import peak_memory

    genes, grid = len(share.panel), share.settings.grid
    tried = grid if genes <= WHOLE_GRID else grid[:FEW]
    settings = replace(share.settings, grid=tried)
    with workers.one_thread():
        began = time.perf_counter()
        backbone = backbone or backbones.open_folder(
            Path(share.folder), share.name, share.control, share.device
        )
        sweep = open_sweep(backbone, share.panel, settings)
        start = time.perf_counter() - began
        source = int(share.panel.positions(share.sources[:1])[0])
        seconds = _mean_seconds(lambda: sweep(source), 1)
        if seconds < LONG_ENOUGH:  # else what the first call does beside is of no weight
            seconds = _mean_seconds(lambda: sweep(source))
    seconds *= _cells(share, grid) / _cells(share, tried)
    write, read = _store_seconds(share)
    return Pace(
        start=start,
        source=seconds + write,
        read=read,
        memory=int(peak_memory() * 2**20),
        genes=genes,
        workers=1,
    )


def _cells(share: Share, grid: tuple[float, ...]) -> float:
    """Under `masked` the cell at the baseline is one more, unless it is on the grid; elsewhere
    that cell, if it is on the grid, needs its derivative only."""
    background = share.settings.background
    on_grid = isinstance(background, Uniform) and background.value in grid
    in_parts = isinstance(background, Profile) and background.folds > 0
    if share.settings.readout == "masked" and not in_parts:
        return len(grid) + (not on_grid)
    return len(grid) - on_grid * (1 - AT_BASE)


def _mean_seconds(call: Callable[[], object], most: int = MOST_CALLS) -> float:
    began, calls = time.perf_counter(), 0
    while calls == 0 or (calls < most and time.perf_counter() - began < LONGEST):
        call()
        calls += 1
    return (time.perf_counter() - began) / calls


def _store_seconds(share: Share) -> tuple[float, float]:
    """Return seconds to keep a source and to read it back, in a store made for it."""
    shape = len(share.settings.grid), len(share.panel)
    noise = np.random.default_rng(0).standard_normal((2, *shape)).astype(share.settings.dtype)
    with TemporaryDirectory() as folder:
        store = ProbeStore(Path(folder), StoreKey("", share.panel, share.settings, mask_value=0.0))
        store.write(0, *noise)
        return _mean_seconds(lambda: store.write(1, *noise)), _mean_seconds(lambda: store.read(1))


def keep(pace: Pace, request: ProbeRequest, folder: Path) -> None:
    """Keep a measured pace under `folder`, for `known`."""
    name = f"{pace.genes}.json"
    content = sealed({"format": FORMAT, **asdict(pace)})
    path = folder / _digest(request, pace.workers) / name
    write_own(path, content, lasting=False)


def known(request: ProbeRequest, count: int, folder: Path) -> Pace | None:
    """Return the pace kept for this machine, backbone, settings and `count` workers, scaled from
    the nearest panel size; None where none lies within a factor of two. Reads one small file."""
    genes = len(request.panel)
    files = {
        int(p.stem): p
        for p in (folder / _digest(request, count)).glob("*.json")
        if p.stem.isdigit() and 1 / NEAR <= int(p.stem) / genes <= NEAR
    }
    if not files:
        return None
    nearest = min(files, key=lambda n: abs(np.log(n / genes)))
    pace = _read(files[nearest])
    return pace and pace.scaled(genes, int(request.backbone.describe().get("width", 0)))


def _read(path: Path) -> Pace | None:
    """Return the pace in `path`; None for one that is damaged, which is set aside, or that an
    earlier version kept without a digest: it is measured again."""
    try:
        content = unsealed(read_plain(path))
        if content.pop("format", None) != FORMAT:
            return None
        pace = Pace(**content)
        if not all(0 <= value < math.inf for value in astuple(pace)) or pace.genes < 1:
            raise ValueError("a number in it can be no pace")
    except (OSError, ValueError, TypeError) as error:
        set_aside(path, str(error))
        return None
    return pace


def _digest(request: ProbeRequest, count: int) -> str:
    count = min(count, MOST_WORKERS)
    b = request.backbone
    what = [platform.node(), b.device, b.checksum, request.settings.identity(), count]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]
