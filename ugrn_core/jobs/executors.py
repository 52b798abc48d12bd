"""Where work is done: processes of this machine, or a Dask cluster. One interface for both.

The work is a function of one small, picklable spec, called in another process; what it finds out
it writes itself. `run_all` gives out specs a few at a time, so that a stop has little to wait for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from ugrn_core import pool
from ugrn_core.errors import Cancelled, ClusterError

S = TypeVar("S")
AHEAD = 2  # specs in hand per process: one in work, one waiting
POLL_SECONDS = 0.5
STOPPED = "Stopped on request; the sources finished so far are kept."


class Place(Protocol):
    """Processes that may be given work."""

    def workers(self) -> int:
        """Return how many processes there are now; it may change while they work."""

    def executor(self, sees: Sequence[Path] = ()) -> AbstractContextManager[Executor]:
        """Enter with an executor of those processes; leave when all it was given has ended.

        sees: files and folders that every process must see under these paths.
        """


@dataclass(frozen=True)
class LocalWorkers:
    """`count` processes of this machine (default: one a core this process may use)."""

    count: int | None = None

    def workers(self) -> int:
        """See `Place.workers`."""
        if self.count is not None:
            return self.count
        known = hasattr(os, "sched_getaffinity")
        return len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1

    @contextmanager
    def executor(self, sees: Sequence[Path] = ()) -> Iterator[Executor]:
        """See `Place.executor`; an exception inside ends the processes, whatever they are at."""
        try:
            with pool.processes(self.workers()) as executor:
                yield executor
        except BrokenProcessPool as error:
            raise ClusterError(
                "A worker process died: it was killed, or memory ran out. What was finished is "
                "kept; run again, with fewer workers (UGRN_WORKERS) if memory is short."
            ) from error


def run_all(
    place: Place,
    work: Callable[[S], None],
    specs: Sequence[S],
    finished: Callable[[S], None],
    should_stop: Callable[[], bool] = lambda: False,
    *,
    sees: Sequence[Path] = (),
) -> None:
    """Call `work` on every spec in the processes of `place`; `finished` hears of each, here.

    sees: see `Place.executor`. Raises what `work` raised, ClusterError when there is nobody left to
    do it, or Cancelled once should_stop() is true; what is in work is then not waited for.
    """
    queue, flying = iter(specs), {}
    with place.executor(sees) as executor:
        try:
            while True:
                room = max(0, AHEAD * max(1, place.workers()) - len(flying))
                flying |= {executor.submit(work, spec): spec for spec in islice(queue, room)}
                if not flying:
                    return
                for future in wait(flying, POLL_SECONDS, FIRST_COMPLETED).done:
                    future.result()
                    finished(flying.pop(future))
                if should_stop():
                    raise Cancelled(STOPPED)
        except BaseException:  # also Ctrl-C
            _drop(flying)
            raise


def _drop(flying: dict[Future, S]) -> None:
    for future in flying:
        future.cancel()
