"""Numeric tables from disk: (row names, column names, values (rows, columns), annotations)."""

from __future__ import annotations

import csv
import gzip
import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from ugrn_core.errors import TableError

LINES_AT_ONCE = 2000
Table = tuple[list[str], list[str], np.ndarray, dict[str, np.ndarray]]


def read_text(path: Path, most_values: int) -> Table:
    """Return a CSV, TSV or semicolon table, plain or .gz; the delimiter is told from line one."""
    names: list[str] = []
    blocks: list[np.ndarray] = []
    columns: list[str] = []
    held = 0
    try:
        line = _first_line(path)
        delimiter = _delimiter(line, path)
        header = next(csv.reader(io.StringIO(line), delimiter=delimiter))
        chunks = pd.read_csv(
            path,
            sep=delimiter,
            index_col=0,
            na_filter=False,
            chunksize=LINES_AT_ONCE,
            dtype={0: str},
            low_memory=False,
            encoding="utf-8-sig",
        )
        for chunk in chunks:
            columns = [str(c) for c in chunk.columns]
            held += chunk.size
            if held > most_values:
                raise TableError(
                    f"{path.name} holds over {most_values:,} values; keep fewer cells."
                )
            names += [str(n).strip() for n in chunk.index]
            blocks.append(_numbers(chunk, path.name))
    except (ValueError, OSError, EOFError, csv.Error) as error:
        raise TableError(f"{path.name} cannot be read as a table: {_short(error)}.") from error
    if not names:
        raise TableError(f"{path.name} has no line of values below its header.")
    if len(header) == len(columns) + 1:  # pandas calls the second GATA1 of a header GATA1.1
        columns = [name.strip() for name in header[1:]]
    return names, columns, np.concatenate(blocks), {}


def read_parquet(path: Path, most_values: int) -> Table:
    """Return a parquet table whose index, or else first text column, names the rows."""
    import pyarrow.parquet as pq

    try:
        shape = pq.read_metadata(path)
        if shape.num_rows * shape.num_columns > most_values:
            raise TableError(f"{path.name} holds over {most_values:,} values; keep fewer cells.")
        frame = pq.read_table(path).to_pandas()
    except (ValueError, OSError) as error:
        raise TableError(f"{path.name} cannot be read as parquet: {_short(error)}.") from error
    if isinstance(frame.index, pd.RangeIndex) and frame.shape[1]:
        frame = frame.set_index(frame.columns[0])
    names, columns = [str(n) for n in frame.index], [str(c) for c in frame.columns]
    return names, columns, _numbers(frame, path.name), {}


def read_h5ad(path: Path, most_values: int) -> Table:
    """Return an AnnData file, cells as rows; `.raw` where it is there, since `.X` may be scaled.

    Annotations are the columns of `obs`.
    """
    import anndata

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one for every element of a file of old anndata
            data = anndata.read_h5ad(path)
    except Exception as error:  # h5py and anndata raise many kinds for a damaged file
        raise TableError(f"{path.name} cannot be read as h5ad: {_short(error)}.") from error
    source = data.raw if data.raw is not None else data
    if source.shape[0] * source.shape[1] > most_values:
        raise TableError(f"{path.name} holds over {most_values:,} values; keep fewer cells.")
    values = source.X.toarray() if hasattr(source.X, "toarray") else np.asarray(source.X)
    annotations = {str(c): np.asarray(data.obs[c]) for c in data.obs.columns}
    names = [str(n) for n in data.obs_names]
    return names, [str(v) for v in source.var_names], values.astype(np.float32), annotations


def h5ad_genes(path: Path) -> tuple[str, ...]:
    """Return the genes that `read_h5ad` would, in its order, without reading a value."""
    import anndata

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one for every element of a file of old anndata
            data = anndata.read_h5ad(path, backed="r")  # its values stay on disk
        names = (data.raw if data.raw is not None else data).var_names
        data.file.close()
    except Exception as error:  # h5py and anndata raise many kinds for a damaged file
        raise TableError(f"{path.name} cannot be read as h5ad: {_short(error)}.") from error
    return tuple(str(n) for n in names)


def _first_line(path: Path) -> str:
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    with opened(path, "rb") as file:
        first = file.readline(1 << 24)
    if b"\0" in first:
        raise TableError(f"{path.name} holds binary data: is it a text table?")
    return first.decode("utf-8-sig", errors="replace")  # pandas says what is no UTF-8


def _delimiter(first: str, path: Path) -> str:
    counts = {d: first.count(d) for d in (",", "\t", ";")}
    best = max(counts, key=counts.__getitem__)
    if not counts[best]:
        raise TableError(
            f"The first line of {path.name} has no comma, tab or semicolon: expected a header with "
            "one name per cell."
        )
    return best


def _numbers(frame: pd.DataFrame, where: str) -> np.ndarray:
    """Values as float32; TableError naming the first entry that is no number."""
    values = np.empty(frame.shape, dtype=np.float32)
    for k, kind in enumerate(frame.dtypes):
        column = frame.iloc[:, k]
        if kind.kind in "fiub":
            values[:, k] = column
            continue
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
        bad = np.flatnonzero(np.isnan(numbers))
        if len(bad):
            raise TableError(
                f"{where} holds '{str(column.iloc[bad[0]])[:40]}' where a number was expected: row "
                f"'{str(frame.index[bad[0]])[:40]}', column '{str(frame.columns[k])[:40]}'."
            )
        values[:, k] = numbers
    return values


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
