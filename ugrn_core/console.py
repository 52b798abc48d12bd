"""What a command says while it works: to stderr, never with markup, since names may hold some."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ugrn_core.errors import StorageError


def say(text: str) -> None:
    """Print one line to stderr as it is; control characters show as their codes."""
    plain = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    Console(stderr=True).print(plain, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield progress(done, total), drawn on stderr with the time left."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


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
