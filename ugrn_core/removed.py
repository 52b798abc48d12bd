"""What a user removed lies under UGRN_HOME/removed for a day, and goes back where it was.

One way for all: data sets with their contexts, references, runs with their curves. A folder each;
`about.json` in it, sealed, says what it was and where each part lay. It is written before a part is
moved, so nothing is lost where a process is killed between two.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ugrn_core.errors import MissingDataError, StorageError
from ugrn_core.files import (
    disk_errors,
    own_folder,
    read_plain,
    remove_folder,
    sealed,
    unsealed,
    write_own,
)
from ugrn_core.registry import hint

FOLDER = "removed"
FORMAT = 1
ABOUT = "about.json"
KEPT_SECONDS = 24 * 3600.0
CELLS, REFERENCE, RUN = "data set", "reference", "run"  # kinds
_NAME = re.compile(r"(\d{19})-[0-9a-f]{12}")  # nanoseconds since 1970


@dataclass(frozen=True)
class Removed:
    """Something that can be had back. kind: CELLS, REFERENCE or RUN. name: what people called it.
    parts: where each part lay, below the home. about: id, and what else its kind needs to know."""

    place: Path
    kind: str
    name: str
    parts: tuple[str, ...]
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The home that it was removed from."""
        return self.place.parent.parent

    @property
    def when(self) -> float:
        """When it was removed, seconds since 1970."""
        return int(self.place.name.partition("-")[0]) / 1e9

    @property
    def bytes(self) -> int:
        """What it takes on the disk."""
        return _size(self.place)


def put_away(home: Path, parts: Iterable[Path], *, kind: str, name: str, **about: str) -> Removed:
    """Move files and folders below `home` to where they lie for a day; return what can be had back.

    Parts that are not there are passed over. Raises StorageError: then what was moved is listed,
    and can be had back, too.
    """
    sweep(home)
    inside = [part.relative_to(home).as_posix() for part in parts]
    place = home / FOLDER / f"{time.time_ns()}-{secrets.token_hex(6)}"
    told = {"format": FORMAT, "kind": kind, "name": name, "parts": inside, "about": about}
    own_folder(home / FOLDER)
    write_own(place / ABOUT, sealed(told))
    for number, part in enumerate(inside):
        with disk_errors(home / part, "remove"), suppress(FileNotFoundError):
            shutil.move(home / part, place / str(number))
    return Removed(place, kind, name, parts=tuple(inside), about=about)


def put_back(one: Removed) -> None:
    """Have it back where it was; a part whose place was taken meanwhile is let go. Raises
    StorageError where it is gone for good, or the disk refuses."""
    if not (one.place / ABOUT).is_file():
        raise StorageError(f"'{one.name[:60]}' is gone for good: a day has passed.")
    for number, part in enumerate(one.parts):
        target = one.home / part
        if os.path.lexists(target):
            continue
        own_folder(target.parent)
        with disk_errors(target, "put back"), suppress(FileNotFoundError):
            shutil.move(one.place / str(number), target)
    delete(one)


def delete(one: Removed) -> None:
    """Delete it for good."""
    remove_folder(one.place)


def listed(home: Path, kind: str = "") -> tuple[Removed, ...]:
    """Return what can be had back, removed last first; of one kind, where `kind` names it."""
    sweep(home)
    return tuple(one for one in reversed(_every(home)) if kind in ("", one.kind))


def find(home: Path, kind: str, text: str) -> Removed:
    """Return what was removed last of those of a name or an id (a mark, a run, or how it begins);
    raise MissingDataError with near matches."""
    every = listed(home, kind)
    for one in every:
        begins = len(text) >= 6 and one.about.get("id", "").startswith(text.casefold())
        if begins or text.casefold() == one.name.casefold():
            return one
    names = [one.name for one in every]
    raise MissingDataError(
        f"No {kind} named '{text[:40]}' was removed within a day.{hint(text, names)} Those that "
        f"can be had back: {', '.join(names) or 'none'}."
    )


def taken(home: Path) -> int:
    """Return the bytes that removed things still take."""
    return _size(home / FOLDER)


def shrink(home: Path, most: int) -> int:
    """Delete what was removed longest ago until the rest takes at most `most` bytes; return the
    bytes that are free now."""
    over, freed = taken(home) - most, 0
    for one in _every(home):
        if freed >= over:
            break
        freed += one.bytes
        delete(one)
    return freed


def sweep(home: Path) -> None:
    """Delete what was removed over a day ago, whole or in part."""
    with suppress(OSError):
        for entry in os.scandir(home / FOLDER):
            match = _NAME.fullmatch(entry.name)
            if match and time.time() - int(match[1]) / 1e9 > KEPT_SECONDS:
                remove_folder(Path(entry.path))


def _every(home: Path) -> list[Removed]:
    """Return all that is there, removed first first; what does not say what it is, is left out."""
    try:
        names = sorted(os.listdir(home / FOLDER))
    except OSError:
        return []
    read = (_read(home / FOLDER / name) for name in names if _NAME.fullmatch(name))
    return [one for one in read if one is not None]


def _read(place: Path) -> Removed | None:
    try:
        told = unsealed(read_plain(place / ABOUT))
        if told["format"] != FORMAT:
            return None
        parts = tuple(map(str, told["parts"]))
        names = str(told["kind"]), str(told["name"])
        about = {str(k): str(v) for k, v in told["about"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    inside = (PurePosixPath(part) for part in parts)
    if any(part.is_absolute() or ".." in part.parts or not part.parts for part in inside):
        return None
    return Removed(place, *names, parts=parts, about=about)


def _size(folder: Path) -> int:
    total = 0
    for where, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):  # gone meanwhile
                total += os.lstat(os.path.join(where, name)).st_size
    return total
