"""GEXF for Gephi: a directed graph with every column on its edges; provenance in the description.

Edges carry ids: repeats stay.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from xml.etree import ElementTree

import networkx as nx
import numpy as np
import pandas as pd
from networkx.readwrite.gexf import GEXFWriter

from ugrn_core.export.base import ExportFormat, arranged, json_text
from ugrn_core.export.graphml import xml_text


def graph(table: pd.DataFrame) -> nx.MultiDiGraph:
    """Return an arranged edge table as a graph; missing values are left out."""
    network = nx.MultiDiGraph()
    regulators = {xml_text(s) for s in table["source"]}
    for gene in dict.fromkeys(xml_text(g) for g in [*table["source"], *table["target"]]):
        network.add_node(gene, label=gene, regulator=gene in regulators)
    features = [n for n in table.columns if n not in ("source", "target")]
    columns = [table[n].astype(object) for n in features]
    for k, (source, target, *values) in enumerate(zip(table["source"], table["target"], *columns)):
        data = {
            xml_text(name): _plain(value)
            for name, value in zip(features, values)
            if not pd.isna(value)
        }
        network.add_edge(xml_text(source), xml_text(target), key=f"e{k}", id=f"e{k}", **data)
    return network


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    return value if isinstance(value, bool | int | float) else xml_text(value)


def write(frame: pd.DataFrame, provenance: Mapping) -> bytes:
    """Return the file, UTF-8."""
    writer = GEXFWriter(version="1.2draft")
    writer.add_graph(graph(arranged(frame)))
    meta = next(e for e in writer.xml.iter() if e.tag.rpartition("}")[2] == "meta")
    meta.attrib.pop("lastmodifieddate", None)  # the same input gives the same bytes
    for child in list(meta):
        meta.remove(child)
    ElementTree.SubElement(meta, "creator").text = "UGRN"
    ElementTree.SubElement(meta, "description").text = xml_text(json_text(provenance))
    sink = io.BytesIO()
    writer.write(sink)
    return sink.getvalue()


GEXF = ExportFormat("Graph, GEXF (Gephi)", ".gexf", "application/gexf+xml", write)
