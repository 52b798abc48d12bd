"""Fetching public data into the place where the benchmark and the pages look for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ugrn_core.console import progress_bar, say
from ugrn_core.data.archives import unpack
from ugrn_core.data.beeline.networks import beeline_cells
from ugrn_core.data.download import RemoteFile, download, record_files
from ugrn_core.errors import InputError, MissingDataError, StorageError, UnknownNameError
from ugrn_core.files import (
    check_writable,
    clear_way,
    disk_errors,
    own_folder,
    remove_folder,
    write_own,
)
from ugrn_core.quantities import size
from ugrn_core.settings import Settings

ZENODO = "https://zenodo.org/api/records"
RECORDS = {"beeline": ("3378975", "3701939")}  # data sets; reference networks
MARK = "fetched.json"
Progress = Callable[[str, int, int], None]  # file, bytes done, bytes in all


def fetch(
    name: str, settings: Settings, server: str = ZENODO, progress: Progress | None = None
) -> Path:
    """Download the data called `name`, unpack it under the home folder, and return where it lies.

    progress(file, done, total): bytes; without it bars are drawn on stderr. Interrupted, it goes on
    at the next call; finished, it only says so. Raises UnknownNameError, MissingDataError (offline,
    damaged), StorageError.
    """
    if name not in RECORDS:
        raise UnknownNameError(
            f"'{name[:60]}' cannot be fetched. Known: {', '.join(RECORDS)}, collectri."
        )
    folder = settings.home / name
    if folder.exists():
        return _present(folder)
    check_writable(folder)
    files = _listed(name, server)
    total = sum(f.size for f in files)
    say(f"{len(files)} files, {size(total)}, from {server}")
    staging = settings.home / f".{name}.partial"
    remove_folder(staging)
    own_folder(staging)
    for file in files:
        with _followed(file.name, progress) as watch:
            path = download(file, settings.home / "downloads", watch, say=say)
        with _followed(f"{file.name}, unpacked", progress) as watch:
            unpack(path, staging, watch)
    _finish(staging, folder, files)
    for file in files:
        (settings.home / "downloads" / file.name).unlink(missing_ok=True)
    say(f"{len(beeline_cells(folder))} cells of the benchmark are in {folder}")
    return folder


@contextmanager
def _followed(what: str, progress: Progress | None) -> Iterator[Callable[[int, int], None]]:
    if progress is not None:
        yield partial(progress, what)
        return
    with progress_bar(what) as bar:
        yield bar


def _present(folder: Path) -> Path:
    if not (folder / MARK).is_file():
        raise StorageError(
            f"'{folder}' is there already and was not fetched. Move it away to fetch it, or use it "
            "as it is."
        )
    say(f"Fetched already: {folder}. Remove the folder to fetch it again.")
    return folder


def _listed(name: str, server: str) -> tuple[RemoteFile, ...]:
    """The archives of the records, each once though two records may list it."""
    by_checksum: dict[str, RemoteFile] = {}
    for record in RECORDS[name]:
        for file in record_files(f"{server.rstrip('/')}/{record}"):
            if file.name.endswith(".zip"):
                by_checksum.setdefault(file.digest, file)
    names = [f.name for f in by_checksum.values()]
    if not names or len(set(names)) < len(names):
        raise MissingDataError(
            f"The records {', '.join(RECORDS[name])} list {', '.join(names) or 'no archive'}: not "
            "what was expected. They may have changed; report it, or fetch them by hand."
        )
    return tuple(by_checksum.values())


def _finish(staging: Path, folder: Path, files: tuple[RemoteFile, ...]) -> None:
    """Make the unpacked folder the real one, if BEELINE's data are in it."""
    try:
        cells = beeline_cells(staging)
    except InputError as error:
        raise MissingDataError(f"What was unpacked is not BEELINE's data: {error}") from error
    about = {"files": {f.name: f.digest for f in files}, "cells": len(cells)}
    write_own(staging / MARK, json.dumps(about, indent=1).encode())
    clear_way(folder)  # a link that leads nowhere
    with disk_errors(folder, "write"):
        staging.replace(folder)
