"""Cytoscape JSON: elements with nodes and edges; provenance in `data.provenance`."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd

from ugrn_core.export.base import ExportFormat, arranged, json_text


def write(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return the file; missing and non-finite values are null, which JSON can hold."""
    table = arranged(frame)
    regulators = set(table["source"])
    symbols = dict.fromkeys([*table["source"], *table["target"]])
    nodes = [
        {"data": {"id": s, "value": s, "name": s, "regulator": s in regulators}} for s in symbols
    ]
    # to_json writes exact numbers and null for NaN; 15 digits is the most it offers.
    rows = json.loads(table.to_json(orient="records", double_precision=15))
    edges = [{"data": {"id": f"e{k}", **row}} for k, row in enumerate(rows)]
    network = {
        "directed": True,  # this, and `value` of the nodes, is what networkx asks for
        "data": {"name": "UGRN", "provenance": json.loads(json_text(provenance))},
        "elements": {"nodes": nodes, "edges": edges},
    }
    return json.dumps(network, ensure_ascii=False).encode()


CYTOSCAPE = ExportFormat("Cytoscape JSON", ".cyjs", "application/json", write)
