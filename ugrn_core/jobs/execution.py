"""The inside of a job's process: run the work, keep the state file true."""

from __future__ import annotations

import errno
import os
import platform
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path

from ugrn_core.errors import Cancelled, StorageError, UGRNError
from ugrn_core.files import remove_own
from ugrn_core.jobs.claims import exclusive
from ugrn_core.jobs.process import Heartbeat, birth, is_at_work
from ugrn_core.jobs.queue import Queue
from ugrn_core.jobs.runner import read_spec
from ugrn_core.jobs.state import (
    ACTIVE,
    CANCEL,
    LOCK,
    STATE,
    JobState,
    read_state,
    write_last_word,
    write_state,
)

FULL = "The disk is full. Free some space and start it again; what was finished is kept."
WRITE_SECONDS = 0.5  # between two state files, unless the work is done

Work = Callable[[dict, Callable[..., None], Callable[[], bool]], dict | None]


def run_job(folder: Path, work: Work, queue: Queue | None = None, ends: bool = False) -> JobState:
    """Do the job in `folder` in this process and return its last state, which is on disk too.

    work(spec, progress, should_stop) does it: it calls progress(done, total, phase=""), raises
    Cancelled once should_stop() is true, and may return plain JSON types as the result. A phase is
    what it is at, in words; each has its own steps and pace. What it raises ends
    as `failed` with the message; tracebacks of unforeseen errors go to stderr (log.txt).
    queue: the line in which the job, named by its id, waits for its turn before anything else.
    ends: this process may be ended when it does not stop by itself (`process.Heartbeat`).
    Raises StorageError when another process is at this job.
    """
    folder = Path(folder)
    spec = read_spec(folder)
    keeper = _Keeper(folder / STATE, _take_over(folder))
    cancel = folder / CANCEL
    turn = queue.turn(folder.name, should_stop=cancel.exists) if queue else nullcontext()
    try:
        with Heartbeat(folder, ends):
            with turn:
                keeper.begin()
                result = work(spec, keeper.progress, cancel.exists)
            keeper.end("done", "", result or {})
    except Cancelled as stopped:
        keeper.end("cancelled", str(stopped))
    except UGRNError as error:
        keeper.end("failed", str(error))
    except BaseException as error:
        with suppress(OSError):  # the log may lie on a full disk
            traceback.print_exc()
        unforeseen = f"Unforeseen {type(error).__name__}: {error}"[:500]
        keeper.end("failed", FULL if _is_disk_full(error) else unforeseen)
        if not isinstance(error, Exception):
            raise
    finally:
        with suppress(StorageError):
            remove_own(cancel)
    return keeper.state


def _is_disk_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False


def _take_over(folder: Path) -> JobState:
    """Make this process the job's, unless a living one is; the lock makes it wait its turn."""
    with exclusive(folder / LOCK):
        state = read_state(folder / STATE) or JobState(queued=time.time())
        mine = state.pid == os.getpid() and state.host in ("", platform.node())
        if state.status in ACTIVE and not mine and is_at_work(state, folder):
            raise StorageError(f"Process {state.pid} is at the job in {folder.name} already.")
        now = time.time()
        state = replace(
            JobState(queued=state.queued or now),
            updated=now,
            pid=os.getpid(),
            born=birth(os.getpid()) or "",
            host=platform.node(),
        )
        write_state(folder / STATE, state)
    return state


class _Keeper:
    """Holds the state, and writes it now and then, for as long as it is this process's to write."""

    def __init__(self, path: Path, state: JobState) -> None:
        self.path, self.state = path, state
        self._first, self._paced = True, False
        self._written = 0.0

    def begin(self) -> None:
        now = time.time()
        self.state = replace(self.state, status="running", started=now, updated=now)
        self._write()

    def progress(self, done: int, total: int, phase: str = "") -> None:
        now, begins = time.time(), self._first or phase != self.state.phase
        if begins:
            self._first = self._paced = False
            self.state = replace(self.state, at_start=done, phase=phase, phase_started=now)
        if not self._paced and done > self.state.at_start:
            self._paced = True  # until its first step a phase starts processes: that is no pace
            self.state = replace(self.state, at_start=done, phase_started=now)
        self.state = replace(self.state, done=done, total=total, updated=now)
        if begins or now - self._written >= WRITE_SECONDS:
            self._write()

    def end(self, status: str, message: str, result: dict | None = None) -> None:
        self.state = replace(
            self.state, status=status, message=message, updated=time.time(), result=result or {}
        )
        if self._is_mine():
            write_last_word(self.path, self.state)

    def _write(self) -> None:
        if not self._is_mine():
            raise Cancelled("Another process has taken this job over.")
        self._written = time.time()
        write_state(self.path, self.state)

    def _is_mine(self) -> bool:
        """Whether nobody has taken the job over: this process may have been stopped for so long
        that it was thought dead."""
        last = read_state(self.path)
        return last is None or (last.pid, last.born, last.host) == (
            self.state.pid,
            self.state.born,
            self.state.host,
        )
