"""The atlas as a file: an ordinary edge table, packed so that it can ship.

Best first, so rank, score and percentile rise or fall and take next to nothing; genes are coded by
a dictionary, peaks have the digits of float16.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from ugrn_core.export.base import json_text

SCORE_DIGITS, PERCENTILE_DIGITS = 5, 4
PEAKS = ("vvp_effect", "gdt_peak")


def packed(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return the Parquet file of an edge table that `scoring.edge_table` made."""
    frame = frame.copy(deep=False)
    for name, digits in (("probability", SCORE_DIGITS), ("percentile", PERCENTILE_DIGITS)):
        frame[name] = frame[name].round(digits)
    frame["reverse_probability"] = frame["reverse_probability"].round(3)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    metadata = {b"ugrn": json_text(provenance).encode()}
    sink = pa.BufferOutputStream()
    parquet.write_table(
        table.replace_schema_metadata(metadata),
        sink,
        compression="zstd",
        compression_level=19,
        use_dictionary=["source", "target", "probability", "sign", "reverse_probability"],
        column_encoding={
            "rank": "DELTA_BINARY_PACKED",
            "percentile": "BYTE_STREAM_SPLIT",
            **{name: "BYTE_STREAM_SPLIT" for name in PEAKS if name in frame},
        },
        dictionary_pagesize_limit=1 << 22,
        row_group_size=len(frame) or None,
        store_schema=False,  # plain strings to every reader
    )
    return sink.getvalue().to_pybytes()
