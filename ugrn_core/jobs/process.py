"""Telling a living process from a dead one whose number was given away again; ending one that does
not stop; giving way."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

from ugrn_core.files import open_own, read_plain
from ugrn_core.jobs.state import CANCEL, JobState

NICENESS = 10
BEAT, BEAT_BYTES = "beat", 20
BEAT_SECONDS = 2.0  # between two counts
SILENT_SECONDS = 300.0  # without a count, after which a job elsewhere is dead
GRACE_SECONDS = 10.0  # a job has to stop by itself


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


def is_at_work(state: JobState, folder: Path) -> bool:
    """Return whether the process of an active job, whose folder is `folder`, lives.

    That of another machine, which shares the folder, cannot be looked at: it is taken to live until
    its heartbeat has not changed for SILENT_SECONDS of this process's time. Clocks of two machines
    may differ.
    """
    if state.host in ("", platform.node()):
        return is_alive(state.pid, state.born)
    try:
        beat = read_plain(folder / BEAT, BEAT_BYTES)
    except (OSError, ValueError):
        beat = b""
    return _UNCHANGED.seconds(folder / BEAT, (beat, state)) < SILENT_SECONDS


def is_overdue(folder: Path) -> bool:
    """Return whether the stop asked of the job in `folder` has been seen here for longer than
    GRACE_SECONDS."""
    try:
        mark = (folder / CANCEL).stat()
    except OSError:
        return False
    mark = mark.st_ino, mark.st_mtime_ns
    return _UNCHANGED.seconds(folder / CANCEL, mark) > GRACE_SECONDS


def end(state: JobState) -> None:
    """End the process of a job of this machine, and all that it started; not this one."""
    if state.pid == os.getpid() or not is_alive(state.pid, state.born):
        return
    with suppress(OSError):  # it has just ended, or is another user's
        if os.getpgid(state.pid) == state.pid:
            os.killpg(state.pid, signal.SIGKILL)
        else:
            os.kill(state.pid, signal.SIGKILL)


class _Unchanged:
    """How long something has been as it is, by this process's own clock, since it first looked."""

    def __init__(self) -> None:
        self._since: dict[Path, tuple[object, float]] = {}

    def seconds(self, what: Path, value: object) -> float:
        before, now = self._since.get(what), time.monotonic()
        if before is None or before[0] != value:
            self._since[what] = before = value, now
        return now - before[1]


_UNCHANGED = _Unchanged()


class Heartbeat:
    """Counts in the folder of a job while its process lives, so that other machines see it live.

    Ends this process, which leads a group of its own, with all that it started, when it has not
    stopped GRACE_SECONDS after it was asked to. `ends=False`: it only counts.
    """

    def __init__(self, folder: Path, ends: bool) -> None:
        leads = hasattr(os, "getpgrp") and os.getpgrp() == os.getpid()  # not on Windows
        self._folder, self._ends = folder, ends and leads
        self._over = threading.Event()

    def __enter__(self) -> None:
        threading.Thread(target=self._beat, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _beat(self) -> None:
        count = 0
        with suppress(OSError), open_own(self._folder / BEAT, "wb") as file:
            while not self._over.wait(BEAT_SECONDS):
                count += 1
                with suppress(OSError):  # in place: a full disk has room for that
                    file.seek(0)
                    file.write(b"%d" % count)
                self._look()
        while not self._over.wait(BEAT_SECONDS):  # nowhere to count, but still to be ended
            self._look()

    def _look(self) -> None:
        if self._ends and is_overdue(self._folder) and not self._over.is_set():
            os.killpg(0, signal.SIGKILL)


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
