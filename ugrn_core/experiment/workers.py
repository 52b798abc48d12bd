"""Filling the probe store with several processes, one torch thread each."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.errors import Cancelled
from ugrn_core.experiment import installed, probing
from ugrn_core.types import Panel, ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

SHARE = 4  # sources a worker takes at a time: what a cancelled run may still finish
SMALL = 10_000_000  # sources x genes^2 below which starting a process costs more than it saves


def available_workers() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fill_store(
    backbone: Backbone,
    panel: Panel,
    sources: tuple[str, ...],
    settings: ProbeSettings,
    store: Path,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> None:
    """Compute what `store` lacks of `sources` with `workers` processes (default: every core).

    Several processes with one torch thread each beat one with several threads: the arrays of one
    source are too small to share. Raises Cancelled when should_stop() turns true.
    """
    from ugrn_core.jobs.store import ProbeStore, StoreKey

    done = set(ProbeStore(store, StoreKey(backbone.checksum, panel, settings)).done())
    at = dict(zip(panel.genes, range(len(panel))))
    todo = tuple(s for s in sources if at[s] not in done)
    finished, total = len(sources) - len(todo), len(sources)
    report = progress or (lambda done, total: None)
    report(finished, total)
    workers = min(workers or available_workers(), max(1, len(todo)))
    if workers == 1 or len(todo) * len(panel) ** 2 < SMALL:
        watch = {"progress": progress, "should_stop": should_stop}
        _ = probing.request(backbone, panel, sources, settings, store, **watch).curves
        return
    name = str(backbone.folder), backbone.name, installed.is_control(backbone)
    shares = [todo[k : k + SHARE] for k in range(0, len(todo), SHARE)]
    with ProcessPoolExecutor(workers, get_context("spawn"), _one_thread) as pool:
        futures = {
            pool.submit(_probe_share, name, panel, share, settings, store): len(share)
            for share in shares
        }
        for future in as_completed(futures):
            future.result()
            finished += futures[future]
            report(finished, total)
            if should_stop is not None and should_stop():
                pool.shutdown(wait=True, cancel_futures=True)
                raise Cancelled("Stopped on request; the sources finished so far are kept.")


def _one_thread() -> None:
    import torch

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
