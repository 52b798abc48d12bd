"""Cytoscape's simple interaction format: source, relation, target, separated by tabs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ugrn_core.export.base import ExportFormat, arranged, sidecar_json
from ugrn_core.export.delimited import cells

INTERACTION = "interaction"  # the column Cytoscape keeps them in
RELATIONS = {1: "activates", -1: "represses"}


def relations(frame: pd.DataFrame) -> list[str]:
    """Return what each edge does: activates (sign > 0), represses (< 0), regulates (unknown)."""
    if "sign" not in frame.columns:
        return ["regulates"] * len(frame)
    signs = pd.to_numeric(frame["sign"], errors="coerce").fillna(0)
    return [RELATIONS.get((s > 0) - (s < 0), "regulates") for s in signs]


def write(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return one line an edge, in the table's order."""
    table = arranged(frame)
    columns = (cells(table["source"], "\t"), relations(table), cells(table["target"], "\t"))
    return "".join("\t".join(row) + "\n" for row in zip(*columns)).encode()


SIF = ExportFormat(
    label="Cytoscape SIF",
    suffix=".sif",
    mime="text/plain",
    write=write,
    sidecar=sidecar_json,
    scoreless=True,
)
