"""Expression of a user's cells: CSV, TSV, parquet or h5ad, checked before anything uses it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ugrn_core.data.cells.matrices import read_h5ad, read_parquet, read_text
from ugrn_core.data.tfs import human_tfs
from ugrn_core.errors import MissingDataError, OptionError, TableError
from ugrn_core.types import Expression, ValueScale

ORIENTATIONS = ("auto", "rows", "columns")
MOST_BYTES = 2 << 30
MOST_VALUES = 400_000_000  # 1.6 GB of float32
READERS = {
    ".csv": read_text,
    ".tsv": read_text,
    ".txt": read_text,
    ".parquet": read_parquet,
    ".h5ad": read_h5ad,
}


def read_expression_file(
    path: str | Path, name: str | None = None, species: str = "human", genes_in: str = "auto"
) -> Expression:
    """Return the cells of a table; values as they are in the file, on a scale the file knows.

    Text and parquet hold one row a gene (`genes_in="rows"`) or one row a cell (`"columns"`), names
    in the first column and line; `auto` tells by where the transcription factors are. Raises
    MissingDataError, or TableError that names the first bad gene and cell: not a number, missing,
    negative, a gene twice, too large.
    """
    path = Path(path)
    if genes_in not in ORIENTATIONS:
        raise OptionError(f"genes_in is one of {', '.join(ORIENTATIONS)}; not '{genes_in[:40]}'.")
    kind = Path(path.name.removesuffix(".gz")).suffix.lower()
    if kind not in READERS:
        raise TableError(
            f"'{path.name[:60]}' is none of the tables UGRN reads: {', '.join(READERS)} "
            "(text also as .gz)."
        )
    if not path.is_file():
        raise MissingDataError(f"There is no file {path}.")
    if path.stat().st_size > MOST_BYTES:
        raise TableError(f"{path.name} is larger than {MOST_BYTES >> 30} GB; keep fewer cells.")
    rows, columns, values, annotations = READERS[kind](path, MOST_VALUES)
    if _genes_are_columns(rows, columns, genes_in, kind):
        rows, columns, values = columns, rows, values.T
    genes, cells = tuple(rows), tuple(columns)
    check_expression(genes, cells, values, path.name)
    return Expression(
        name=name or path.name.split(".")[0],
        genes=genes,
        cells=cells,
        values=np.ascontiguousarray(values, dtype=np.float32),
        scale=ValueScale.OTHER,
        species=species,
        annotations=annotations,
    )


def check_expression(
    genes: Sequence[str], cells: Sequence[str], values: np.ndarray, where: str
) -> None:
    """Raise TableError unless genes are named once and values are finite and not negative.

    genes: (G,), cells: (C,), values: (G, C).
    """
    if len(genes) < 2 or not len(cells):
        raise TableError(
            f"{where} holds {len(genes)} genes and {len(cells)} cells; at least two genes and one "
            "cell are needed."
        )
    seen: set[str] = set()
    twice = [g for g in genes if g in seen or seen.add(g)]
    if twice:
        raise TableError(
            f"{where} names {len(set(twice))} genes more than once, first '{twice[0][:40]}'. "
            "Sum or remove the repeats; if genes are the columns, say so."
        )
    if "" in seen:
        raise TableError(f"{where} has a gene without a name in line {list(genes).index('') + 2}.")
    for bad, what in ((~np.isfinite(values), "missing or not finite"), (values < 0, "negative")):
        if bad.any():
            g, c = np.unravel_index(int(np.argmax(bad)), bad.shape)
            raise TableError(
                f"{int(bad.sum())} values of {where} are {what}, first that of gene "
                f"'{genes[g][:40]}' in cell '{cells[c][:40]}' ({values[g, c]}). Expected counts or "
                "log values of at least 0, not scaled or centred ones."
            )


def _genes_are_columns(
    rows: Sequence[str], columns: Sequence[str], genes_in: str, kind: str
) -> bool:
    if kind == ".h5ad":
        return True  # the format says so: cells are rows
    if genes_in != "auto":
        return genes_in == "columns"
    tfs = {t.casefold() for t in human_tfs()}
    in_rows = sum(r.casefold() in tfs for r in rows)
    return sum(c.casefold() in tfs for c in columns) > in_rows
