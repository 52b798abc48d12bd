"""Tab-separated text; provenance as `# key: value` lines before the header row.

Read it with `pandas.read_csv(path, sep="\\t", comment="#")` or R's `read.delim(path,
comment.char = "#")`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ugrn_core.export.base import ExportFormat, arranged, json_text
from ugrn_core.export.delimited import delimited


def write(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return the file; each provenance value is JSON on one line."""
    head = "".join(
        f"# {' '.join(str(key).split())}: {json_text(value)}\n" for key, value in provenance.items()
    )
    return (head + delimited(arranged(frame), "\t")).encode()


TSV = ExportFormat("Table, tab-separated", ".tsv", "text/tab-separated-values", write)
