"""Filling the probe store with several processes, one torch thread each."""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from ugrn_core.errors import Cancelled
from ugrn_core.experiment import installed, probing
from ugrn_core.jobs.store import ProbeStore, StoreKey
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.types import Panel, ProbeSettings

SHARE = 4  # sources a worker takes at a time: what a cancelled run may still finish
SMALL = 10_000_000  # sources x genes^2 below which starting a process costs more than it saves


def available_workers() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fill_store(asked: ProbeRequest, root: Path, workers: int | None = None) -> None:
    """Compute what the store under `root` lacks of a request, with `workers` processes (default:
    every core); `asked` is followed and stopped as it says.

    Several processes with one torch thread each beat one with several threads: the arrays of one
    source are too small to share. Raises Cancelled when should_stop() turns true.
    """
    key = StoreKey(asked.backbone.checksum, asked.panel, asked.settings)
    done = set(ProbeStore(root, key).done())
    todo = tuple(s for s, at in zip(asked.sources, asked.positions) if at not in done)
    workers = min(workers or available_workers(), max(1, len(todo)))
    if workers == 1 or len(todo) * len(asked.panel) ** 2 < SMALL:
        _ = asked.curves
        return
    finished, total = len(asked.sources) - len(todo), len(asked.sources)
    report = asked.progress or (lambda done, total: None)
    report(finished, total)
    shares = [todo[k : k + SHARE] for k in range(0, len(todo), SHARE)]
    with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker) as pool:
        futures = _submit(pool, asked, shares, root)
        try:
            for future in as_completed(futures):
                future.result()
                finished += futures[future]
                report(finished, total)
                if asked.should_stop is not None and asked.should_stop():
                    raise Cancelled("Stopped on request; the sources finished so far are kept.")
        except BaseException:  # also Ctrl-C: or the pool would do every share before it leaves
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _submit(
    pool: ProcessPoolExecutor, asked: ProbeRequest, shares: list[tuple[str, ...]], root: Path
) -> dict[Future, int]:
    """Queue the shares; return the number of sources of each."""
    backbone = asked.backbone
    name = str(backbone.folder), backbone.name, installed.is_control(backbone)
    return {
        pool.submit(_probe_share, name, asked.panel, share, asked.settings, root): len(share)
        for share in shares
    }


def _start_worker() -> None:
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    torch.set_num_threads(1)


def _probe_share(
    name: tuple[str, str, bool],
    panel: Panel,
    sources: tuple[str, ...],
    settings: ProbeSettings,
    store: Path,
) -> None:
    folder, shown, control = name
    backbone = installed.open_folder(Path(folder), shown, control)
    asked = probing.request(backbone, panel, sources, settings, store)
    _ = asked.curves
