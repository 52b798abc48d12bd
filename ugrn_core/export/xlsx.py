"""Excel workbook: sheet `edges` with typed cells, sheet `provenance` with one line a key.

Text goes into text cells of text format, never into formulas; so SEPT1 and MARCH1 stay genes and
`=...` stays text, also when a cell is edited.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime

import pandas as pd
import xlsxwriter
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from ugrn_core.errors import TableError
from ugrn_core.export.base import ExportFormat, arranged, json_text

MOST_ROWS = 1_048_575  # of a sheet, below its header
MOST_TEXT = 32_767  # characters of a cell
MADE = datetime(2000, 1, 1)  # the same input gives the same bytes


def _write_column(sheet, k: int, column: pd.Series, text) -> None:
    missing = column.isna().to_numpy()
    put = sheet.write_string
    if is_bool_dtype(column.dtype):
        put = sheet.write_boolean
    elif is_numeric_dtype(column.dtype):
        put = sheet.write_number
    for row, (value, gone) in enumerate(zip(column.astype(object), missing), start=1):
        if gone:
            continue
        if put == sheet.write_string:
            put(row, k, str(value)[:MOST_TEXT], text)
        elif put == sheet.write_number and abs(float(value)) == float("inf"):
            sheet.write_string(row, k, str(value), text)  # Excel has no infinities
        else:
            put(row, k, value)


def write(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return the file; raise TableError for more edges than a sheet has rows."""
    table = arranged(frame)
    if len(table) > MOST_ROWS:
        raise TableError(
            f"An Excel sheet holds {MOST_ROWS:,} edges; this table has {len(table):,}. "
            "Raise the cut, or use Parquet or TSV."
        )
    sink = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(sink, options) as book:
        book.set_properties({"created": MADE, "title": "UGRN edge table"})
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        sheet = book.add_worksheet("edges")
        for k, name in enumerate(table.columns):
            sheet.write_string(0, k, str(name), bold)
            _write_column(sheet, k, table[name], text)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(table), 1), len(table.columns) - 1)
        sheet.set_column(0, len(table.columns) - 1, 14)
        about = book.add_worksheet("provenance")
        about.set_column(0, 1, 40)
        for row, (key, value) in enumerate(provenance.items()):
            shown = value if isinstance(value, str) else json_text(value)
            about.write_string(row, 0, str(key)[:MOST_TEXT], text)
            about.write_string(row, 1, shown[:MOST_TEXT], text)
    return sink.getvalue()


XLSX = ExportFormat(
    "Table, Excel",
    ".xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    write,
    most_rows=MOST_ROWS,
)
