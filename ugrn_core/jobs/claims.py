"""Who does what: locks on files, freed by the system when their process dies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakValueDictionary

from ugrn_core.errors import StorageError
from ugrn_core.files import clear_way, disk_errors, open_own

try:
    import fcntl
except ImportError:  # no POSIX locks: work may be done twice, never wrongly
    fcntl = None

LOCK_SECONDS = 30
POLL_SECONDS = 0.02


@contextmanager
def exclusive(path: Path, patience: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the file `path` alone among all processes and threads.

    Raises StorageError when it is not to be had in `patience` seconds.
    """
    with disk_errors(path, "open"):
        file = open_own(path, "ab")
    with file:
        deadline = time.monotonic() + patience
        while not take(file.fileno()):
            if time.monotonic() > deadline:
                raise StorageError(f"{path} is locked by another process. Try again later.")
            time.sleep(POLL_SECONDS)
        yield  # closing the file frees it


def take(handle: int) -> bool:
    """Lock an open file until it is closed; return False when another handle has it locked."""
    return _flock(handle)


def _flock(handle: int, shared: bool = False) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def is_held(path: Path) -> bool:
    """Return whether a living process, this one included, has the file locked."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # it may be a pipe
    except OSError:
        return False
    try:
        return not _flock(number, shared=True)  # alone would need a file open for writing
    finally:
        os.close(number)


class _Handle:
    """An open file, closed when nobody refers to it."""

    def __init__(self, path: Path) -> None:
        clear_way(path)
        with disk_errors(path, "open"):
            self.number = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self.file = os.fstat(self.number).st_ino

    def __del__(self) -> None:
        if hasattr(self, "number"):
            os.close(self.number)


# One handle a file in a process: closing any handle of a file drops all the process' locks on it.
_HANDLES: WeakValueDictionary[tuple[int, str], _Handle] = WeakValueDictionary()


def _handle(path: Path) -> _Handle:
    key = os.getpid(), str(path.absolute())
    handle = _HANDLES.get(key)
    if handle is None or not path.exists() or path.stat().st_ino != handle.file:
        handle = _HANDLES[key] = _Handle(path)
    return handle


class Claims:
    """Byte-range locks numbered from 0 on the file `path`; they exclude processes, not threads."""

    def __init__(self, path: Path) -> None:
        self._open = _handle(path)
        self._handle = self._open.number

    @contextmanager
    def hold(self, number: int) -> Iterator[bool]:
        """Enter with True when the lock was free; it is freed on leaving."""
        mine = self._lock(number)
        try:
            yield mine
        finally:
            if mine and fcntl is not None:
                fcntl.lockf(self._handle, fcntl.LOCK_UN, 1, number)

    def _lock(self, number: int) -> bool:
        if fcntl is None:
            return True
        try:
            fcntl.lockf(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except BlockingIOError:
            return False
        except PermissionError:  # EACCES: held, on some systems
            return False
        except OSError:  # a file system without locks
            return True
        return True
