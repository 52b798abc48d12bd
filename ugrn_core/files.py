"""Files written whole or not at all, read bounded, sealed by a digest; disks that refuse, in words.

What UGRN keeps for itself (everything under UGRN_HOME) is a cache: what cannot be vouched for is
set aside and made again. A sealed file is JSON that carries the sha256 of its own text, so that one
flipped bit anywhere in it is noticed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ugrn_core.errors import StorageError

LARGEST_RECORD = 64_000_000  # bytes of a sealed file; the largest, a store's manifest, has 1 MB
MOST_SET_ASIDE = 99
SEAL = "sha256"
log = logging.getLogger(__name__)


@contextmanager
def disk_errors(path: Path, doing: str, *, whole: bool = False) -> Iterator[None]:
    """Turn an OSError inside the block into a StorageError that says what to do.

    whole: name all of `path`, where its last part says nothing to whoever reads it.
    """
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
        assurance = "" if doing == "read" else " What was finished is kept."
        message = f"Cannot {doing} {path if whole else path.name}: {advice}.{assurance}"
        raise StorageError(message) from error


def write_atomically(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Write `content` to `path` whole or not at all; raise StorageError.

    lasting: also when the power fails right after, which takes a round to the disk or two. Without
    it such a failure may leave the file empty: for what is written often and checked on reading.
    """
    write_together({path: content}, lasting=lasting)


def write_together(files: Mapping[Path, bytes], *, lasting: bool = True) -> None:
    """Write files that belong together, all of them whole before the first gets its name: a full
    disk leaves none. Raises StorageError. lasting: see `write_atomically`."""
    scratches: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            with disk_errors(path, "write"):
                scratches[path] = _scratch(path, content, lasting)
        for path, scratch in scratches.items():
            with disk_errors(path, "write"):
                os.replace(scratch, path)
    except BaseException:
        for scratch in scratches.values():
            with suppress(OSError):  # the first error is the one to tell
                scratch.unlink(missing_ok=True)
        raise
    if lasting:
        for folder in {path.parent for path in files}:
            _sync_folder(folder)


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """Enter with a file to write that is named `path` when the block has ended well, and is gone
    where it has not: for content too large to be held in memory once more. Raises StorageError."""
    with disk_errors(path, "write"):
        with _scratch_file(path, lasting=True) as file:
            yield file
        try:
            os.replace(file.name, path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise
    _sync_folder(path.parent)


def _scratch(path: Path, content: bytes, lasting: bool) -> Path:
    """Write `content` beside `path` and return where."""
    with _scratch_file(path, lasting) as file:
        file.write(content)
    return Path(file.name)


@contextmanager
def _scratch_file(path: Path, lasting: bool) -> Iterator[IO[bytes]]:
    """Enter with a new file beside `path`, which is deleted when the block raises."""
    made = not path.parent.is_dir()
    path.parent.mkdir(parents=True, exist_ok=True)
    if made and lasting:
        _sync_folder(path.parent.parent)
    scratch = path.with_name(f".{path.name[:60]}.{secrets.token_hex(6)}.partial")
    try:
        # Not mkstemp: its mode 0600 would hide the file from colleagues; this obeys the umask.
        with scratch.open("xb") as file:
            yield file
            if lasting:
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Have the names in `folder` on the disk, on systems where a folder can be synced."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_plain(path: Path, most_bytes: int = LARGEST_RECORD) -> bytes:
    """Return the bytes of a plain file; memory grows with what is there, not with the bound.

    Raises FileNotFoundError; for a pipe, a device, a folder or a link to one OSError, at once:
    opening a pipe would wait for ever, a device may have no end. ValueError when it is larger.
    """
    number = _at_once(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    with os.fdopen(number, "rb") as file:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file")
        return read_at_most(file, most_bytes)


def read_at_most(file: IO[bytes], most_bytes: int) -> bytes:
    """Return what is left in an open `file`; memory grows with it, not with the bound.

    `file.read(most_bytes)` would reserve the bound. Raises ValueError when there is more.
    """
    content = bytearray()
    while len(content) <= most_bytes:
        piece = file.read(min(1 << 20, most_bytes + 1 - len(content)))
        if not piece:
            return bytes(content)
        content += piece
    raise ValueError(f"it is larger than {most_bytes:,} bytes")


def read_bounded(path: Path, most_bytes: int) -> bytes:
    """Return the bytes of a file that somebody else may have made, as `read_plain` does.

    Raises StorageError, also where there is none.
    """
    with disk_errors(path, "read"):
        try:
            return read_plain(path, most_bytes)
        except ValueError as error:
            raise StorageError(
                f"'{path}' is larger than {most_bytes:,} bytes, too large for what it should be. "
                "Put the right file there."
            ) from error
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            raise StorageError(f"'{path}' is no plain file. Put the file itself there.") from error


def sealed(content: Mapping) -> bytes:
    """Return `content` (plain JSON types) as JSON with its digest under `sha256`, put last."""
    body = json.dumps(content, indent=1, allow_nan=False)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return json.dumps({**content, SEAL: digest}, indent=1).encode()


def unsealed(raw: bytes) -> dict:
    """Return what `sealed` was given; raise ValueError when a bit of it has changed."""
    try:
        content = json.loads(raw)
        if not isinstance(content, dict) or SEAL not in content:
            raise ValueError("it carries no digest")
        del content[SEAL]
        whole = sealed(content) == raw
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not whole:
        raise ValueError("its digest does not fit")
    return content


def check_format(content: Mapping, known: int, what: str) -> None:
    """Raise StorageError unless `content["format"]` is the one that this version writes."""
    if content.get("format") != known:
        raise StorageError(
            f"{what} was written by another version of UGRN (format "
            f"{str(content.get('format'))[:20]}, this one reads {known}). Use that version, or set "
            "UGRN_HOME to another folder."
        )


def set_aside(path: Path, why: str) -> Path | None:
    """Rename a damaged file or folder to `NAME.damaged-<n>` and return that, saying so in the log.

    None where it cannot be renamed (a read-only disk) or is gone.
    """
    for n in range(1, MOST_SET_ASIDE + 1):
        aside = path.with_name(f"{path.name}.damaged-{n}")
        if not os.path.lexists(aside):
            break
    else:
        aside = path.with_name(f"{path.name}.damaged-{secrets.token_hex(4)}")
    try:
        os.replace(path, aside)
    except OSError:
        log.warning("%s is damaged (%s) and is not used.", path, why)
        return None
    log.warning("%s is damaged (%s); it was set aside as %s.", path, why, aside.name)
    return aside


def clear_way(path: Path) -> None:
    """Set aside what lies at `path` unless it is a plain file: nothing can be written over it."""
    if os.path.lexists(path) and not path.is_file():
        set_aside(path, "it is no plain file")


def own_folder(folder: Path) -> None:
    """Have a folder of UGRN's own; what lies in its place, or in that of one above it, is set
    aside. Raises StorageError. Not for places that a user names: nothing of his is renamed."""
    place = folder
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    if not place.is_dir():
        set_aside(place, "it is no folder")
    with disk_errors(folder, "make", whole=True):
        folder.mkdir(parents=True, exist_ok=True)


def write_own(path: Path, content: bytes, *, lasting: bool = True) -> None:
    """Do as `write_atomically` for a file of UGRN's own, whatever lies in its place."""
    if not path.parent.is_dir():
        own_folder(path.parent)
    clear_way(path)
    write_atomically(path, content, lasting=lasting)


def remove_own(path: Path) -> None:
    """Remove a file of UGRN's own if it is there, whatever it is; raise StorageError."""
    clear_way(path)
    with disk_errors(path, "remove"), suppress(NotADirectoryError):
        path.unlink(missing_ok=True)


def remove_folder(folder: Path) -> None:
    """Remove a folder and what is in it, as far as it can be; what is no folder stays, for
    `own_folder` to set aside: Python 3.11 opens it, and a pipe would be waited for for ever."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)


def open_own(path: Path, mode: str) -> IO[bytes]:
    """Open a file of UGRN's own in a binary `mode`, unbuffered, and make it if need be; what is no
    plain file is set aside first: opening a pipe would wait for ever. Raises OSError."""
    clear_way(path)
    file = open(path, mode, buffering=0, opener=_at_once)  # noqa: SIM115 it is returned
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # on a disk that cannot be written
        file.close()
        raise OSError(errno.EINVAL, "it is no plain file")
    return file


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)


def was_set_aside(path: Path) -> bool:
    """Return whether a file that lay at `path` has been set aside."""
    return os.path.lexists(path.with_name(f"{path.name}.damaged-1"))


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
