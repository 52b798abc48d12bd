"""Where a probe store lies: a folder on a disk, or a prefix of an object store through fsspec.

Both write a file whole or not at all (a PUT of an object is atomic). Claims exist on disks only:
on an object store two processes may do the same source, and write the same bytes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ugrn_core.errors import OptionError, StorageError
from ugrn_core.files import (
    clear_way,
    disk_errors,
    own_folder,
    read_plain,
    remove_own,
    set_aside,
    write_own,
)
from ugrn_core.jobs.claims import Claims

STALE_SECONDS = 3600  # a .partial file this old belongs to nobody alive
Root = Path | str  # a str is an fsspec URL, such as s3://bucket/prefix


class StoreFolder(Protocol):
    """Files by name, `/` between parts. read raises FileNotFoundError; all raise StorageError."""

    def read(self, name: str) -> bytes:
        """Return a file's bytes."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all."""

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""

    def set_aside(self, name: str, why: str) -> None:
        """Put a damaged file, or with an empty name the whole folder, out of the way."""

    def is_readable(self, name: str) -> bool:
        """Return whether reading `name` would end: a pipe or a device in its place would not."""

    def names(self, within: str) -> list[str]:
        """Return the names of the files in the folder `within`, without it."""

    def make_way(self, name: str) -> None:
        """Put out of the way what lies where the file `name`, or a folder of it, is to be."""

    def array(self, name: str) -> object:
        """Return what zarr opens the array `name` from."""

    def claim(self, number: int):
        """Return a context that enters with True when no other process holds `number`."""

    def guarded(self, doing: str, what: str):
        """Return a context that turns failures of the storage into StorageError."""


class DiskFolder:
    """A folder on a disk of this machine or a shared one; made when something is written to it, so
    that a disk that cannot be written can be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._claims: Claims | None = None
        with suppress(OSError):  # it has none, or is not ours to clear
            self._clear()

    def __str__(self) -> str:
        return str(self._folder)

    def read(self, name: str) -> bytes:
        """See StoreFolder."""
        return read_plain(self._folder / name)

    def write(self, name: str, content: bytes) -> None:
        """See StoreFolder."""
        # Digests tell what a power failure left empty: it is computed again.
        write_own(self._folder / name, content, lasting=False)

    def remove(self, name: str) -> None:
        """See StoreFolder."""
        remove_own(self._folder / name)

    def set_aside(self, name: str, why: str) -> None:
        """See StoreFolder. Raises StorageError where the whole folder cannot be put away."""
        aside = set_aside(self._folder / name, why)
        if not name and aside is None and self._folder.exists():
            raise StorageError(
                f"{self} cannot be used ({why}) nor set aside. Set UGRN_HOME to another folder."
            )

    def is_readable(self, name: str) -> bool:
        """See StoreFolder."""
        path = self._folder / name
        return path.is_file() or not os.path.lexists(path)

    def names(self, within: str) -> list[str]:
        """See StoreFolder."""
        return [p.name for p in (self._folder / within).glob("*")]

    def make_way(self, name: str) -> None:
        """See StoreFolder."""
        path = self._folder / name
        own_folder(path.parent)
        clear_way(path)

    def array(self, name: str) -> object:
        """See StoreFolder."""
        return self._folder / name

    def claim(self, number: int):
        """See StoreFolder."""
        if self._claims is None:
            own_folder(self._folder)
            self._claims = Claims(self._folder / "claims")
        return self._claims.hold(number)

    def guarded(self, doing: str, what: str):
        """See StoreFolder."""
        return disk_errors(self._folder / what, doing)

    def _clear(self) -> None:
        """Remove what the dead left."""
        now = time.time()
        for partial in self._folder.rglob("*.partial"):
            try:
                if now - partial.stat().st_mtime > STALE_SECONDS:
                    partial.unlink()
            except FileNotFoundError:
                continue  # its writer finished


class ObjectFolder:
    """A prefix of an object store."""

    def __init__(self, url: str) -> None:
        import fsspec

        self._url = url
        try:
            self._files, self._prefix = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise OptionError(
                f"'{url}' needs a package that is not installed ({error}). Install it beside UGRN: "
                "s3fs for s3://, gcsfs for gs://, adlfs for abfs://."
            ) from error
        except (OSError, ValueError) as error:
            raise OptionError(f"'{url}' is no place UGRN can write to ({error}).") from error

    def __str__(self) -> str:
        return self._url

    def _path(self, name: str) -> str:
        return f"{self._prefix}/{name}"

    def read(self, name: str) -> bytes:
        """See StoreFolder."""
        try:
            return self._files.cat_file(self._path(name))
        except FileNotFoundError:
            raise
        except Exception as error:  # each service has exceptions of its own
            raise self._failed("read", name, error) from error

    def write(self, name: str, content: bytes) -> None:
        """See StoreFolder."""
        with self.guarded("write", name):
            self._files.makedirs(self._path(name).rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(self._path(name), content)

    def remove(self, name: str) -> None:
        """See StoreFolder."""
        with self.guarded("remove", name):
            try:
                self._files.rm_file(self._path(name))
            except FileNotFoundError:
                return

    def set_aside(self, name: str, why: str) -> None:
        """See StoreFolder. Nothing is renamed there: a file is removed, a folder refused."""
        if not name:
            raise StorageError(f"{self} holds something else ({why}). Use another prefix.")
        self.remove(name)

    def is_readable(self, name: str) -> bool:
        """See StoreFolder."""
        return True

    def names(self, within: str) -> list[str]:
        """See StoreFolder."""
        self._files.invalidate_cache()
        try:
            paths = self._files.ls(self._path(within), detail=False)
        except FileNotFoundError:
            return []
        return [path.rpartition("/")[2] for path in paths]

    def make_way(self, name: str) -> None:
        """See StoreFolder. A name there holds a file or none."""

    def array(self, name: str) -> object:
        """See StoreFolder."""
        from zarr.storage import FsspecStore

        return FsspecStore.from_url(f"{self._url}/{name}")

    def claim(self, number: int):
        """See StoreFolder."""
        return nullcontext(True)

    @contextmanager
    def guarded(self, doing: str, what: str) -> Iterator[None]:
        """See StoreFolder."""
        try:
            yield
        except StorageError:
            raise
        except Exception as error:  # each service has exceptions of its own
            raise self._failed(doing, what, error) from error

    def _failed(self, doing: str, what: str, error: Exception) -> StorageError:
        return StorageError(
            f"Cannot {doing} {what} at {self._url} ({type(error).__name__}: {error}). Check the "
            "address, the credentials and the network. What was finished is kept."
        )


def store_folder(root: Root, name: str) -> StoreFolder:
    """Return the folder `name` under `root`; raise OptionError or StorageError."""
    if isinstance(root, str) and root.startswith(("file://", "local://")):
        root = Path(url2pathname(urlsplit(root).path))
    if isinstance(root, str) and "://" in root:
        return ObjectFolder(f"{root.rstrip('/')}/{name}")
    return DiskFolder(Path(root) / name)
