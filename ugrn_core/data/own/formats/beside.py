"""What is said of the cells in a table beside their counts: types, samples, pseudotime."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ugrn_core.data.own.formats.contract import MOST_CELLS, CellFile
from ugrn_core.data.own.formats.given import Given, damaged
from ugrn_core.data.text import decoded
from ugrn_core.errors import TableError
from ugrn_core.files import read_at_most

TEXT = (".csv", ".tsv", ".txt", ".tab")
MOST_BYTES = 300_000_000
MOST_COLUMNS = 200
MOSTLY = 0.9  # of the cells are in the table: then it is theirs


def with_columns(content: CellFile, others: Sequence[Given], *, tell: bool = True) -> CellFile:
    """Return the cells with the columns of those tables among `others` that name them, one line a
    cell, and a note on each; what the counts' own file says comes first.

    A table that cannot be read, or is of other cells, is passed over; tell: name it as unread.
    """
    unread = []
    for file in others:
        columns, share = _columns(file, content.cells) if file.suffix in TEXT else ({}, 0.0)
        new = {name: v for name, v in columns.items() if name not in content.columns}
        if not new:
            unread.append(file.shown)
            continue
        shown = ", ".join(name[:30] for name in list(new)[:8])
        note = f"said of the cells in {file.shown}, {share:.0%} of them: {shown}"
        columns = {**content.columns, **new}
        content = replace(content, columns=columns, notes=(*content.notes, note))
    note = (f"not read: {', '.join(unread)[:160]}",) if unread and tell else ()
    return replace(content, notes=(*content.notes, *note))


def _columns(file: Given, cells: Sequence[str]) -> tuple[Mapping[str, np.ndarray], float]:
    """Return the columns of a table in the order of `cells`, and the share of them it names; none
    where it names few."""
    try:
        with damaged(file.shown), file.open() as stream:
            text = decoded(read_at_most(stream, MOST_BYTES), file.shown)
        first = next(csv.reader([text.partition("\n")[0]]), [])
        separator = "\t" if "\t" in text.partition("\n")[0] else "," if len(first) > 1 else ";"
        table = pd.read_csv(
            io.StringIO(text), sep=separator, dtype=str, na_filter=False, nrows=MOST_CELLS
        )
    except (TableError, ValueError, pd.errors.ParserError, csv.Error):
        return {}, 0.0
    if not 1 <= table.shape[1] <= MOST_COLUMNS or table.index.nlevels > 1:
        return {}, 0.0
    if not isinstance(table.index, pd.RangeIndex):  # as R writes it: no heading above the names
        table = table.reset_index(names="")
    wanted = [_plain(name) for name in cells]
    for column in table:
        names = table[column].map(_plain)
        share = len(set(wanted) & set(names)) / max(1, len(set(wanted)))
        if share >= MOSTLY and names.is_unique:
            said = table.drop(columns=column).set_index(names).reindex(wanted, fill_value="")
            return {str(c).strip(): _values(said[c]) for c in said if str(c).strip()}, share
    return {}, 0.0


def _plain(name: str) -> str:
    """Return a cell's name as R's make.names leaves it: AAAC-1 is AAAC.1 beside its counts."""
    return str(name).strip().replace("-", ".").removeprefix("X")


def _values(column: pd.Series) -> np.ndarray:
    """Return a column as numbers (float64), or as text where a word is in it."""
    text = column.str.strip()
    missing = text.str.casefold().isin(("", "na", "nan", "none", "null"))
    numbers = pd.to_numeric(text.where(~missing), errors="coerce")
    if numbers.notna().any() and (numbers.notna() | missing).all():
        return numbers.to_numpy(dtype=np.float64)
    return text.to_numpy(dtype=object)
