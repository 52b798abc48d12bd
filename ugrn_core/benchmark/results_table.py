"""The results table on disk: one Parquet file, provenance in its schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ugrn_core.errors import InputError, MissingDataError, TableError
from ugrn_core.files import write_atomically

KEY = b"ugrn"
FORMAT = 1  # of the table; one without a number, of before, is of this format
REQUIRED = ("dataset", "network", "sampling", "genes", "auprc", "reason")


def write_results(
    rows: Sequence[Mapping[str, object]], path: str | Path, provenance: Mapping[str, object]
) -> Path:
    """Write `rows` (one dict a row, keys may differ) and return the path; all or nothing.

    provenance: JSON-able (command, versions, checksums, date). Raises InputError for no rows, or
    rows without the columns every result has.
    """
    path = Path(path)
    if not rows:
        raise InputError("There are no results to write.")
    for k, row in enumerate(rows):
        lacking = [c for c in REQUIRED if c not in row]
        if lacking:
            raise InputError(f"Result row {k} lacks {', '.join(lacking)}.")
    table = pa.Table.from_pandas(pd.DataFrame.from_records(rows), preserve_index=False)
    about = json.dumps({"format": FORMAT, **provenance}, sort_keys=True)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), KEY: about.encode()})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write_atomically(path, sink.getvalue().to_pybytes())
    return path


def read_results(path: str | Path) -> tuple[pd.DataFrame, dict]:
    """Return (rows, provenance) of a results table; MissingDataError or TableError otherwise, also
    for a table that another version wrote in another format."""
    path = Path(path)
    if not path.is_file():
        raise MissingDataError(f"There is no results table {path}; make it with the benchmark.")
    try:
        table = pq.read_table(path)
        provenance = json.loads((table.schema.metadata or {}).get(KEY, b"null"))
    except (OSError, ValueError) as error:
        raise TableError(f"{path.name} is no Parquet table ({str(error)[:120]}).") from error
    lacking = [c for c in REQUIRED if c not in table.column_names]
    if not isinstance(provenance, dict) or lacking:
        raise TableError(f"{path.name} is a Parquet table, but not one of UGRN's results.")
    written = provenance.pop("format", FORMAT)
    if written != FORMAT:
        raise TableError(
            f"{path.name} was written by another version of UGRN (format {str(written)[:20]}, this "
            f"one reads {FORMAT}). Use that version, or measure again."
        )
    return table.to_pandas(), provenance
