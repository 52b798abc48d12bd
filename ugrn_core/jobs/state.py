"""The state of a job: one sealed JSON file in its folder, replaced whole.

A state that is damaged is set aside and as good as none: the job can be started again. One that an
earlier version wrote, without a digest, is read when every field is what it should be.
"""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Literal

from ugrn_core.errors import StorageError
from ugrn_core.files import (
    check_format,
    disk_errors,
    read_plain,
    sealed,
    set_aside,
    unsealed,
    write_own,
)

FORMAT = 2  # of the state file; 1 had neither digest nor phases
LARGEST_STATE = 4_000_000  # bytes
RESERVED, RESERVED_BYTES = "last-word", 16_384
LONGEST_LAST_WORD = 2_000  # characters of a message written on a full disk
Status = Literal["queued", "running", "done", "failed", "cancelled"]
ACTIVE = ("queued", "running")
STATUSES = ("queued", "running", "done", "failed", "cancelled")


@dataclass(frozen=True)
class JobState:
    """Where a job stands. phase: what it is at, in words; its steps: done of total. Its pace counts
    from at_start steps, those found done already and the first, which waits for processes to start;
    phase_started: when these were done, seconds since 1970, 0 in states of before.

    queued, started, updated: seconds since 1970, 0 when not yet. message: why it failed. pid, born:
    its process (`process.birth`). result: what the work returned. host: the machine of its
    process, by name; empty in states of before it was noted.
    """

    status: Status = "queued"
    done: int = 0
    total: int = 0
    at_start: int = 0
    queued: float = 0.0
    started: float = 0.0
    updated: float = 0.0
    message: str = ""
    pid: int = 0
    born: str = ""
    result: dict = field(default_factory=dict)
    host: str = ""
    phase: str = ""
    phase_started: float = 0.0

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds of the phase to go, from its pace; None when it cannot be told."""
        steps = self.done - self.at_start
        if self.status != "running" or steps <= 0:
            return None
        since = self.phase_started or self.started
        return (self.updated - since) / steps * (self.total - self.done)


def read_state(path: Path) -> JobState | None:
    """Return the state in `path`; None when there is none, or a damaged one, which is set aside.

    Raises StorageError for one that a later version wrote.
    """
    try:
        raw = read_plain(path, LARGEST_STATE)
        content = json.loads(raw)
        if isinstance(content, dict) and set(content) | {"host"} == _FORMAT_1:
            return _checked(content)
        content = unsealed(raw)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        set_aside(path, str(error))
        return None
    check_format(content, FORMAT, f"The state of the job {path.parent.name}")
    del content["format"]
    try:
        return _checked(content)
    except (ValueError, TypeError) as error:
        set_aside(path, str(error))
        return None


def write_state(path: Path, state: JobState) -> None:
    """Write `state` to `path` whole or not at all; raise StorageError."""
    # A last word is kept through a power failure; how far a job is will be told again.
    lasting = state.status not in ACTIVE
    write_own(path, _encoded(state), lasting=lasting)


def reserve_last_word(folder: Path) -> None:
    """Set bytes aside for a job's last state, for when its disk is full; raise StorageError."""
    write_own(folder / RESERVED, b" " * RESERVED_BYTES)


def write_last_word(path: Path, state: JobState) -> None:
    """Write `state` to `path` whole or not at all, on a full disk in the bytes set aside for it;
    raise StorageError when there are none."""
    reserved = path.with_name(RESERVED)
    try:
        write_state(path, state)
    except StorageError:
        content = _encoded(replace(state, message=state.message[:LONGEST_LAST_WORD]))
        if len(content) > RESERVED_BYTES or not reserved.is_file():
            raise
        with disk_errors(path, "write"):
            with reserved.open("r+b") as file:
                file.write(content)
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
            os.replace(reserved, path)
    with suppress(OSError):
        reserved.unlink(missing_ok=True)


def _encoded(state: JobState) -> bytes:
    return sealed({"format": FORMAT, **asdict(state)})


def _checked(content: dict) -> JobState:
    """Return the state that `content` describes; raise ValueError or TypeError."""
    state = JobState(**content)
    for f in fields(JobState):
        value, like = getattr(state, f.name), getattr(_EMPTY, f.name)
        if isinstance(like, float) and type(value) is int:
            value = float(value)
        if type(value) is not type(like):
            raise ValueError(f"its {f.name} is no {type(like).__name__}")
        if isinstance(value, int | float) and not 0 <= value < math.inf:
            raise ValueError(f"its {f.name} is {value}")
    if state.status not in STATUSES:
        raise ValueError("its status is none a job has")
    return state


_EMPTY = JobState()
_FORMAT_1 = {
    *("status", "done", "total", "at_start", "queued", "started", "updated"),
    *("message", "pid", "born", "result", "host"),
}


SPEC, STATE, LOG, LOCK, CANCEL = "spec.json", "state.json", "log.txt", "lock", "cancel"
