"""Cytoscape's simple interaction format: source, relation, target, separated by tabs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ugrn_core.export.base import ExportFormat, arranged, sidecar_json
from ugrn_core.export.delimited import cells
from ugrn_core.export.signs import relations


def write(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return one line an edge, in the table's order; see `signs` for the relation."""
    table = arranged(frame)
    columns = (
        cells(table["source"], "\t"),
        relations(table, provenance),
        cells(table["target"], "\t"),
    )
    return "".join("\t".join(row) + "\n" for row in zip(*columns)).encode()


SIF = ExportFormat(
    label="Cytoscape SIF",
    suffix=".sif",
    mime="text/plain",
    write=write,
    sidecar=sidecar_json,
    scoreless=True,
)
