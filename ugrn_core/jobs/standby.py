"""A process that has imported everything and waits for a job, so that a short run begins at once.

It reads its stdin to the end: a folder is the job to do, nothing means that the dashboard is gone
(killed or stopped, its end of the pipe is closed by the system) or has no use for it, and it ends.
Handed a job it is that job's process like any other: in a session of its own, with the job's log.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from ugrn_core.files import open_own
from ugrn_core.jobs.state import LOG

COMMAND = (sys.executable, "-m", "ugrn_core.commands.job", "standby")
PATIENCE = 600.0  # seconds without anybody who might begin a run; then its memory is given back


class Standby:
    """At most one process that waits, shared by all sessions of a dashboard; none while the last
    one is at its job, behind which the next would wait in line, with all it has imported."""

    def __init__(self, command: Sequence[str] = COMMAND, patience: float = PATIENCE) -> None:
        self._command, self._patience = tuple(command), patience
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._at_work: subprocess.Popen | None = None
        self._end: threading.Timer | None = None

    def expect(self, *words: str) -> None:
        """Have a process waiting, started with `words` if there is none; somebody may want it."""
        with self._lock:
            if self._at_work is not None and self._at_work.poll() is None:
                return
            self._postpone()
            if self._process is None or self._process.poll() is not None:
                self._process = self._started(words)

    def take(self, folder: Path) -> subprocess.Popen | None:
        """Give the job in `folder` to the process that waits and return it; None without one."""
        with self._lock:
            process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return None
        try:
            with process.stdin as pipe:
                pipe.write(os.fsencode(folder.resolve()))
        except OSError:  # it died this moment
            return None
        self._at_work = process
        return process

    def dismiss(self) -> None:
        """End the process that waits, if there is one."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.stdin.close()

    def _postpone(self) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = threading.Timer(self._patience, self.dismiss)
        self._end.daemon = True  # it holds up nobody who leaves
        self._end.start()

    def _started(self, words: Sequence[str]) -> subprocess.Popen | None:
        try:
            return subprocess.Popen(
                [*self._command, *words],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # as a job: see runner.Jobs
            )
        except OSError:  # no process to be had: the job will say so
            return None


def handed_over() -> Path | None:
    """Wait, in the waiting process; return its job's folder, with its log as output, or None."""
    given = sys.stdin.buffer.read()
    if not given:
        return None
    folder = Path(os.fsdecode(given))
    with open_own(folder / LOG, "ab") as log, Path(os.devnull).open("rb") as nothing:
        for file, number in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(file.fileno(), number)
    return folder
