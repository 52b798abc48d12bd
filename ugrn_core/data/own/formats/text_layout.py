"""How a text table is laid out, told from its first lines: separator, decimals, headings, names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import pandas as pd

from ugrn_core.data.text import decoded, encoding_of
from ugrn_core.errors import TableError

LOOKED_AT = 8 << 20  # bytes: a line of 100,000 cells has about a MB
MOST_LINES = 200
MOST_TITLES = 20  # lines above the headings
MOST_COLUMNS = 4_000_000
MOST_TEXT_COLUMNS = 40
MISSING = {"", "na", "nan", "n/a", "#n/a", "null", "none", ".", "-", "<na>", "missing"}
NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?inf", re.IGNORECASE)
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+")
BOTH_SIGNS = re.compile(r"[-+]?\d{1,3}(?:(?:,\d{3})+\.|(?:\.\d{3})+,)\d+")
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?")
NAMES = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars", r"\s+": "spaces"}
PAGE = re.compile(r"\s*<(?:!doctype|html|head|body|\?xml)\b", re.IGNORECASE)
GEO = re.compile(
    r"!(?:Series|Sample|Platform)_|\^(?:DATABASE|SERIES|SAMPLE|PLATFORM)\b", re.IGNORECASE
)
ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Layout:
    """header: a name for every field of a line, row names first. skipped: lines above the values.
    text_columns, number_columns: positions in the header; the row names are at 0."""

    kind: str
    separator: str
    decimal: str
    encoding: str
    header: tuple[str, ...]
    skipped: int
    text_columns: tuple[int, ...]
    number_columns: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def read(self, stream: BinaryIO, lines: int) -> Iterator[pd.DataFrame]:
        """Yield so many lines at a time, columns by position, words of a missing value as text."""
        yield from pd.read_csv(
            stream,
            sep=self.separator,
            decimal=self.decimal,
            encoding=self.encoding,
            header=None,
            names=range(len(self.header)),
            index_col=False,
            skiprows=self.skipped,
            dtype={k: str for k in (0, *self.text_columns)},
            na_filter=False,
            chunksize=lines,
            low_memory=False,
            skip_blank_lines=True,
        )

    def parted(self, part: pd.DataFrame) -> tuple[list[str], dict[str, list[str]], pd.DataFrame]:
        """Return row names, the text columns by name, and the numbers of a part."""
        names = [str(n).strip() for n in part[0]]
        text = {self.header[k]: [str(v).strip() for v in part[k]] for k in self.text_columns}
        numbers = part[list(self.number_columns)]
        if self.decimal == ",":  # where a column held a word, too, pandas left its commas
            odd = [k for k, t in numbers.dtypes.items() if t.kind == "O"]
            points = {k: numbers[k].astype(str).str.replace(",", ".", regex=False) for k in odd}
            numbers = numbers.copy()
            for k, column in points.items():
                numbers[k] = column
        return names, text, numbers


def layout_of(stream: BinaryIO, name: str, encoding: str | None = None) -> Layout:
    """Return the layout of a text table; raise TableError for what is none."""
    start = stream.read(LOOKED_AT)
    lines, encoding = _lines(start, len(start) < LOOKED_AT, name, encoding)
    comments = next((k for k, line in enumerate(lines) if not _is_comment(line)), len(lines))
    above, lines = lines[:comments], lines[comments:]
    _require_lines(lines, name)
    separator = _separator(lines, name)
    if above and len(_fields(above[-1], separator)) == len(_fields(lines[0], separator)) > 2:
        comments, lines = comments - 1, [above[-1], *lines]  # headings behind a #
    split = [(k, _fields(line, separator)) for k, line in enumerate(lines)]
    split = [(k, row) for k, row in split if any(f.strip() for f in row)]
    split = split[(above := _titles([row for _, row in split])) :]
    rows = [row for _, row in split]
    decimal = _decimal(rows[1:], name)
    width = _width(rows, name)
    used = _used(rows, width)
    header, headed = _header(rows, used, decimal)
    body = rows[1:] if headed else rows
    _require_even(body, width, comments, name)
    columns = ([r[k] for r in body if k < len(r)] for k in range(1, used))
    text = tuple(k for k, column in enumerate(columns, 1) if _is_text(column, decimal))
    if len(text) > MOST_TEXT_COLUMNS or len(text) == used - 1:
        _refuse_text(rows, text, name)
    notes = [] if headed else ["there is no line of headings: cells are numbered"]
    if above:
        notes.append(f"lines above the headings, left out: {above}")
    return Layout(
        kind=f"text, fields by {NAMES[separator]}" + ", decimal commas" * (decimal == ","),
        separator=separator,
        decimal=decimal,
        encoding=encoding,
        header=(*header, *[""] * (width - used)),
        skipped=comments + split[0][0] + headed,
        text_columns=text,
        number_columns=tuple(k for k in range(1, used) if k not in set(text)),
        notes=tuple(notes),
    )


def _require_lines(lines: Sequence[str], name: str) -> None:
    if not lines:
        raise TableError(f"{name} is empty; a table with names of genes and cells was expected.")
    if PAGE.match(lines[0]):
        raise TableError(
            f"{name} is a web page or XML under the name of a table, as a download leaves it that "
            "found no file or was asked for a login. Fetch the file again."
        )
    if GEO.match(lines[0]):
        raise TableError(
            f"{name} is GEO's description of a series, not its counts: those are among its "
            "supplementary files, such as GSE..._counts.txt.gz or GSE..._RAW.tar. Give one of them."
        )


def _titles(rows: Sequence[Sequence[str]]) -> int:
    """Return how many lines of a title stand above the headings: they fill few of the fields."""
    filled = [sum(bool(f) for f in row) for row in rows]
    usual = sorted(filled)[len(filled) // 2] if filled else 0
    above = next((k for k, n in enumerate(filled[:MOST_TITLES]) if 3 * n >= usual), 0)
    return above if usual > 3 else 0


def _used(rows: Sequence[Sequence[str]], width: int) -> int:
    """Return how many fields of a line hold something: lines may end in separators."""
    last = width
    while last > 2 and not any(row[last - 1 :][:1] not in ([], [""]) for row in rows):
        last -= 1
    return last


def _width(rows: Sequence[Sequence[str]], name: str) -> int:
    if len(rows) < 2:
        raise TableError(f"{name} has no line of values below its header.")
    width = len(rows[1])
    if not 2 <= width <= MOST_COLUMNS:
        raise TableError(
            f"{name} has {width:,} fields in a line: a name and at least one number are expected."
        )
    return width


def _require_even(body: Sequence[Sequence[str]], width: int, comments: int, name: str) -> None:
    odd = next((k for k, r in enumerate(body) if len(r) > width), None)
    if odd is not None:
        raise TableError(
            f"{name} cannot be read as a table: line {odd + comments + 2} has {len(body[odd])} "
            f"fields, the others {width}."
        )


def _lines(start: bytes, whole: bool, name: str, encoding: str | None) -> tuple[list[str], str]:
    """Return the first lines, each whole, and the encoding."""
    marked = next((e for mark, e in ENCODINGS if start.startswith(mark)), None)
    if marked is None and encoding_of(start).startswith("utf-16"):  # without a mark
        marked = encoding_of(start)
    if not whole and not (marked or "").startswith("utf-16"):
        start = start[: start.rfind(b"\n") + 1] or start
    text = start.decode(encoding, "replace") if encoding else decoded(start, name)
    if not encoding:
        encoding = marked or _plain_encoding(start)
    return text.splitlines()[: MOST_LINES + 1], encoding


def _plain_encoding(start: bytes) -> str:
    try:
        start.decode("utf-8")
    except UnicodeDecodeError:
        return "utf-16" if b"\0" in start else "cp1252"
    return "utf-8"


def _is_comment(line: str) -> bool:
    return line.lstrip("\ufeff").startswith(("#", "%")) or not line.strip()


def _separator(lines: Sequence[str], name: str) -> str:
    """Return what splits the lines into the most fields that all lines have alike."""
    best, most = "", 1
    for separator in ("\t", ";", ",", "|", r"\s+"):
        counts = [len(_fields(line, separator)) for line in lines[1:31] or lines]
        counts = [c for c in counts if c]
        alike = max(set(counts), key=counts.count)
        agreed = counts.count(alike) >= 0.8 * len(counts)
        if agreed and alike > most:
            best, most = separator, alike
        if best in ("\t", ";"):
            break
    if not best:
        raise TableError(
            f"{name} has no tab, comma, semicolon or space between fields: a table with a name and "
            "numbers in each line was expected."
        )
    return best


def _fields(line: str, separator: str) -> list[str]:
    if separator == r"\s+":
        fields = next(csv.reader(io.StringIO(" ".join(line.split())), delimiter=" "), [])
    else:
        fields = next(csv.reader(io.StringIO(line), delimiter=separator), [])
    return [f.strip() for f in fields]


def _decimal(rows: Sequence[Sequence[str]], name: str) -> str:
    """Return the decimal sign; raise TableError where signs may be of thousands."""
    fields = [f for row in rows for f in row[1:400] if "," in f]
    commas = [f for f in fields if DECIMAL_COMMA.fullmatch(f)]
    large = [f for f in fields if THOUSANDS.fullmatch(f)]
    sure = [f for f in fields if BOTH_SIGNS.fullmatch(f)] + [f for f in large if f.count(",") > 1]
    if sure or len(large) == len(commas) > 0:  # 0,693 among them tells that 1,234 is a fraction
        raise TableError(thousands(name, (sure or large)[0]))
    return "," if commas else "."


def thousands(name: str, entry: str) -> str:
    """Return what is said of numbers with separators of thousands."""
    return (
        f"{name} seems to write numbers with separators of thousands, such as '{entry[:30]}'. Save "
        "it again without them: 1234.5, not 1,234.5 or 1.234,5."
    )


def _is_number(text: str, decimal: str) -> bool:
    text = text.replace(",", ".") if decimal == "," else text
    return bool(NUMBER.fullmatch(text))


def _header(rows: Sequence[Sequence[str]], width: int, decimal: str) -> tuple[list[str], bool]:
    """Return a name for each field, and whether the first line gave them."""
    first = [f.lstrip("\ufeff") for f in rows[0]]
    numbers = sum(_is_number(f, decimal) for f in first[1:])
    plain = [str(k) for k in range(len(first) - 1)]
    counted = first[1:] == plain or first[1:] == [str(k + 1) for k in range(len(first) - 1)]
    named = first and first[0] and not _is_number(first[0], decimal) and len(first) == width
    if named and numbers > 0.9 * (width - 1) and not counted:
        return ["", *(f"cell{k}" for k in range(1, width))], False
    if len(first) == width - 1:  # as R writes it: no corner
        first = ["", *first]
    first += [f"column{k}" for k in range(len(first), width)]
    return first[:width], True


def _is_text(fields: Sequence[str], decimal: str) -> bool:
    """Whether a column holds words: most of what is not missing is no number."""
    filled = [f for f in fields if f.casefold() not in MISSING]
    numbers = sum(_is_number(f, decimal) for f in filled)
    return bool(filled) and numbers < 0.5 * len(filled)


def _refuse_text(rows: Sequence[Sequence[str]], text: Sequence[int], name: str) -> None:
    entry = rows[1][text[0]][:40]
    raise TableError(
        f"{name} holds '{entry}' where a number was expected, and {len(text):,} columns of text: a "
        "table of cells has one name and numbers in each line. Give counts or log values."
    )
