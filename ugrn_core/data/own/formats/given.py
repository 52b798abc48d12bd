"""Files as somebody gave them: on disk, uploaded, or members of an archive, read bounded.

No name inside an archive is ever used as a path, and nothing is unpacked beside the data: members
are read as streams. What needs random access (HDF5) goes to a file without a name, which is gone
when it is closed, whatever ends the process.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ugrn_core.errors import MissingDataError, TableError
from ugrn_core.files import disk_errors
from ugrn_core.quantities import size

MOST_UNPACKED = 40 * 10**9  # bytes of one compressed file or member
MOST_MEMBERS = 5_000
MOST_LAYERS = 3  # compressions around one file: a download that a browser packed once more has two
DEEPEST = 6  # folders below the one given: Cell Ranger multi puts counts in the fifth
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
COMPRESSED = {
    ".gz": (b"\x1f\x8b", gzip.open),
    ".bz2": (b"BZh", bz2.open),
    ".xz": (b"\xfd7zXZ\x00", lzma.open),
}
ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError)


@dataclass(frozen=True)
class Given:
    """A file: its name (of a member: with the folders before it), its bytes as they lie there, and
    how to open it, each time from its beginning. path: where it is a file on disk."""

    name: str
    size: int
    opener: Callable[[], BinaryIO]
    path: Path | None = None

    @property
    def stem(self) -> str:
        """The name alone, without folders and without the endings of compressions."""
        return _unpacked(PurePosixPath(self.name.replace("\\", "/")).name)

    @property
    def suffix(self) -> str:
        """The ending that says what is in it, in lower case: .csv of cells.csv.gz."""
        return PurePosixPath(self.stem).suffix.lower()

    @property
    def shown(self) -> str:
        """The name for messages, cut."""
        name = PurePosixPath(self.name.replace("\\", "/")).name
        return "".join(c if c.isprintable() else "·" for c in name[:60])

    def open(self) -> BinaryIO:
        """Return the content, a compressed file's unpacked, also of one compressed twice, as a
        stream that ends in TableError beyond MOST_UNPACKED."""
        stream = self.opener()
        start = _start(stream)
        for _ in range(MOST_LAYERS):
            packed = (opened for magic, opened in COMPRESSED.values() if start.startswith(magic))
            opened = next(packed, None)
            if opened is None:
                return stream
            stream = io.BufferedReader(_Bounded(opened(stream), self.shown), 1 << 20)
            start = stream.peek(8)[:8]
        if any(start.startswith(magic) for magic, _ in COMPRESSED.values()):
            raise TableError(
                f"{self.shown} is compressed more than {MOST_LAYERS} times over. Unpack it, and "
                "give the file in it."
            )
        return stream


class _Bounded(io.RawIOBase):
    """A stream that refuses to go on for ever."""

    def __init__(self, inner: BinaryIO, name: str) -> None:
        self._inner, self._name, self._read = inner, name, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        piece = self._inner.read(len(buffer))
        self._read += len(piece)
        if self._read > MOST_UNPACKED:
            raise TableError(
                f"{self._name} unpacks to more than {size(MOST_UNPACKED)}. Unpack it yourself, and "
                "give the file in it."
            )
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._inner.close()
        super().close()


def _unpacked(name: str) -> str:
    """Return the name that a file has when every compression is undone."""
    while ending := next((e for e in COMPRESSED if name.lower().endswith(e)), ""):
        name = name[: len(name) - len(ending)]
    return name


def _start(stream: BinaryIO) -> bytes:
    start = stream.read(8)
    stream.seek(0)
    return start


@contextmanager
def damaged(name: str) -> Iterator[None]:
    """Turn what a damaged compression or archive raises in the block into a TableError."""
    try:
        yield
    except UnicodeDecodeError:
        raise
    except (*DAMAGE, RuntimeError, NotImplementedError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise TableError(
            f"{name} cannot be read: it is damaged or cut short ({why}). Copy it again."
        ) from error


def of_bytes(name: str, content: bytes) -> Given:
    """Return an uploaded file."""
    return Given(name, len(content), lambda: io.BytesIO(content))


def of_path(path: Path) -> tuple[Given, ...]:
    """Return the file at `path`, or the files of a folder, six folders deep; links are followed
    to plain files only, and pipes and devices are never opened.

    Raises MissingDataError where there is nothing, TableError for what is no file or folder.
    """
    if path.is_dir():
        paths = sorted(p for p in _below(path) if p.is_file())
        return tuple(_on_disk(p, p.relative_to(path).as_posix()) for p in paths if not _junk(p))
    if not path.exists():
        raise MissingDataError(f"There is no file or folder '{path}'.")
    if not stat.S_ISREG(path.stat().st_mode):
        raise TableError(f"'{path}' is no plain file. Give the file itself.")
    return (_on_disk(path, path.name),)


def _below(folder: Path) -> Iterator[Path]:
    waiting, count = [(folder, 0)], 0
    while waiting:
        here, depth = waiting.pop()
        for entry in here.iterdir():
            count += 1
            if count > MOST_MEMBERS:
                raise TableError(f"'{folder}' holds over {MOST_MEMBERS:,} files. Name one.")
            if entry.is_symlink() or not entry.is_dir():
                yield entry
            elif depth < DEEPEST and not _junk(entry):
                waiting.append((entry, depth + 1))


def _on_disk(path: Path, name: str) -> Given:
    return Given(name, path.stat().st_size, lambda: path.open("rb"), path)


def _junk(path: PurePosixPath | Path) -> bool:
    return any(part in JUNK or part.startswith("._") for part in path.parts[-4:])


def members(archive: Given) -> tuple[Given, ...]:
    """Return the plain files in a zip or tar archive, junk left out; links, devices and folders are
    not followed. Raises TableError for a damaged or encrypted one, or one of too many files."""
    if archive.name.lower().endswith(".zip"):
        inside = _zip_members(archive)
    else:
        inside = _tar_members(archive)
    files = [m for m in inside if not _junk(PurePosixPath(m.name.replace("\\", "/")))]
    return tuple(files)


def _zip_members(archive: Given) -> Iterator[Given]:
    with damaged(archive.shown), zipfile.ZipFile(archive.opener()) as opened:
        infos = opened.infolist()
        _require_few(infos, archive)
        for info in infos:
            if info.flag_bits & 1:
                raise TableError(f"{archive.shown} is protected by a password: unpack it first.")
            if stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG) and not info.is_dir():
                yield Given(info.filename, info.file_size, _Member(archive, info.filename))


def _tar_members(archive: Given) -> Iterator[Given]:
    with damaged(archive.shown), tarfile.open(fileobj=archive.open(), mode="r|*") as opened:
        for count, info in enumerate(opened):
            _require_few(range(count), archive)
            if info.isreg():
                yield Given(info.name, info.size, _Member(archive, info.name))


def _require_few(entries: Sequence, archive: Given) -> None:
    if len(entries) > MOST_MEMBERS:
        raise TableError(f"{archive.shown} holds over {MOST_MEMBERS:,} files. Name one.")


@dataclass(frozen=True)
class _Member:
    """Opens one member of an archive, unpacked to a file without a name: streams inside a zip or
    tar cannot be sought in without reading them again from the start."""

    archive: Given
    name: str

    def __call__(self) -> BinaryIO:
        with damaged(self.archive.shown):
            if self.archive.name.lower().endswith(".zip"):
                with zipfile.ZipFile(self.archive.opener()) as opened:
                    return _copied(opened.open(self.name), self.archive.shown)
            with tarfile.open(fileobj=self.archive.open(), mode="r|*") as opened:
                for info in opened:
                    if info.name == self.name and info.isreg():
                        return _copied(opened.extractfile(info), self.archive.shown)
        raise TableError(f"{self.archive.shown} has changed while it was read. Try again.")


def _copied(stream: BinaryIO, name: str) -> BinaryIO:
    out = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads the copy closes it
    try:
        bounded = _Bounded(stream, name)
        with disk_errors(Path(tempfile.gettempdir()), "write to"):
            while piece := bounded.read(1 << 20):
                out.write(piece)
        out.seek(0)
    except BaseException:
        out.close()
        raise
    return out


def seekable(file: Given) -> Given:
    """Return the file so that it can be sought in, and opened again without being unpacked again:
    of one that is compressed, or a member of an archive, a copy without a name."""
    if file.path is not None and not _is_compressed(file.path):
        return file
    raw = file.opener()
    start = _start(raw)
    if any(start.startswith(magic) for magic, _ in COMPRESSED.values()):
        with damaged(file.shown):
            raw = _copied(file.open(), file.shown)
    return replace(file, name=_unpacked(file.name), opener=lambda: _again(raw), path=None)


@contextmanager
def by_name(file: Given) -> Iterator[str]:
    """Yield a name under which the file, unpacked, can be opened: for readers that end the process
    where a stream of ours fails."""
    if file.path is not None and not _is_compressed(file.path):
        yield str(file.path)
        return
    with damaged(file.shown), file.open() as stream, _copied(stream, file.shown) as copy:
        copy.flush()
        copy.seek(0)
        yield f"/dev/fd/{copy.fileno()}"


def _is_compressed(path: Path) -> bool:
    with path.open("rb") as raw:
        start = raw.read(8)
    return any(start.startswith(magic) for magic, _ in COMPRESSED.values())


def _again(stream: BinaryIO) -> BinaryIO:
    stream.seek(0)
    return stream
