"""Filling the probe store, wherever that is done: here, in local processes, on a cluster."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.console import say
from ugrn_core.errors import CheckpointError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves.probing import store_key
from ugrn_core.files import write_atomically
from ugrn_core.jobs.executors import LocalWorkers, Place, run_all
from ugrn_core.jobs.folders import Root
from ugrn_core.jobs.queue import machine_queue
from ugrn_core.jobs.store import ProbeStore
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.probes.virtual_cell import response_curves
from ugrn_core.settings import Settings
from ugrn_core.types import Panel, ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone, Sweep

SMALL = 10_000_000  # sources x genes^2 below which starting a process costs more than it saves
SHARE = 1_000_000  # sources x genes^2 given to a process at a time: about a second's work
LARGEST_SHARE = 16


@dataclass(frozen=True)
class Share:
    """What a worker is told: where the weights lie and what they must be, what to probe, where
    to keep it. The worker reads weights and writes curves itself."""

    folder: str
    name: str
    control: bool
    checksum: str
    device: str
    panel: Panel
    settings: ProbeSettings
    sources: tuple[str, ...]
    store: Root


def fill_store(request: ProbeRequest, root: Root, place: Place | None = None) -> None:
    """Compute what the store under `root` lacks of a request, in the processes of `place`
    (default: one a core of this machine); `request` is followed and stopped as it says.

    Processes with one torch thread each beat one with several threads: the arrays of one source
    are too small to share. Little work is done right here. Raises Cancelled when should_stop()
    turns true, ClusterError, CheckpointError when a worker finds other weights.
    """
    todo, local = missing(request, root), place is None or isinstance(place, LocalWorkers)
    place = place or LocalWorkers()
    if local and is_small(request, todo, place):
        with one_thread():
            _ = request.curves
        return
    finished, total = len(request.sources) - len(todo), len(request.sources)
    report = request.progress or (lambda done, total: None)
    report(finished, total)

    def count(share: Share) -> None:
        nonlocal finished
        finished += len(share.sources)
        report(finished, total)

    stop = request.should_stop or (lambda: False)
    with paths_to_see(request, root, place) as sees:
        run_all(place, probe_share, shares(request, todo, root), count, stop, sees=sees)


def fill_stores(
    requests: Sequence[ProbeRequest],
    root: Root,
    place: Place | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> None:
    """Do as `fill_store` for several requests of one backbone and panel, in the same processes; one
    after the other, `progress` counts their sources together."""
    lacking = [(r, missing(r, root)) for r in requests]
    total = sum(len(r.sources) for r in requests)
    finished = total - sum(len(todo) for _, todo in lacking)
    report, stop = progress or (lambda done, total: None), should_stop or (lambda: False)
    report(finished, total)
    every = tuple(source for _, todo in lacking for source in todo)
    local = place is None or isinstance(place, LocalWorkers)
    place = place or LocalWorkers()
    if not every:
        return
    if local and is_small(requests[0], every, place):
        with one_thread():
            for each, todo in lacking:
                steps = _steps(report, finished, total)
                part = replace(each, sources=todo, progress=steps, should_stop=stop)
                _ = part.curves if todo else None
                finished += len(todo)
        return

    def count(share: Share) -> None:
        nonlocal finished
        finished += len(share.sources)
        report(finished, total)

    with paths_to_see(requests[0], root, place) as sees:
        work = [share for each, todo in lacking for share in shares(each, todo, root)]
        run_all(place, probe_share, work, count, stop, sees=sees)


def _steps(report: Callable[[int, int], None], before: int, total: int) -> Callable:
    return lambda done, _: report(before + done, total)


@contextmanager
def turn(settings: Settings, place: Place, tell: Callable[[str], None] = say) -> Iterator[None]:
    """Enter when it is a command's turn among the jobs of this machine, where it computes on it;
    until then `tell` (default: stderr) is told its place in line. Raises StorageError."""
    if not isinstance(place, LocalWorkers):
        yield
        return
    line = machine_queue(settings.line, settings.slots)
    with line.turn(f"command {os.getpid()}", lambda before: tell(f"waiting: {before} before you")):
        yield


@contextmanager
def paths_to_see(request: ProbeRequest, root: Root, place: Place) -> Iterator[tuple[Path, ...]]:
    """Enter with what another machine must see to do a request's shares: the weights' folder, and a
    file that tells the store from another one under the same path."""
    folder = Path(request.backbone.folder)
    if isinstance(place, LocalWorkers) or not isinstance(root, Path):
        yield (folder,)
        return
    mark = root / f".seen-{secrets.token_hex(6)}"
    write_atomically(mark, b"")
    try:
        yield folder, mark
    finally:
        with suppress(OSError):
            mark.unlink()


def missing(request: ProbeRequest, root: Root) -> tuple[str, ...]:
    """Return the sources of a request that the store under `root` lacks."""
    key = store_key(request.backbone, request.panel, request.settings)
    if isinstance(root, Path) and not (root / key.digest).is_dir():
        return request.sources
    done = set(ProbeStore(root, key).done())
    return tuple(s for s, at in zip(request.sources, request.positions) if at not in done)


def is_small(request: ProbeRequest, todo: tuple[str, ...], place: LocalWorkers) -> bool:
    """Return whether `todo` is done sooner in this process than in new ones."""
    few = min(place.workers(), len(todo)) <= 1
    shared = is_shared(request.backbone.device)
    return few or shared or len(todo) * len(request.panel) ** 2 < SMALL


def is_shared(device: str) -> bool:
    """Return whether processes would only wait for each other: for the one device of all. `auto`
    is the processor where CUDA is not."""
    from ugrn_core.backbones.tangent.device import open_device

    return open_device(device).type != "cpu"


def shares(request: ProbeRequest, todo: tuple[str, ...], store: Root) -> list[Share]:
    """Return `todo` cut into shares of about a second."""
    store = store.absolute() if isinstance(store, Path) else store
    size = min(LARGEST_SHARE, max(1, SHARE // len(request.panel) ** 2))
    b = request.backbone
    what = str(b.folder.absolute()), b.name, backbones.is_control(b), b.checksum, b.device
    return [
        Share(*what, request.panel, request.settings, todo[k : k + size], store)
        for k in range(0, len(todo), size)
    ]


def probe_share(share: Share) -> None:
    """Do a share: in a worker process, where weights, sweep and store stay open for the next."""
    with one_thread():
        bench = _bench(
            (share.folder, share.name, share.control, share.checksum, share.device),
            share.panel,
            share.settings,
            share.store,
        )
        with bench.lock:  # a sweep has one set of buffers, and a Dask worker may have threads
            response_curves(bench.backbone, share.panel, share.sources, share.settings, bench.store)


class _Bench:
    """What the shares of one run have in common. Stands in for its backbone, whose sweep it keeps:
    what depends on the panel alone is then computed once a process."""

    def __init__(self, backbone: Backbone, store: ProbeStore) -> None:
        self.store, self.lock, self.backbone = store, threading.Lock(), self
        self.defaults, self._open = backbone.defaults, backbone
        self._sweeps: dict[ProbeSettings, Sweep] = {}  # several where genes are masked in parts

    def sweep(self, panel: Panel, settings: ProbeSettings) -> Sweep:
        if settings not in self._sweeps:
            self._sweeps[settings] = self._open.sweep(panel, settings)
        return self._sweeps[settings]


@lru_cache(maxsize=1)
def _bench(
    weights: tuple[str, str, bool, str, str], panel: Panel, settings: ProbeSettings, store: Root
) -> _Bench:
    folder, name, control, checksum, device = weights
    backbone = backbones.open_folder(Path(folder), name, control, device)
    if backbone.checksum != checksum:
        raise CheckpointError(
            f"The weights in '{folder}' are not those of this run ({backbone.checksum[:12]}, not "
            f"{checksum[:12]}). Give every worker the same checkpoint."
        )
    return _Bench(backbone, ProbeStore(store, store_key(backbone, panel, settings)))


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one torch thread: the pace of many processes, and the same bits everywhere."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
