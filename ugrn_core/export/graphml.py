"""GraphML: a directed graph with every column of the table on its edges.

Provenance is the graph attribute `provenance`, JSON text. Edges carry ids: repeats stay. Nodes
have the `name`, edges the `interaction` that Cytoscape and igraph look for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype, is_integer_dtype

from ugrn_core.export.base import ExportFormat, arranged, json_text
from ugrn_core.export.signs import INTERACTION, relations

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
)
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(value: object) -> str:
    # XML 1.0 has no way to write most control characters, not even escaped.
    return FORBIDDEN.sub("\ufffd", str(value))


def _kind(column: pd.Series) -> str:
    if is_bool_dtype(column.dtype):
        return "boolean"
    if is_integer_dtype(column.dtype):
        return "long"
    return "double" if is_float_dtype(column.dtype) else "string"


def _shown(value: object, kind: str) -> str:
    return str(value).lower() if kind == "boolean" else escape(xml_text(value))


def _nodes(table: pd.DataFrame) -> Iterator[str]:
    regulators = {xml_text(gene) for gene in table["source"]}
    for node in dict.fromkeys(xml_text(g) for g in [*table["source"], *table["target"]]):
        yield (
            f'<node id={quoteattr(node)}><data key="name">{escape(node)}</data>'
            f'<data key="regulator">{str(node in regulators).lower()}</data></node>'
        )


def _lines(table: pd.DataFrame, provenance: Mapping) -> Iterator[str]:
    features = {n: _kind(table[n]) for n in table.columns if n not in ("source", "target")}
    if INTERACTION not in features:
        table[INTERACTION] = relations(table, provenance)
        features[INTERACTION] = "string"
    yield '<key id="provenance" for="graph" attr.name="provenance" attr.type="string"/>'
    yield '<key id="name" for="node" attr.name="name" attr.type="string"/>'
    yield '<key id="regulator" for="node" attr.name="regulator" attr.type="boolean"/>'
    keys = {name: f"e{k}" for k, name in enumerate(features)}
    for name, kind in features.items():
        label = quoteattr(xml_text(name))
        yield f'<key id="{keys[name]}" for="edge" attr.name={label} attr.type="{kind}"/>'
    yield '<graph id="network" edgedefault="directed">'
    yield f'<data key="provenance">{escape(xml_text(json_text(provenance)))}</data>'
    yield from _nodes(table)
    columns = [table[name].astype(object) for name in features]
    for k, (source, target, *values) in enumerate(zip(table["source"], table["target"], *columns)):
        ends = f"source={quoteattr(xml_text(source))} target={quoteattr(xml_text(target))}"
        data = "".join(
            f'<data key="{keys[name]}">{_shown(value, kind)}</data>'
            for (name, kind), value in zip(features.items(), values)
            if not pd.isna(value)
        )
        yield f'<edge id="e{k}" {ends}>{data}</edge>'
    yield "</graph>"


def write(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return the file, UTF-8."""
    body = "".join(f"{line}\n" for line in _lines(arranged(frame), provenance))
    return f"{HEAD}{body}</graphml>\n".encode()


GRAPHML = ExportFormat("Graph, GraphML", ".graphml", "application/graphml+xml", write)
