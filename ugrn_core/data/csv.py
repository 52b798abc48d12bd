"""Small CSV tables (labels, gene lists, networks) read as text, with clear refusals."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from ugrn_core.errors import MissingDataError, TableError

MOST_BYTES = 1 << 30  # unpacked; the largest BEELINE network has 6.3 million lines (about 120 MB)


def csv_columns(path: Path, columns: Sequence[str | int], header: bool = True) -> list[list[str]]:
    """Return the text of `columns` of a CSV file (plain or .gz), one list per column.

    A column is asked for by name (case ignored) or by position; without a `header` line by
    position only. Nothing is read as missing: the symbol `NA` stays `NA`. Raises MissingDataError
    without the file, TableError when it is no CSV text or lacks a column.
    """
    text = _text(path)
    first = next(_rows(text, path), None)
    if not first:
        raise TableError(f"{path.name} is empty; a CSV table with a header line was expected.")
    at = [_position(c, first, path) for c in columns]
    rows = _rows(text, path)
    if header:
        next(rows)
    out: list[list[str]] = [[] for _ in at]
    most = max(at)
    for line, row in enumerate(rows, start=1 + header):
        if not row:
            continue
        if len(row) <= most:
            raise TableError(
                f"Line {line} of {path.name} has {len(row)} fields; at least {most + 1} were "
                "expected. The file may be cut short: fetch it again."
            )
        for k, column in zip(at, out):
            column.append(row[k].strip())
    return out


def csv_width(path: Path) -> int:
    """Return how many columns the first line of a CSV file names; raises as `csv_columns`."""
    return len(next(_rows(_text(path), path), []))


def _rows(text: str, path: Path) -> Iterator[list[str]]:
    """Yield the rows of `text`; raise TableError naming the line that is none."""
    rows = csv.reader(io.StringIO(text))
    try:
        yield from rows
    except csv.Error as error:
        raise TableError(
            f"Line {rows.line_num} of {path.name} cannot be read as CSV ({error}). Is a quotation "
            "mark left open before it?"
        ) from error


def _position(column: str | int, header: list[str], path: Path) -> int:
    if isinstance(column, int):
        if column < len(header):
            return column
        raise TableError(f"{path.name} has {len(header)} columns; column {column + 1} is needed.")
    names = [h.strip().casefold() for h in header]
    if column.casefold() in names:
        return names.index(column.casefold())
    shown = ", ".join(f"'{h[:20]}'" for h in header[:6])
    raise TableError(f"{path.name} has no column '{column}'; it has {shown}.")


def _text(path: Path) -> str:
    if not path.is_file():
        raise MissingDataError(f"There is no file {path}.")
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise TableError(f"{path.name} cannot be read ({error}). Fetch it again.") from error
    if len(raw) > MOST_BYTES:
        raise TableError(
            f"{path.name} holds more than {MOST_BYTES >> 20} MB; that is no table here."
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(f"{path.name} is not text in UTF-8: is it a CSV file?") from error
    if "\0" in text:
        raise TableError(f"{path.name} holds binary data: is it a CSV file?")
    return text
