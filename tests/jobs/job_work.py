"""A job's process for the tests: counts up, or does as its spec says. Without a folder it waits
for one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from ugrn_core.errors import Cancelled, GridError
from ugrn_core.files import write_atomically
from ugrn_core.jobs.execution import run_job
from ugrn_core.jobs.queue import machine_queue
from ugrn_core.jobs.standby import handed_over


def work(spec, progress, should_stop):
    with Path(spec["trace"]).open("a") as trace:
        trace.write(f"{os.getpid()}\n")
    kept = Path(spec["trace"] + ".kept")
    first = int(kept.read_text()) if kept.exists() else 0
    if spec.get("mute"):  # as while it imports
        Path(spec["trace"] + ".deaf").touch()
        time.sleep(600)
    progress(first, spec["steps"])
    if spec.get("deaf"):  # to whoever asks it to stop, and with a child that is so, too
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(spec["trace"] + ".deaf").touch()
        time.sleep(600)
    for step in range(first, spec["steps"]):
        if should_stop():
            raise Cancelled("Stopped on request.")
        if spec.get("fail") == step:
            raise GridError("That grid is no grid.")
        if spec.get("crash") == step:
            raise ZeroDivisionError("a bug")
        time.sleep(spec.get("pause", 0))
        write_atomically(kept, str(step + 1).encode())  # jobs of one test may share it
        progress(step + 1, spec["steps"])
    return {"answer": 42}


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else handed_over()
    if folder is not None:
        slots = os.environ.get("SLOTS")
        queue = machine_queue(folder.parents[1], int(slots)) if slots else None
        run_job(folder, work, queue, ends=True)
