"""The state of a job: one JSON file in its folder, replaced whole."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ugrn_core.errors import StorageError
from ugrn_core.files import write_atomically

if TYPE_CHECKING:
    pass

Status = Literal["queued", "running", "done", "failed", "cancelled"]
ACTIVE = ("queued", "running")
STATUSES = ("queued", "running", "done", "failed", "cancelled")


@dataclass(frozen=True)
class JobState:
    """Where a job stands. done, total: steps of work. at_start: steps found done already.

    queued, started, updated: seconds since 1970, 0 when not yet. message: why it failed, or what
    it is at. pid, born: its process (`process.birth`). result: what the work returned. host: the
    machine of its process, by name; empty in states of before it was noted.
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

    @property
    def seconds_left(self) -> float | None:
        """Estimated seconds to go, from the pace since the start; None when it cannot be told."""
        steps = self.done - self.at_start
        if self.status != "running" or steps <= 0:
            return None
        return (self.updated - self.started) / steps * (self.total - self.done)


def read_state(path: Path) -> JobState | None:
    """Return the state in `path`, None when there is no file; raise StorageError if damaged."""
    try:
        content = json.loads(path.read_bytes())
        known = {f.name for f in fields(JobState)}
        if set(content) | {"host"} != known or content["status"] not in STATUSES:
            raise ValueError("its fields are not those of a job")
        return JobState(**content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise StorageError(f"The job's {path} is damaged ({error}). Delete its folder.") from error


def write_state(path: Path, state: JobState) -> None:
    """Write `state` to `path` whole or not at all; raise StorageError."""
    write_atomically(path, json.dumps(asdict(state), indent=1).encode())


SPEC, STATE, LOG, LOCK, CANCEL = "spec.json", "state.json", "log.txt", "lock", "cancel"
