"""Delimited text that spreadsheets, pandas, R and awk read alike.

Spreadsheet safety: a text cell that begins with = + - @ or ', as they are or full-width, after
blanks and characters that are not seen, or with a tab, a line's end or another control character,
gets one apostrophe in front, so that no spreadsheet takes it for a formula.
Numbers are never touched, nor are gene symbols: none begins so. SEPT1 and MARCH1 are written as
they are; text files have no cell types, so import their columns as text (or use Parquet) to keep
a spreadsheet from reading dates.
"""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from ugrn_core.export.base import json_text

_TRIGGERS = frozenset("=+-@'")
_UNSEEN = ("Cc", "Cf", "Zl", "Zp", "Zs")  # what some spreadsheets drop before they look


def guarded(text: str) -> str:
    """Return `text` so that a spreadsheet shows it as text (module docstring)."""
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    if not text or (text[0].isalnum() and text.isascii()):
        return False
    if unicodedata.category(text[0]) == "Cc":
        return True
    first = next((c for c in text if unicodedata.category(c) not in _UNSEEN), "")
    # NFKC takes the full-width and small forms to the plain one.
    return unicodedata.normalize("NFKC", first)[:1] in _TRIGGERS


def _cell(text: str, separator: str) -> str:
    text = guarded(text)
    # '#' too: pandas and R cut an unquoted cell there when told that '#' begins a comment.
    if any(c in text for c in (separator, '"', "\n", "\r", "#")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _other(value: object, separator: str) -> str:
    if isinstance(value, np.ndarray | list | tuple):
        return _cell(json_text(value), separator)  # a curve within a row
    return str(value)


def cells(column: pd.Series, separator: str) -> list[str]:
    """Return a column as text cells: shortest exact numbers, true/false, empty for missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    missing = column.isna().to_numpy()
    if is_bool_dtype(column.dtype):
        shown = ["true" if value else "false" for value in column.fillna(False)]
    elif is_numeric_dtype(column.dtype):
        shown = column.fillna(0).to_numpy().astype(str).tolist()
    else:
        values = list(column.astype(object))
        known = {v: _cell(v, separator) for v in {v for v in values if isinstance(v, str)}}
        shown = [known[v] if isinstance(v, str) else _other(v, separator) for v in values]
    return ["" if gone else text for gone, text in zip(missing, shown)]


def delimited(frame: pd.DataFrame, separator: str, header: bool = True) -> str:
    """Return `frame` as lines of cells, each line ended by a line feed."""
    columns = [cells(frame[name], separator) for name in frame.columns]
    lines = [separator.join(row) for row in zip(*columns)]
    if header:
        lines.insert(0, separator.join(_cell(str(name), separator) for name in frame.columns))
    return "".join(f"{line}\n" for line in lines)
