"""Parquet: typed columns; provenance as JSON under the key `ugrn` of the schema's metadata.

Read it back with `pyarrow.parquet.read_schema(path).metadata[b"ugrn"]`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from ugrn_core.errors import TableError
from ugrn_core.export.base import ExportFormat, arranged, json_text


def write(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return the file; raise TableError where a column mixes types Parquet cannot hold together."""
    try:
        table = pa.Table.from_pandas(arranged(frame), preserve_index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise TableError(
            f"A column of the edge table mixes types ({error}); give each column one type."
        ) from error
    metadata = {**(table.schema.metadata or {}), b"ugrn": json_text(provenance).encode()}
    sink = pa.BufferOutputStream()
    parquet.write_table(table.replace_schema_metadata(metadata), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


PARQUET = ExportFormat("Table, Parquet", ".parquet", "application/vnd.apache.parquet", write)
