"""Files written whole or not at all, and messages for disks that refuse."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ugrn_core.errors import StorageError


@contextmanager
def disk_errors(path: Path, doing: str) -> Iterator[None]:
    """Turn an OSError inside the block into a StorageError that says what to do."""
    try:
        yield
    except OSError as error:
        advice = {
            errno.ENOSPC: "the disk is full. Free some space and run again",
            errno.EDQUOT: "the disk quota is used up. Free some space and run again",
            errno.EACCES: "permission denied. Choose a folder you may write to",
            errno.EROFS: "the file system is read-only. Choose another folder",
            errno.EFBIG: "the file would be too large for this file system or limit",
        }.get(error.errno, f"{error.strerror or error}. Check the disk")
        kept = "" if doing == "read" else " What was finished is kept."
        message = f"Cannot {doing} {path.name}: {advice}.{kept}"
        raise StorageError(message) from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path` whole or not at all; raise StorageError."""
    with disk_errors(path, "write"):
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_name(f".{path.name[:60]}.{secrets.token_hex(6)}.partial")
        try:
            # Not mkstemp: its mode 0600 would hide the file from colleagues; this obeys the umask.
            with scratch.open("xb") as file:
                file.write(content)
            os.replace(scratch, path)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise


def check_writable(path: Path) -> None:
    """Raise StorageError unless the file or folder `path` can be made: asked before long work."""
    place = path.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    file = place if place == path.absolute() and not place.is_dir() else None
    code = 0
    if file is None and not place.is_dir():
        code = errno.ENOTDIR
    elif not os.access(place, os.W_OK):
        code = errno.EACCES
    if code:
        raise StorageError(
            f"Cannot write '{path}': {os.strerror(code)} ('{place}'). Choose another place for it."
        )


def read_bounded(path: Path, most_bytes: int) -> bytes:
    """Return the bytes of a file that somebody else may have made: at most `most_bytes`.

    A pipe, a device, a folder, or a link to one, is not waited for; memory grows with what is
    there, not with the bound. Raises StorageError, also where the file is larger or not there.
    """
    with disk_errors(path, "read"):
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise StorageError(f"'{path}' is no plain file. Put the file itself there.")
            content = bytearray()
            while len(content) <= most_bytes:
                piece = file.read(min(1 << 20, most_bytes + 1 - len(content)))
                if not piece:
                    return bytes(content)
                content += piece
    raise StorageError(
        f"'{path}' is larger than {most_bytes:,} bytes, too large for what it should be. "
        "Put the right file there."
    )
