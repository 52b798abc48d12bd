"""Small CSV tables (labels, gene lists, networks) read as text, with clear refusals."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from ugrn_core.data.text import decoded, encoding_of
from ugrn_core.errors import MissingDataError, TableError
from ugrn_core.files import read_at_most
from ugrn_core.quantities import size

HEAD_BYTES = 1 << 16  # in which the first line ends
MOST_BYTES = 1 << 30  # unpacked; the largest BEELINE network has 6.3 million lines (about 120 MB)


def csv_columns(path: Path, columns: Sequence[str | int], header: bool = True) -> list[list[str]]:
    """Return the text of `columns` of a CSV file (plain or .gz), one list per column.

    A column is asked for by name (case ignored) or by position; without a `header` line by
    position only. Nothing is read as missing: the symbol `NA` stays `NA`. Raises MissingDataError
    without the file, TableError when it is no CSV text or lacks a column.
    """
    rows = _rows(path)
    first = next(rows, (1, []))[1]
    if not first:
        raise TableError(f"{path.name} is empty; a CSV table with a header line was expected.")
    at = [_position(c, first, path) for c in columns]
    out: list[list[str]] = [[] for _ in at]
    most = max(at)
    for line, row in rows if header else itertools.chain([(1, first)], rows):
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


def csv_header(path: Path) -> list[str]:
    """Return the fields of a CSV file's first line; raises as `csv_columns`."""
    return next(_rows(path), (1, []))[1]


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, fields); commas, else what the first line separates its names by."""
    text = csv_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        yield from ((reader.line_num, row) for row in reader)
    except csv.Error as error:
        raise TableError(
            f"Line {reader.line_num} of {path.name} cannot be read as CSV ({error}). Is a "
            "quotation mark left open before it?"
        ) from error


def _delimiter(text: str) -> str:
    """Return what the first line separates its names by: commas, where it has any."""
    head = text.split("\n", 1)[0]
    return "," if "," in head else max(",;\t", key=head.count)


def csv_form(path: Path) -> tuple[str, str]:
    """Return (delimiter, encoding) of a CSV file, plain or .gz, by its first bytes: for a reader
    of tables too large to be held as text. Raises OSError or EOFError."""
    with _opened(path) as file:
        head = file.read(HEAD_BYTES)
    encoding = encoding_of(head)
    return _delimiter(codecs.getincrementaldecoder(encoding)("replace").decode(head)), encoding


def _opened(path: Path):
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


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


def csv_text(path: Path) -> str:
    """Return the text of a CSV file, plain or .gz; raises as `csv_columns`."""
    if not path.is_file():
        raise MissingDataError(f"There is no file {path}.")
    try:
        with _opened(path) as file:
            raw = read_at_most(file, MOST_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(f"{path.name} cannot be read ({error}). Fetch it again.") from error
    except ValueError as error:
        raise TableError(
            f"{path.name} holds more than {size(MOST_BYTES)}; that is no table here."
        ) from error
    return decoded(raw, path.name)
