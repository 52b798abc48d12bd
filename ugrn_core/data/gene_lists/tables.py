"""The genes in a table: of delimited text, of a workbook, of GMT."""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ugrn_core.data.gene_lists.words import GENE_HEADERS, MISSING, SYMBOL, why_no_gene
from ugrn_core.errors import TableError

MOST_ROWS, MOST_COLUMNS = 100_000, 200
MOST_UNPACKED = 400_000_000  # bytes in a workbook
DELIMITERS = ("\t", ",", ";", "|")
# The order in which named columns are preferred: symbols before names before ids.
PREFERRED = (
    *("gene_symbol", "hgnc_symbol", "symbol", "symbols", "official_symbol", "approved_symbol"),
    *("gene_name", "genename", "feature_name", "gene_short_name", "external_gene_name", "gene"),
    *("genes", "mgi_symbol", "tf", "regulator", "source", "gene1", "feature", "features", "name"),
    *("names", "marker", "markers", "target", "gene_id", "geneid"),
)
MEMBER = re.compile(r"[^\s,;]+(?:,[-\d.]+)?")


@dataclass(frozen=True)
class Column:
    """cells: of the genes, the header left out. note: which column that was, for people."""

    cells: tuple[str, ...]
    note: str


def gene_sets(text: str) -> tuple[list[str], list[str]] | None:
    """Return the names of the sets and their genes, each once, of GMT; None for other text.

    GMT: name, description, genes..., by tabs; rows of several lengths, or a link to describe.
    """
    rows = [line.split("\t") for line in text.split("\n") if line.strip()]
    if not rows or min(map(len, rows)) < 3:
        return None
    linked = all(r[1].strip().startswith(("http://", "https://", ">")) for r in rows)
    unnamed = all(r[1].strip().casefold() in {"", *MISSING} for r in rows)
    ragged = len({len(r) for r in rows}) > 1
    described = ragged and all(why_no_gene(r[1]) is not None or r[1] == r[0] for r in rows)
    members = [m.strip() for r in rows for m in r[2:] if m.strip()]
    sound = sum(bool(MEMBER.fullmatch(m)) and why_no_gene(m) is None for m in members)
    if not (linked or unnamed or described) or 2 * sound < len(members):
        return None
    return [r[0].strip() for r in rows], list(dict.fromkeys(members))


def gene_column(lines: Sequence[str] | Sequence[Sequence[str]]) -> Column | None:
    """Return the column of genes of lines of text or of rows of cells; None where they are a list.

    A table has at least two rows of as many cells, and a column beside the genes' that holds none.
    """
    if len(lines) < 2:
        return None
    if not isinstance(lines[0], str):
        return _column(lines)
    for delimiter in (*DELIMITERS, None):
        rows = _rows(lines, delimiter)
        if rows is not None and (column := _column(rows, bare=delimiter is None)) is not None:
            return column
    return None


def _rows(lines: Sequence[str], delimiter: str | None) -> list[list[str]] | None:
    """Return the cells of lines that all have the same number, two or more; else None.

    A header may lack the cell above the row names, as R writes it. Without a delimiter: by blanks.
    """
    if delimiter is None:
        rows = [line.split() for line in lines]
    else:
        if not all(delimiter in line for line in lines):
            return None
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    width = max(map(len, rows[1:]))
    if len(rows[0]) == width - 1:
        rows[0] = ["", *rows[0]]
    # A comma at the end of some lines, or a short last line, is no other table.
    same = sum(len(r) == width for r in rows)
    if width < 2 or width > MOST_COLUMNS or same < max(2, 0.8 * len(rows)):
        return None
    return [[c.strip() for c in (*r, *[""] * width)][:width] for r in rows]


def _column(rows: Sequence[Sequence[str]], bare: bool = False) -> Column | None:
    width = max(map(len, rows))
    columns = [[r[k].strip() if k < len(r) else "" for r in rows] for k in range(width)]
    filled = [k for k, cells in enumerate(columns) if any(cells)]
    # What stands below it again is no header: TF is a gene, and a kind of gene.
    heads = {k: cells[0] for k, cells in enumerate(columns) if cells[0] not in cells[1:]}
    headers = {_name(head): k for k, head in reversed(heads.items())}
    named = next((headers[n] for n in PREFERRED if n in headers), None)
    if len(filled) == 1:
        cells = columns[filled[0]]
        header = cells[0] if _name(cells[0]) in GENE_HEADERS else ""
        note = f"The first row, '{header}', is taken for a header." if header else ""
        return Column(tuple(c for c in cells[bool(header) :] if c), note)
    if named is not None and not bare:
        cells = columns[named][1:]
        return Column(_given(cells), _told(columns[named][0], named, width))
    bodies = [cells[1:] for cells in columns]
    genes = [k for k in filled if _share(bodies[k], _may_be_gene) > 0.5]
    others = [k for k in filled if k not in genes or _repeats(bodies[k])]
    numeric = any(_share(bodies[k], _is_number) > 0.5 for k in filled)
    if not genes or not others or (bare and not numeric):
        return None
    genes = [k for k in genes if not _repeats(bodies[k])] or genes
    chosen = genes[0]
    head = columns[chosen][0]
    is_header = _name(head) in GENE_HEADERS or why_no_gene(head) is not None or not head
    # Above numbers stands a word: then the whole first row is a header.
    is_header |= any(
        columns[k][0] and not _is_number(columns[k][0]) and _share(bodies[k], _is_number) > 0.9
        for k in others
    )
    return Column(_given(columns[chosen][is_header:]), _told(head * is_header, chosen, width))


def _name(header: str) -> str:
    return "_".join(header.strip(" \"'#").casefold().replace(".", " ").replace("-", " ").split())


def _given(cells: Iterable[str]) -> tuple[str, ...]:
    return tuple(c for c in cells if c.strip())


def _told(header: str, at: int, width: int) -> str:
    which = f"The column '{header.strip()[:40]}'" if header.strip() else f"Column {at + 1}"
    return f"{which} of a table of {width} columns is read."


def _share(cells: Sequence[str], holds) -> float:
    filled = [c for c in cells if c.strip()]
    return sum(map(holds, filled)) / len(filled) if filled else 0.0


def _may_be_gene(cell: str) -> bool:
    return bool(SYMBOL.fullmatch(cell)) and why_no_gene(cell) is None


def _is_number(cell: str) -> bool:
    why = why_no_gene(cell) or ""
    return why.startswith(("a number", "a missing"))


def _repeats(cells: Sequence[str]) -> bool:
    """A column of a few words, such as up and down, says what its rows are."""
    filled = [c for c in cells if c.strip()]
    return len(filled) > 2 and 2 * len(set(filled)) <= len(filled)


def workbook_rows(content: bytes, name: str) -> tuple[str, list[list[str]]]:
    """Return a note and the rows of the first sheet of an .xlsx that holds anything, as text.

    Formulas give the value they had when it was saved. Raises TableError.
    """
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise ValueError("it unpacks to too much")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says of its size may be wrong
            lines = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS, values_only=True)
            rows = [[_shown(v) for v in row] for row in lines]
            rows = [row for row in rows if any(row)]
            if rows:
                others = len(book.worksheets) - 1
                note = f"The sheet '{sheet.title[:40]}' of {others + 1} is read." if others else ""
                return note, rows
    except Exception as error:  # openpyxl raises many kinds for what is no workbook
        raise TableError(
            f"{name} cannot be read as a workbook ({str(error)[:80] or type(error).__name__}). "
            "Save it as .xlsx, .csv or text."
        ) from error
    raise TableError(f"{name} is a workbook without a filled cell.")


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime | datetime.date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
