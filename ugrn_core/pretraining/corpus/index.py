"""The index of a corpus: which data sets it holds, of which species, on which value scale."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from ugrn_core.data.csv import csv_text
from ugrn_core.errors import MissingDataError, TableError, UnknownNameError
from ugrn_core.pretraining.corpus.scale import KNOWN_KINDS, inverse
from ugrn_core.registry import hint

NEEDED = ("name", "species", "value_kind")
SPECIES = {
    "human": ("human", "homo sapiens", "h sapiens", "hsapiens", "hs", "9606", "ncbitaxon:9606"),
    "mouse": ("mouse", "mus musculus", "m musculus", "mmusculus", "mm", "10090", "ncbitaxon:10090"),
}
_SPECIES = {spelling: name for name, spellings in SPECIES.items() for spelling in spellings}


def read_index(folder: Path) -> list[dict[str, str]]:
    """Return the rows of `index.csv` (commas, semicolons or tabs), column names in lower case.

    species is `human` or `mouse`, however it is spelled there; value_kind is one that
    `scale.to_linear` knows. Raises MissingDataError, or TableError that names the line and the
    column of what cannot be understood.
    """
    path = folder / "index.csv"
    if not path.is_file():
        raise MissingDataError(
            f"A corpus folder holds an index.csv; '{folder}' does not. "
            "Give the folder that lists the data sets."
        )
    lines = _lines(path)
    header = [h.strip().casefold().replace(" ", "_") for h in lines[0][1]] if lines else []
    if len(lines) < 2 or not set(NEEDED) <= set(header):
        raise TableError(f"'{path}' needs the columns name, species and value_kind, and rows.")
    twice = sorted({h for h in header if h and header.count(h) > 1})
    if twice:
        raise TableError(f"'{path}' has the column {twice[0]!r} twice. Keep one of them.")
    rows = [_row(path, number, header, line) for number, line in lines[1:]]
    seen: dict[str, int] = {}
    for (number, _), row in zip(lines[1:], rows):
        first = seen.setdefault(row["name"], number)
        if first != number:
            raise TableError(
                f"Line {number} of '{path}' names the data set '{row['name'][:60]}' of line "
                f"{first} again. Keep one of them."
            )
    return rows


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return (line number, fields) of the lines that hold anything."""
    text = csv_text(path)
    head = text.lstrip().split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines, start = [], 1
    try:
        for line in reader:
            if any(field.strip() for field in line):
                lines.append((start, line))
            start = reader.line_num + 1
    except csv.Error as error:
        raise TableError(f"Line {start} of '{path}' cannot be read as CSV ({error}).") from error
    return lines


def _row(path: Path, number: int, header: list[str], line: list[str]) -> dict[str, str]:
    """Return one row by column; fields beyond the header are left out where they are empty."""
    fields = [field.strip() for field in line]
    if len(fields) < len(header) or any(fields[len(header) :]):
        raise TableError(
            f"Line {number} of '{path}' has {len(fields)} fields, its header {len(header)}. "
            "Put a field that holds a comma in quotes, or add the missing ones."
        )
    row = dict(zip(header, fields))
    where = f"Line {number} of '{path}'"
    if not row["name"]:
        raise TableError(f"{where} has no name in the column name. Name the data set's file.")
    row["species"] = _species(row["species"], where)
    if inverse(row["value_kind"]) is None:
        raise TableError(
            f"{where}: the column value_kind holds '{row['value_kind'][:40]}', which is not known. "
            f"Known: {', '.join(KNOWN_KINDS)}."
        )
    return row


def _species(given: str, where: str) -> str:
    spelling = " ".join(given.casefold().replace("_", " ").replace(".", " ").split())
    if spelling not in _SPECIES:
        raise TableError(
            f"{where}: the column species holds '{given[:40]}', which is not known. "
            "Known: human (Homo sapiens), mouse (Mus musculus)."
        )
    return _SPECIES[spelling]


def require_sets(names: Iterable[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Raise UnknownNameError unless the corpus lists every one of `names`: a misspelled set would
    be trained on."""
    known = [r["name"] for r in rows]
    divided = tuple(f"{r['name']}/" for r in rows if r.get("split"))
    for name in sorted(set(names) - set(known)):
        if not name.startswith(divided):  # one of the data sets in a file: known when it is read
            raise unknown_set(name, known)


def unknown_set(name: str, known: list[str], more: str = "") -> UnknownNameError:
    """Return the error for a data set that a corpus does not hold."""
    said = f"The corpus has no data set named '{name[:60]}'.{hint(name, known)} {more}"
    return UnknownNameError(said.strip())
