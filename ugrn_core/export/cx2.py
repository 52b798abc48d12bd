"""CX2, the exchange format of Cytoscape and NDEx: typed attributes, provenance on the network.

Source: the CX2 specification of the Cytoscape consortium (version 2.0). Ids are numbers; a gene's
symbol is its attribute `name`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype, is_integer_dtype

from ugrn_core.export.base import ExportFormat, arranged, json_text
from ugrn_core.export.signs import INTERACTION, relations


def _kind(column: pd.Series) -> str:
    if is_bool_dtype(column.dtype):
        return "boolean"
    if is_integer_dtype(column.dtype):
        return "integer"
    return "double" if is_float_dtype(column.dtype) else "string"


def _value(value: object, kind: str) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    return value if kind != "string" else str(value)


def write(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return the file; missing and non-finite values are left out, as the format asks."""
    table = arranged(frame)
    if INTERACTION not in table.columns:
        table[INTERACTION] = relations(table, provenance)
    regulators = set(table["source"])
    number = {g: k for k, g in enumerate(dict.fromkeys([*table["source"], *table["target"]]))}
    kinds = {n: _kind(table[n]) for n in table.columns if n not in ("source", "target")}
    nodes = [{"id": k, "v": {"name": g, "regulator": g in regulators}} for g, k in number.items()]
    columns = [table[n].astype(object) for n in kinds]
    edges = []
    for k, (source, target, *values) in enumerate(zip(table["source"], table["target"], *columns)):
        known = {
            name: _value(value, kind)
            for (name, kind), value in zip(kinds.items(), values)
            if not pd.isna(value) and (kind != "double" or np.isfinite(value))
        }
        edges.append({"id": k, "s": number[source], "t": number[target], "v": known})
    declared = {
        "networkAttributes": {"name": {"d": "string"}, "provenance": {"d": "string"}},
        "nodes": {"name": {"d": "string"}, "regulator": {"d": "boolean"}},
        "edges": {name: {"d": kind} for name, kind in kinds.items()},
    }
    parts = {
        "attributeDeclarations": [declared],
        "networkAttributes": [{"name": "UGRN", "provenance": json_text(provenance)}],
        "nodes": nodes,
        "edges": edges,
    }
    counts = [{"name": name, "elementCount": len(aspect)} for name, aspect in parts.items()]
    document = [
        {"CXVersion": "2.0", "hasFragments": False},
        {"metaData": counts},
        *({name: aspect} for name, aspect in parts.items()),
        {"status": [{"success": True}]},
    ]
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


CX2 = ExportFormat("Cytoscape exchange, CX2", ".cx2", "application/json", write)
