"""Tables of numbers with names on both sides: text of every habit, parquet, Excel.

Rows may be genes or cells. Leading columns of text say more of the rows: a second name of each
gene, the type of each cell.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ugrn_core.data.gene_names import ENSEMBL
from ugrn_core.data.own.formats.contract import MOST_HELD, CellFile, check_size, held
from ugrn_core.data.own.formats.given import Given, damaged, seekable
from ugrn_core.data.own.formats.sides import (
    cells_among,
    genes_among,
    is_symbol,
    results_of_tests,
    share_of_genes,
)
from ugrn_core.data.own.formats.text_layout import (
    DECIMAL_COMMA,
    MISSING,
    NUMBER,
    THOUSANDS,
    layout_of,
    thousands,
)
from ugrn_core.errors import TableError

VALUES_AT_ONCE = 12_000_000
MOST_TEXT_COLUMNS = 40
MOST_WORKBOOK = 400_000_000  # bytes that a workbook unpacks to
MOST_WORKBOOK_VALUES = 60_000_000
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Table:
    """values: (rows, columns) float32, NaN where missing. about: text columns of the rows."""

    kind: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: sp.csr_matrix
    about: dict[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    corner: str = ""  # what the column of the rows' names is called


def read_text(file: Given) -> Table:
    """Return a delimited table. Separator, decimal comma, encoding, a missing corner and missing
    headings are told from its first lines. Raises TableError that names the first odd value."""
    encoding = decimal = None
    while True:
        try:
            return _read_text(file, encoding, decimal)
        except UnicodeDecodeError:  # UTF-8 as far as was looked: a later line is not
            encoding = "cp1252"
        except _LateComma:  # no number had a decimal comma as far as was looked
            decimal = ","


class _LateComma(Exception):
    """A decimal comma stands where points were expected."""


def _read_text(file: Given, encoding: str | None, decimal: str | None) -> Table:
    with damaged(file.shown), file.open() as stream:
        layout = layout_of(stream, file.shown, encoding)
    layout = layout if decimal is None else replace(layout, decimal=decimal)
    rows, blocks, about = [], [], {layout.header[k]: [] for k in layout.text_columns}
    chunk = max(1, VALUES_AT_ONCE // max(1, len(layout.header)))
    count = 0
    with damaged(file.shown), file.open() as stream:
        try:
            for part in layout.read(stream, min(chunk, 20_000)):
                names, text, numbers = layout.parted(part)
                rows += names
                for name, values in text.items():
                    about[name] += values
                block = _numbers(numbers, names, file.shown)
                count += block.nnz
                if count > MOST_HELD:
                    raise TableError(_too_large(file))
                blocks.append(block)
        except (ValueError, pd.errors.ParserError) as error:
            if isinstance(error, UnicodeDecodeError):
                raise
            why = (str(error).splitlines() or [""])[-1][:120]
            raise TableError(f"{file.shown} cannot be read as a table: {why}.") from error
    if not rows:
        raise TableError(f"{file.shown} has no line of values below its header.")
    text = {k: np.array(v, dtype=object) for k, v in about.items()}
    names = tuple(layout.header[k] for k in layout.number_columns)
    values = sp.vstack(blocks, "csr")
    about = {"about": text, "notes": layout.notes, "corner": layout.header[0]}
    return Table(layout.kind, tuple(rows), names, values, **about)


def _comma(frame: pd.DataFrame, entry: str, where: str) -> Exception:
    """Return what commas in the numbers of a part mean: decimals, or perhaps thousands."""
    words = frame.select_dtypes(exclude="number").astype(str).to_numpy().ravel()
    decimal = any(DECIMAL_COMMA.fullmatch(w) and not THOUSANDS.fullmatch(w) for w in words)
    return _LateComma() if decimal else TableError(thousands(where, entry))


def _too_large(file: Given) -> str:
    return (
        f"{file.shown} holds over {MOST_HELD:,} values: too many to read from text. Write it as "
        "h5ad, which is read some cells at a time."
    )


def _numbers(frame: pd.DataFrame, rows: Sequence[str], where: str) -> sp.csr_matrix:
    """Return values as CSR float32, NaN for words of a missing value; TableError naming the first
    entry that is neither."""
    values = np.zeros(frame.shape, dtype=np.float32)
    for k, kind in enumerate(frame.dtypes):
        column = frame.iloc[:, k]
        if kind.kind in "fiub":
            values[:, k] = column
            continue
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
        for row in np.flatnonzero(np.isnan(numbers)):
            entry = str(column.iloc[row]).strip()
            if DECIMAL_COMMA.fullmatch(entry) or THOUSANDS.fullmatch(entry):
                raise _comma(frame, entry, where)
            if entry.casefold() not in MISSING:
                raise TableError(
                    f"{where} holds '{entry[:40]}' where a number was expected: row "
                    f"'{str(rows[row])[:40]}', column {k + 1} of values. Give counts or log values."
                )
        values[:, k] = numbers
    return sp.csr_matrix(values)


def read_parquet(file: Given) -> Table:
    """Return a parquet table: its index or first text column names the rows."""
    import pyarrow.parquet as pq

    file = seekable(file)
    try:
        about = pq.read_metadata(file.path or file.opener())
        if about.num_rows * about.num_columns > 2_000_000_000:
            raise TableError(_too_large(file))
        frame = pq.read_table(file.path or file.opener()).to_pandas()
    except (ValueError, OSError, NotImplementedError) as error:
        why = (str(error).splitlines() or [""])[0][:100]
        raise TableError(f"{file.shown} cannot be read as parquet: {why}.") from error
    return _of_frame(frame, "parquet", file.shown)


def _of_frame(frame: pd.DataFrame, kind: str, where: str) -> Table:
    numeric = [k for k, t in enumerate(frame.dtypes) if t.kind in "fiub"]
    text = [k for k in range(frame.shape[1]) if k not in set(numeric)]
    if len(text) > MOST_TEXT_COLUMNS or not numeric:
        raise TableError(
            f"{where} holds {len(text):,} columns of text and {len(numeric):,} of numbers: a table "
            "of cells has numbers, and one column of names."
        )
    rows = frame.index
    if isinstance(rows, pd.RangeIndex) and text:
        rows = frame.iloc[:, text.pop(0)]
    names = [str(n).strip() for n in rows]
    about = {str(frame.columns[k]): frame.iloc[:, k].astype(str).to_numpy(object) for k in text}
    values = _numbers(frame.iloc[:, numeric], names, where)
    columns = tuple(str(frame.columns[k]).strip() for k in numeric)
    return Table(kind, tuple(names), columns, values, about=about)


def read_xlsx(file: Given) -> Table:
    """Return the first sheet of a workbook that holds numbers of genes; dates among names are
    written as Excel shows them (1-Mar), to be repaired with the other damaged symbols."""
    import openpyxl

    file = seekable(file)
    try:
        with file.opener() as stream, zipfile.ZipFile(stream) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_WORKBOOK:
                raise ValueError("it unpacks to too much: save it as .csv")
        with file.opener() as stream:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            return _of_sheets(book.worksheets, file)
    except TableError:
        raise
    except Exception as error:  # openpyxl raises many kinds for what is no workbook
        why = (str(error) or type(error).__name__)[:80]
        raise TableError(f"{file.shown} cannot be read as a workbook: {why}.") from error


def _of_sheets(sheets: Sequence, file: Given) -> Table:
    """Return the first sheet that holds numbers of genes, else what is wrong with the first."""
    problem = TableError(f"{file.shown} holds no table: a sheet with names and numbers is needed.")
    first = None
    for sheet in sheets:
        if len(rows := _rows(sheet)) < 2:
            continue
        text = _as_tsv(rows).encode()
        try:
            table = read_text(Given(file.name, 0, lambda text=text: io.BytesIO(text)))
        except TableError as error:
            problem = problem if first else error
            first = first or sheet
            continue
        sides = (table.rows, table.columns, *table.about.values())
        if max(map(share_of_genes, sides)) > 0 or len(sheets) == 1:
            others = ", ".join(s.title[:30] for s in sheets if s is not sheet)
            note = f"of the workbook the sheet {sheet.title[:30]} is read; not read: {others[:120]}"
            notes = (*table.notes, *([note] if others else []))
            return replace(table, kind="Excel (xlsx)", notes=notes)
        if first is None:
            first = sheet
            problem = TableError(
                f"{file.shown} names no genes we know in the sheet {sheet.title[:30]}, or another. "
                "Give a sheet with gene symbols or Ensembl ids, and numbers."
            )
    raise problem


def _rows(sheet) -> list[list[str]]:
    sheet.reset_dimensions()  # what a file says of its size may be wrong
    out, held_values = [], 0
    for row in sheet.iter_rows(values_only=True):
        cells = [_shown(v) for v in row]
        if any(cells):
            out.append(cells)
        held_values += len(cells)
        if held_values > MOST_WORKBOOK_VALUES:
            raise TableError("The workbook holds too many values: save the sheet as .csv.")
    return out


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime | datetime.date):
        return f"{value.day}-{MONTHS[value.month - 1]}"
    return str(value).replace("\t", " ").replace("\n", " ").replace('"', "'").strip()


def _as_tsv(rows: list[list[str]]) -> str:
    width = max(map(len, rows))
    return "\n".join("\t".join((*row, *[""] * (width - len(row)))) for row in rows) + "\n"


def cells_of(table: Table, genes_in_rows: bool) -> CellFile:
    """Return a table as cells; annotations of its rows go to genes or cells, whichever they are.

    What stands among the genes or the cells and is neither is left out, or said of the cells, with
    a note. Raises TableError for a long table, one value a line.
    """
    _require_wide(table)
    if genes_in_rows and len(tests := results_of_tests(table.columns)) > 1:
        raise TableError(
            f"The table holds results of a test of genes ({', '.join(tests)[:80]}), not cells. "
            "Give the counts that were tested, one column a cell."
        )
    if not genes_in_rows and _is_a_gene(table.corner, table.rows):
        table = _numbered(table)
    values = sp.csr_matrix(table.values.T if genes_in_rows else table.values)
    cells, genes = (table.columns, table.rows) if genes_in_rows else (table.rows, table.columns)
    check_size(len(cells), len(genes), "The table")
    notes = list(table.notes)
    about = {} if genes_in_rows else dict(table.about)
    if genes_in_rows and not (real := cells_among(cells)).all():
        names = ", ".join(c[:30] for c, yes in zip(cells, real) if not yes)
        notes.append(f"no cells, and left out: {names}")
        values, cells = values[real], tuple(c for c, yes in zip(cells, real) if yes)
    if not genes_in_rows and cells == tuple(map(str, range(len(cells)))):
        cells = _named(about) or cells
    real, said, more = genes_among(genes, values)
    about |= {k: v for k, v in said.items() if k not in about}
    names = tuple(g for g, yes in zip(genes, real) if yes)
    gene_columns = {k: v[real] for k, v in table.about.items()} if genes_in_rows else {}
    matrix = held("X", values[:, np.flatnonzero(real)], names, gene_columns)
    return CellFile(table.kind, tuple(cells), about, (matrix,), notes=(*notes, *more))


def _is_a_gene(corner: str, rows: Sequence[str]) -> bool:
    """Whether the first column of a table with cells in rows is a gene's: spelled as a symbol, or
    an id (cell is another name of a gene, too), and of numbers that do not tell cells apart."""
    if not (is_symbol(corner) or ENSEMBL.fullmatch(corner)) or len(set(rows)) == len(rows) > 20:
        return False
    return all(NUMBER.fullmatch(row) or row.casefold() in MISSING for row in rows)


def _numbered(table: Table) -> Table:
    """Return a table whose first column is of values, its cells numbered."""
    first = pd.to_numeric(pd.Series(table.rows), errors="coerce").to_numpy(dtype=np.float32)
    values = sp.hstack([sp.csr_matrix(first[:, None]), table.values], "csr")
    rows = tuple(map(str, range(len(table.rows))))
    return replace(table, rows=rows, columns=(table.corner, *table.columns), values=values)


def _named(about: dict[str, np.ndarray]) -> tuple[str, ...]:
    """Return the first column in which every cell has a name of its own, () for none: of a table
    whose first column only counts."""
    names = next((v for v in about.values() if len(set(v)) == len(v)), ())
    return tuple(map(str, names))


def _require_wide(table: Table) -> None:
    if len(table.columns) == 1 and len(set(table.rows)) < 0.5 * len(table.rows):
        raise TableError(
            "This is a long table, of one value a line. Write one line a gene and one column a "
            "cell: in pandas table.pivot(index='gene', columns='cell', values='count').fillna(0)."
        )
