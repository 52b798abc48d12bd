"""Unpacking an archive somebody else made: nothing leaves the folder, nothing fills the disk."""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from ugrn_core.errors import StorageError, TableError
from ugrn_core.quantities import size

MOST_FILES = 100_000
MOST_BYTES = 60 * 10**9
RATIO = 1000  # uncompressed by compressed; DEFLATE reaches 1032 on zeros only
SKIPPED = ("__MACOSX", ".DS_Store")


def unpack(
    path: Path, folder: Path, progress: Callable[[int, int], None] | None = None
) -> list[Path]:
    """Extract the zip file `path` into `folder`; return the files written.

    Raises TableError for a damaged or hostile archive (paths that lead out, links, bombs) before
    anything is written, StorageError when the disk is too small.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not _skipped(m)]
            _check(path.name, members)
            _check_space(folder, sum(m.file_size for m in members))
            written = []
            for k, member in enumerate(members, 1):
                written.append(_extract(archive, member, folder))
                if progress is not None:
                    progress(k, len(members))
            return written
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise TableError(f"{path.name} is a damaged archive ({error}). Fetch it again.") from error


def _skipped(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    return any(part in SKIPPED or part.startswith("._") for part in parts)


def _check(name: str, members: list[zipfile.ZipInfo]) -> None:
    total = sum(m.file_size for m in members)
    packed = sum(m.compress_size for m in members)
    if len(members) > MOST_FILES or total > MOST_BYTES or total > RATIO * max(packed, 1):
        raise TableError(
            f"{name} would unpack to {len(members):,} files of {size(total)}: not BEELINE's."
        )
    for member in members:
        where = PurePosixPath(member.filename.replace("\\", "/"))
        kind = stat.S_IFMT(member.external_attr >> 16)
        leads_out = where.is_absolute() or ".." in where.parts or ":" in where.parts[0]
        if leads_out or kind not in (0, stat.S_IFREG):
            raise TableError(
                f"{name} holds {member.filename[:60]!r}, which is no plain file in it."
            )


def _check_space(folder: Path, needed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StorageError(
            f"Unpacking needs {size(needed)} and '{folder}' has {size(free)} left. "
            "Free some space or choose another folder."
        )


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> Path:
    target = folder.joinpath(*PurePosixPath(member.filename.replace("\\", "/")).parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, target.open("wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)
    return target
