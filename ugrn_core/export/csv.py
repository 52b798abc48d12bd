"""Comma-separated text; provenance in a JSON file beside it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ugrn_core.export.base import ExportFormat, arranged, sidecar_json
from ugrn_core.export.delimited import delimited


def write(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return the file; `provenance` goes into the sidecar, for CSV has no comments."""
    return delimited(arranged(frame), ",").encode()


CSV = ExportFormat(
    label="Table, comma-separated",
    suffix=".csv",
    mime="text/csv",
    write=write,
    sidecar=sidecar_json,
)
