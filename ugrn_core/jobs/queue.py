"""The line of this machine: who works now, and who waits behind how many.

HOME/queue/<machine>/<number>: one file a process that works or waits, which it keeps locked; the
system frees the lock of one that has died. The first `slots` of the living, by number, work. All
that share HOME on one machine share the line: dashboards, their jobs, the command line.
"""

from __future__ import annotations

import os
import platform
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ugrn_core.errors import Cancelled
from ugrn_core.files import disk_errors, open_own, own_folder, read_plain, remove_own
from ugrn_core.jobs.claims import exclusive, is_held, take

POLL_SECONDS = 0.5
MOST_BYTES = 1000  # of a name in the line
CORES = 2  # that one job keeps busy
STOPPED = "Stopped on request, while it waited for its turn."


class Queue:
    """The line in `folder`, of whose head `slots` work at a time. Nothing is made before a turn is
    asked for. Without file locks (Windows, some network disks) nobody waits."""

    def __init__(self, folder: Path, slots: int) -> None:
        self._folder, self._slots = folder, slots

    @contextmanager
    def turn(
        self,
        name: str,
        waiting: Callable[[int], None] = lambda before: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[None]:
        """Enter when it is the caller's turn, and keep the place until leaving.

        name: what waits, for `before`. waiting: hears how many must end first, whenever that has
        changed. Raises Cancelled once should_stop() is true, StorageError.
        """
        ticket, file = self._join(name)
        try:
            told = None
            while before := self._before(ticket):
                if should_stop():
                    raise Cancelled(STOPPED)
                if before != told:
                    waiting(before)
                    told = before
                time.sleep(POLL_SECONDS)
            yield
        finally:
            with suppress(OSError):  # unless somebody has emptied the folder meanwhile
                if os.path.samestat(os.fstat(file.fileno()), ticket.stat()):
                    ticket.unlink()
            file.close()

    def before(self, name: str) -> int | None:
        """Return how many must end before what waits as `name` may begin: 0 at work, None where it
        is not in the line."""
        for ticket in self._living():
            with suppress(OSError, ValueError):
                if read_plain(ticket, MOST_BYTES) == name.encode():
                    return self._before(ticket)
        return None

    def _join(self, name: str):
        own_folder(self._folder)
        line = disk_errors(self._folder, "wait in line in", whole=True)
        with exclusive(self._folder / "lock"), line:
            living = set(self._living())
            for dead in set(self._tickets()) - living:
                remove_own(dead)
            last = max((int(path.name) for path in living), default=0)
            ticket = self._folder / f"{last + 1:012d}"
            file = open_own(ticket, "wb")
            take(file.fileno())
            file.write(name.encode())
        return ticket, file

    def _before(self, ticket: Path) -> int:
        ahead = sum(other.name < ticket.name for other in self._living())
        return max(0, ahead - self._slots + 1)

    def _living(self) -> list[Path]:
        return [path for path in self._tickets() if is_held(path)]

    def _tickets(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("[0-9]*") if path.name.isdigit())


def machine_queue(home: Path, slots: int | None = None) -> Queue:
    """Return the line of this machine under UGRN's `home`, with `slots` (default_slots) at work."""
    machine = re.sub(r"\W", "_", platform.node())[:60] or "machine"
    return Queue(home / "queue" / machine, slots or default_slots())


def default_slots() -> int:
    """Return how many jobs work at a time: one for two cores that this process may use."""
    known = hasattr(os, "sched_getaffinity")
    return max(1, (len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1) // CORES)
