"""The one pool of processes of this machine. None of them runs the script of whoever starts it.

The standard pool's processes begin by running `__main__` again, which under Streamlit is the page.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

# A process a core: libraries that start threads of their own would have them wait for each other.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
# loky takes a process whose memory grew by 0.3 GB for leaking and starts it anew, with a warning: a
# backbone and the buffers of its largest sweep are more than that, and stay.
ROOM = {"LOKY_MAX_MEMORY_LEAK_SIZE": "4e9"}
ORPHAN_SECONDS = 0.5  # between two looks whether the parent is still there


@contextmanager
def processes(count: int) -> Iterator[Executor]:
    """Enter with an executor of `count` processes of one thread each, begun with the first work.

    Leaving waits for what was begun; leaving by an exception ends the processes at once. Its
    futures raise concurrent.futures.process.BrokenProcessPool when a process has died.
    """
    from loky import ProcessPoolExecutor

    executor = ProcessPoolExecutor(
        count, initializer=_obey, initargs=(os.getpid(),), env=ONE_THREAD | ROOM
    )
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=True, kill_workers=True)
        raise
    executor.shutdown(wait=True)


def _obey(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when its parent was killed: nobody else would ever give it work."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)
