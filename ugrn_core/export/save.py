"""An edge table to a file, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ugrn_core.errors import MissingDataError, OptionError, StorageError
from ugrn_core.export import FORMATS
from ugrn_core.export.base import labelled, sidecar_json
from ugrn_core.export.delimited import delimited
from ugrn_core.files import check_writable, write_together

ROWS = {".tsv": "\t", ".csv": ","}  # of tables that are no edge tables


def format_for(path: Path) -> str:
    """Return the name of the format by suffix, the longest that fits; else raise OptionError."""
    fitting = [name for name in FORMATS if path.name.lower().endswith(FORMATS[name].suffix.lower())]
    if not fitting:
        known = ", ".join(FORMATS[name].suffix for name in FORMATS)
        raise OptionError(f"'{path.name}' does not say its format; end it with one of {known}.")
    return max(fitting, key=lambda name: len(FORMATS[name].suffix))


def save(
    path: Path, frame: pd.DataFrame, provenance: Mapping, name: str | None = None
) -> tuple[Path, ...]:
    """Write `frame` to `path` in the format `name` (default: by suffix); return the files written.

    A format without room for provenance gets `PATH.provenance.json` beside it. Each file appears
    whole or not at all. Raises OptionError, UnknownNameError, TableError,
    MissingDataError, StorageError.
    """
    path = Path(path)
    style = FORMATS[name or format_for(path)]
    if not path.absolute().parent.is_dir():
        raise MissingDataError(f"The folder '{path.parent}' does not exist; make it first.")
    files = {path: style.write(labelled(frame, provenance), provenance)}
    if style.sidecar is not None:
        files[path.with_name(f"{path.name}.provenance.json")] = style.sidecar(provenance)
    if path.is_dir():
        raise StorageError(f"'{path}' is a folder; give the name of the table to write.")
    write_together(dict(reversed(files.items())))  # the table last: where it is, all is
    return tuple(files)


def check_rows(path: Path) -> None:
    """Raise OptionError, MissingDataError or StorageError unless a table that is no edge table can
    be written to `path`: before the work, not after it."""
    if path.suffix.lower() not in ROWS:
        raise OptionError(f"'{path.name}' does not say its format; end it with .tsv or .csv.")
    if not path.absolute().parent.is_dir():
        raise MissingDataError(f"The folder '{path.parent}' does not exist; make it first.")
    if path.is_dir():
        raise StorageError(f"'{path}' is a folder; give the name of the table to write.")
    check_writable(path)


def save_rows(path: Path, frame: pd.DataFrame, provenance: Mapping) -> None:
    """Write a table that is no edge table, guarded for spreadsheets, and `PATH.provenance.json`
    beside it; both whole or not at all. Raises what `check_rows` raises."""
    check_rows(path)
    beside = path.with_name(f"{path.name}.provenance.json")
    table = delimited(frame, ROWS[path.suffix.lower()]).encode()
    write_together({beside: sidecar_json(provenance), path: table})
