"""Names nobody wishes for, through every format and back by a reader that is not ours."""

from __future__ import annotations

import csv
import io
import json

import anndata
import duckdb
import networkx as nx
import numpy as np
import openpyxl
import pandas as pd
import pytest
from ndex2.cx2 import RawCX2NetworkFactory

from tests.export.reading import unguarded
from ugrn_core.export import FORMATS

NAMES = (
    *("<script>alert(1)</script>", "</graphml><!--", "]]>&amp;&lt;", "a&b", "'single'", '"double"'),
    *("=HYPERLINK(1)", "+1+1", "-2-3", "@SUM(A1)", "'=1", "=cmd|' /C calc'!A0", "_x0041_"),
    *("line\nfeed", "tab\tbed", "comma,ed", "semi;colon", "# hash", "back\\slash", "a/b", "%s{0}"),
    *("SEPT1", "MARCH1", "DEC1", "1-Mar", "2E4", "007", "TRUE", "NaN", "NA", "null", "None"),
    *("β-catenin", "Ñandú", "遺伝子", "🧬", "\u202eabc", "é", "e\u0301", " padded ", "A" * 300),
)
FRAME = pd.DataFrame(
    {
        "source": NAMES,
        "target": NAMES[1:] + NAMES[:1],
        "probability": np.linspace(1, 0.1, len(NAMES)),
        "dataset": NAMES[::-1],
    }
)
PAIRS = set(zip(FRAME["source"], FRAME["target"]))


def _text(data: bytes, separator: str) -> list[list[str]]:
    text = data.decode()
    while text.startswith("# "):  # provenance, before the header
        text = text.partition("\n")[2]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    return [[unguarded(cell) for cell in row] for row in lines]


def _table(separator: str, ends=("source", "target")):
    def read(data: bytes, _path) -> set:
        head, *rows = _text(data, separator)
        at = [head.index(end) for end in ends]
        return {tuple(row[k] for k in at) for row in rows}

    return read


def _parquet(data: bytes, path) -> set:
    path.write_bytes(data)
    with duckdb.connect() as link:
        return set(
            link.execute("SELECT source, target FROM read_parquet(?)", [str(path)]).fetchall()
        )


def _xlsx(data: bytes, _path) -> set:
    _head, *rows = openpyxl.load_workbook(io.BytesIO(data))["edges"].iter_rows()
    assert {cell.data_type for row in rows for cell in row[:2]} == {"s"}
    assert {cell.number_format for row in rows for cell in row[:2]} == {"@"}
    return {(row[0].value, row[1].value) for row in rows}


def _cx2(data: bytes, _path) -> set:
    network = RawCX2NetworkFactory().get_cx2network(json.loads(data))
    name = {k: node["v"]["name"] for k, node in network.get_nodes().items()}
    return {(name[e["s"]], name[e["t"]]) for e in network.get_edges().values()}


def _gmt(data: bytes, _path) -> set:
    return {(name, gene) for name, _, *genes in _text(data, "\t") for gene in genes}


def _varp(data: bytes, path) -> set:
    path.write_bytes(data)
    file = anndata.read_h5ad(path)
    at = file.varp["GRN"].tocoo()
    return set(zip(file.var_names[at.row], file.var_names[at.col]))


def _prediction(data: bytes, path) -> set:
    path.write_bytes(data)
    table = anndata.read_h5ad(path).uns["prediction"]
    return set(zip(table["source"], table["target"]))


READERS = {
    "tsv": _table("\t"),
    "csv": _table(","),
    "parquet": _parquet,
    "xlsx": _xlsx,
    "graphml": lambda data, _: set(nx.read_graphml(io.BytesIO(data)).edges()),
    "gexf": lambda data, _: set(nx.read_gexf(io.BytesIO(data)).edges()),
    "cx2": _cx2,
    "cyjs": lambda data, _: set(nx.cytoscape_graph(json.loads(data)).edges()),
    "sif": lambda data, _: {(row[0], row[2]) for row in _text(data, "\t")},
    "gmt": _gmt,
    "beeline": _table("\t", ("Gene1", "Gene2")),
    "pyscenic": _table("\t", ("TF", "target")),
    "decoupler": _table(","),
    "h5ad": _varp,
    "h5ad-prediction": _prediction,
}


@pytest.mark.parametrize("name", list(FORMATS))
def test_hostile_names_come_back_as_they_were(name, tmp_path):
    data = FORMATS[name].write(FRAME, {"note": NAMES, '"><b>': "</svg>]]>\n=1"})
    assert READERS[name](data, tmp_path / "file") == PAIRS


def _columns(name: str, data: bytes) -> list[str]:
    if name == "parquet":
        return list(pd.read_parquet(io.BytesIO(data)).columns)
    if name == "xlsx":
        return [cell.value for cell in openpyxl.load_workbook(io.BytesIO(data))["edges"][1]]
    return list(pd.read_csv(io.BytesIO(data), sep="\t" if name == "tsv" else ",", comment="#"))


def test_the_four_tables_have_the_same_columns(edges, provenance):
    found = {
        name: _columns(name, FORMATS[name].write(edges, provenance))
        for name in ("tsv", "csv", "parquet", "xlsx")
    }
    assert len({tuple(columns) for columns in found.values()}) == 1
    assert set(found["tsv"]) == set(edges.columns)
