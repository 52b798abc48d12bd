"""Jobs in processes of their own, which outlive the page that started them.

ROOT/<id>/: spec.json (what to do), state.json (how far), log.txt (what it printed), lock, and
`cancel` while a stop is asked for. The id is the hash of the spec: the same question is one job.
"""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.errors import MissingDataError, StorageError
from ugrn_core.files import (
    disk_errors,
    open_own,
    own_folder,
    read_plain,
    remove_own,
    set_aside,
    write_own,
)
from ugrn_core.jobs.claims import exclusive
from ugrn_core.jobs.process import birth, end, is_at_work, is_overdue
from ugrn_core.jobs.state import (
    ACTIVE,
    CANCEL,
    LOCK,
    LOG,
    SPEC,
    STATE,
    JobState,
    read_state,
    reserve_last_word,
    write_state,
)

if TYPE_CHECKING:
    from ugrn_core.jobs.standby import Standby

COMMAND = (sys.executable, "-m", "ugrn_core.commands.job", "job")
STOPPED = "Stopped on request; what was finished is kept."
DIED = (
    "The process ended without a word: it was killed, or the machine went down. "
    "Start it again; what was finished is kept."
)
SILENT = (
    "{host}, the machine it ran on, has given no sign of life for some minutes. "
    "Start it again; what was finished is kept."
)


class Jobs:
    """The jobs under `root`. `command` is started with the job's folder as its last word, unless
    `standby` has a process waiting."""

    def __init__(
        self, root: Path, command: Sequence[str] = COMMAND, standby: Standby | None = None
    ) -> None:
        self.root = Path(root)
        self._command, self._standby = tuple(command), standby

    def start(self, spec: dict) -> str:
        """Return the id of the job for `spec` (plain JSON types); start it unless it runs or is
        done. A failed, cancelled or dead job goes on where it stopped."""
        text, job = _text(spec), self.id_of(spec)
        folder = self.root / job
        own_folder(folder)
        with exclusive(folder / LOCK):
            state = _observed(folder)
            if state is None or state.status not in (*ACTIVE, "done"):
                reserve_last_word(folder)
                write_own(folder / SPEC, text.encode())
                remove_own(folder / CANCEL)
                self._launch(folder)
        return job

    def id_of(self, spec: dict) -> str:
        """Return the id that the job for `spec` has, started or not."""
        return _id(spec)

    def status(self, job: str) -> JobState:
        """Return the state of `job`; raise MissingDataError when there is none of that id."""
        state = _observed(self._folder(job))
        if state is None:
            raise MissingDataError(f"There is no job '{job[:40]}'. It may have been deleted.")
        return state

    def cancel(self, job: str) -> None:
        """Ask `job` to stop at its next step; what it has finished is kept. Where it has not
        stopped after process.GRACE_SECONDS, its process is ended with all that it started; at once
        where it has told of no step yet: it waits, imports or reads weights, and hears nothing."""
        folder = self._folder(job)
        with exclusive(folder / LOCK):
            state = self.status(job)
            if state.status in ACTIVE and not (folder / CANCEL).exists():
                write_own(folder / CANCEL, b"")
                if not (state.phase or state.total) and state.host in ("", platform.node()):
                    end(state)

    def is_stopping(self, job: str) -> bool:
        """Return whether `job` was asked to stop and has not answered."""
        return (self._folder(job) / CANCEL).exists()

    def list(self) -> dict[str, JobState]:
        """Return the readable jobs by id, newest first."""
        states = {}
        for path in self.root.glob(f"*/{STATE}"):
            try:
                states[path.parent.name] = self.status(path.parent.name)
            except (StorageError, MissingDataError):
                continue  # damaged or just deleted: `status` says so when it is asked for
        return dict(sorted(states.items(), key=lambda item: item[1].queued, reverse=True))

    def spec(self, job: str) -> dict:
        """Return what `job` was asked to do."""
        return read_spec(self._folder(job))

    def _folder(self, job: str) -> Path:
        # An id may come from a URL: never let it leave the root.
        if len(job) != 16 or not set(job) <= set("0123456789abcdef"):
            raise MissingDataError(f"'{job[:40]}' is no job id.")
        folder = self.root / job
        if not folder.is_dir():
            raise MissingDataError(f"There is no job '{job}'. It may have been deleted.")
        return folder

    def _launch(self, folder: Path) -> None:
        """Start the process; the caller holds the lock, so that it waits for its own state."""
        process = (self._standby and self._standby.take(folder)) or self._begin(folder)
        now = time.time()
        born, host = birth(process.pid) or "", platform.node()
        state = JobState(queued=now, updated=now, pid=process.pid, born=born, host=host)
        write_state(folder / STATE, state)

    def _begin(self, folder: Path) -> subprocess.Popen:
        with disk_errors(folder, "start"), open_own(folder / LOG, "ab") as log:
            return subprocess.Popen(
                [*self._command, str(folder.resolve())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a closing terminal or dashboard does not take it along
            )


def _text(spec: dict) -> str:
    return json.dumps(spec, sort_keys=True, indent=1, allow_nan=False)


def _id(spec: dict) -> str:
    return hashlib.sha256(_text(spec).encode()).hexdigest()[:16]


def read_spec(folder: Path) -> dict:
    """Return the spec in a job's folder, whose name is its digest; raise MissingDataError, or
    StorageError for one that is damaged, which is set aside."""
    path = folder / SPEC
    try:
        spec = json.loads(read_plain(path))
        if not isinstance(spec, dict) or _id(spec) != folder.name:
            raise ValueError("it is not what the job was asked for")
    except FileNotFoundError as error:
        raise MissingDataError(f"{folder} is no job: it holds no {SPEC}.") from error
    except (OSError, ValueError, RecursionError) as error:
        set_aside(path, str(error))
        raise StorageError(
            f"What the job {folder.name} was asked for was damaged ({error}) and has been set "
            "aside. Ask for it again: what was finished is kept."
        ) from error
    return spec


def _observed(folder: Path) -> JobState | None:
    """Return the state as it is: an active job whose process is dead has failed, or was cancelled
    where it had been asked to stop. One that does not stop by itself is ended."""
    state = read_state(folder / STATE)
    if state is None or state.status not in ACTIVE:
        return state
    if is_at_work(state, folder):
        if state.host in ("", platform.node()) and is_overdue(folder):
            end(state)
        return state
    again = read_state(folder / STATE)  # it may have ended between the two looks
    if again is not None and again.status not in ACTIVE:
        return again
    if (folder / CANCEL).exists():
        return replace(state, status="cancelled", message=STOPPED)
    elsewhere = state.host not in ("", platform.node())
    message = SILENT.format(host=state.host[:60]) if elsewhere else DIED
    return replace(state, status="failed", message=message)
