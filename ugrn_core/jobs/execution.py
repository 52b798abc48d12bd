"""The inside of a job's process: run the work, keep the state file true."""

from __future__ import annotations

import os
import platform
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ugrn_core.errors import Cancelled, StorageError, UGRNError
from ugrn_core.jobs.claims import exclusive
from ugrn_core.jobs.process import birth, is_at_work
from ugrn_core.jobs.runner import read_spec
from ugrn_core.jobs.state import ACTIVE, CANCEL, LOCK, STATE, JobState, read_state, write_state

WRITE_SECONDS = 0.5  # between two state files, unless the work is done

Work = Callable[[dict, Callable[..., None], Callable[[], bool]], dict | None]


def run_job(folder: Path, work: Work) -> JobState:
    """Do the job in `folder` in this process and return its last state, which is on disk too.

    work(spec, progress, should_stop) does it: it calls progress(done, total, phase=""), raises
    Cancelled once should_stop() is true, and may return plain JSON types as the result. A phase is
    what it is at, in words; each has its own steps and pace. What it raises ends
    as `failed` with the message; tracebacks of unforeseen errors go to stderr (log.txt).
    Raises StorageError when another process is at this job.
    """
    folder = Path(folder)
    spec = read_spec(folder)
    keeper = _Keeper(folder / STATE, _take_over(folder))
    cancel = folder / CANCEL
    try:
        result = work(spec, keeper.progress, cancel.exists)
        keeper.end("done", "", result or {})
    except Cancelled as stopped:
        keeper.end("cancelled", str(stopped))
    except UGRNError as error:
        keeper.end("failed", str(error))
    except BaseException as error:
        traceback.print_exc()
        keeper.end("failed", f"Unforeseen {type(error).__name__}: {error}"[:500])
        if not isinstance(error, Exception):
            raise
    finally:
        cancel.unlink(missing_ok=True)
    return keeper.state


def _take_over(folder: Path) -> JobState:
    """Make this process the job's, unless a living one is; the lock makes it wait its turn."""
    with exclusive(folder / LOCK):
        state = read_state(folder / STATE) or JobState(queued=time.time())
        mine = state.pid == os.getpid() and state.host in ("", platform.node())
        if state.status in ACTIVE and not mine and is_at_work(state):
            raise StorageError(f"Process {state.pid} is at the job in {folder.name} already.")
        now = time.time()
        state = replace(
            JobState(queued=state.queued or now),
            status="running",
            started=now,
            updated=now,
            pid=os.getpid(),
            born=birth(os.getpid()) or "",
            host=platform.node(),
        )
        write_state(folder / STATE, state)
    return state


class _Keeper:
    """Holds the state, and writes it now and then."""

    def __init__(self, path: Path, state: JobState) -> None:
        self.path, self.state = path, state
        self._first = True
        self._written = 0.0

    def progress(self, done: int, total: int, phase: str = "") -> None:
        now, begins = time.time(), self._first or phase != self.state.phase
        if begins:
            self._first = False
            self.state = replace(self.state, at_start=done, phase=phase, phase_started=now)
        self.state = replace(self.state, done=done, total=total, updated=now)
        if begins or now - self._written >= WRITE_SECONDS:
            self._written = now
            write_state(self.path, self.state)

    def end(self, status: str, message: str, result: dict | None = None) -> None:
        self.state = replace(
            self.state, status=status, message=message, updated=time.time(), result=result or {}
        )
        write_state(self.path, self.state)
