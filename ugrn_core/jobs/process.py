"""Telling a living process from a dead one whose number was given away again; giving way."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ugrn_core.jobs.state import JobState

NICENESS = 10
SILENT_SECONDS = 1800.0


def birth(pid: int) -> str | None:
    """Return a text that, with `pid`, names one process of this machine; None when it is dead."""
    if pid <= 0:
        return None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _birth_by_ps(pid)
    except OSError:  # it died while we looked
        return None
    fields = stat.rpartition(")")[2].split()  # the name before may hold spaces and brackets
    return None if fields[0] in "ZX" else fields[19]  # start time in ticks since boot


def is_alive(pid: int, born: str) -> bool:
    """Return whether process `pid` lives and is the one that was `born` then."""
    return bool(born) and birth(pid) == born


def is_at_work(state: JobState) -> bool:
    """Return whether the process of an active job lives.

    That of another machine, which shares the folder, cannot be looked at: it is taken to live until
    its state is SILENT_SECONDS old. A job writes it after each source, far more often than that.
    """
    if state.host in ("", platform.node()):
        return is_alive(state.pid, state.born)
    return time.time() - state.updated < SILENT_SECONDS


def give_way() -> None:
    """Let whoever waits for a page go first: lower this process's priority, and its children's.

    On Linux niceness counts within a session; between sessions counts that of the autogroup.
    """
    with suppress(OSError, AttributeError):  # not on Windows
        os.nice(max(0, NICENESS - os.nice(0)))
    with suppress(OSError):  # only where the kernel groups by session
        Path("/proc/self/autogroup").write_text(str(NICENESS))


def _birth_by_ps(pid: int) -> str | None:
    """For systems without /proc, such as macOS."""
    answer = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    words = answer.stdout.split()
    return None if not words or words[0].startswith("Z") else " ".join(words[1:])
