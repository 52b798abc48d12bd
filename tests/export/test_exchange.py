"""XLSX, GEXF, CX2 and h5ad, each read by another reader than what wrote it."""

from __future__ import annotations

import io
import json
import zipfile

import anndata
import networkx as nx
import openpyxl
import pandas as pd
import pytest
from ndex2.cx2 import RawCX2NetworkFactory

from ugrn_core.errors import TableError
from ugrn_core.export import FORMATS
from ugrn_core.export.base import arranged
from ugrn_core.export.xlsx import MOST_ROWS


def test_xlsx_is_read_by_openpyxl_and_pandas(edges, provenance):
    data = FORMATS["xlsx"].write(edges, provenance)
    table = pd.read_excel(io.BytesIO(data), sheet_name="edges", keep_default_na=False)
    want = arranged(edges)
    assert list(table.columns) == list(want.columns)
    for name in ("source", "target", "rank", "sign", "in_STRING"):
        assert table[name].tolist() == want[name].tolist()
    # Excel keeps 16 digits.
    assert table["probability"].tolist() == pytest.approx(want["probability"].tolist(), rel=1e-15)
    assert pd.to_numeric(table["vvp_effect"], errors="coerce").tolist() == pytest.approx(
        want["vvp_effect"].astype(float).tolist(), nan_ok=True
    )
    about = openpyxl.load_workbook(io.BytesIO(data))["provenance"]
    kept = {row[0].value: row[1].value for row in about.iter_rows()}
    assert json.loads(kept["grid"]) == [0.5, 1.0]
    assert kept["note"] == provenance["note"]


def test_xlsx_has_no_formula_and_no_date(edges, provenance):
    data = FORMATS["xlsx"].write(edges, provenance)
    cells = [
        c for row in openpyxl.load_workbook(io.BytesIO(data))["edges"].iter_rows() for c in row
    ]
    assert {c.data_type for c in cells} <= {"s", "n", "b"}  # no "f", no "d"
    by_value = {c.value: c for c in cells}
    for text in ("MARCH1", "SEPT1", "=cmd|' /C calc'!A0", "=HYPERLINK(1)"):
        assert by_value[text].data_type == "s"
        assert by_value[text].number_format == "@"
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_xlsx_refuses_more_rows_than_a_sheet_has():
    frame = pd.DataFrame({"source": ["A"] * (MOST_ROWS + 1), "target": "B"})
    with pytest.raises(TableError, match="Parquet or TSV"):
        FORMATS["xlsx"].write(frame, {})


def test_gexf_is_read_by_networkx(edges, provenance):
    data = FORMATS["gexf"].write(edges, provenance)
    graph = nx.read_gexf(io.BytesIO(data))
    assert graph.is_directed()
    assert set(graph) == {*edges["source"], *edges["target"]}
    plain = edges.set_index(["source", "target"])
    for source, target, found in graph.edges(data=True):
        row = plain.loc[(source, target)]
        assert found["probability"] == row["probability"]
        assert found["in_STRING"] is bool(row["in_STRING"])
        assert found["dataset"] == row["dataset"]
        assert ("n_backbones" in found) == pd.notna(row["n_backbones"])
        assert ("note" in found) == pd.notna(row["note"])
    assert graph.nodes["SPI1"]["regulator"] is True
    assert b"&lt;b&gt;" in data
    assert b'"grid": [0.5, 1.0]' in data.replace(b"&quot;", b'"')


def test_gexf_keeps_repeated_edges_and_what_xml_cannot_hold():
    frame = pd.DataFrame({"source": ["A\x00", "A\x00"], "target": "B", "probability": [0.1, 0.2]})
    graph = nx.read_gexf(io.BytesIO(FORMATS["gexf"].write(frame, {})))
    assert sorted(d["probability"] for *_, d in graph.edges(data=True)) == [0.1, 0.2]
    assert set(graph) == {"A\ufffd", "B"}


def test_cx2_is_read_by_ndex(edges, provenance, known_signs):
    document = json.loads(FORMATS["cx2"].write(edges, provenance | known_signs))
    network = RawCX2NetworkFactory().get_cx2network(document)
    names = {k: node["v"]["name"] for k, node in network.get_nodes().items()}
    assert set(names.values()) == {*edges["source"], *edges["target"]}
    plain = edges.set_index(["source", "target"])
    assert len(network.get_edges()) == len(edges)
    for edge in network.get_edges().values():
        row = plain.loc[(names[edge["s"]], names[edge["t"]])]
        assert edge["v"]["probability"] == row["probability"]
        assert edge["v"]["in_STRING"] is bool(row["in_STRING"])
        assert edge["v"]["rank"] == row["rank"]
        assert ("vvp_effect" in edge["v"]) == pd.notna(row["vvp_effect"])
    does = {names[e["t"]]: e["v"]["interaction"] for e in network.get_edges().values()}
    assert (does["MARCH1"], does["SEPT1"], does["GATA1"]) == ("activates", "represses", "regulates")
    kept = json.loads(network.get_network_attributes()["provenance"])
    assert kept["baseline"] == 0.25
    counts = {m["name"]: m["elementCount"] for m in document[1]["metaData"]}
    assert counts["edges"] == len(edges)
    assert document[-1] == {"status": [{"success": True}]}


def _read(data: bytes, tmp_path):
    path = tmp_path / "read.h5ad"
    path.write_bytes(data)
    return anndata.read_h5ad(path)


def test_h5ad_varp_has_regulators_in_rows(edges, provenance, tmp_path):
    file = _read(FORMATS["h5ad"].write(edges, provenance), tmp_path)
    matrix = pd.DataFrame(file.varp["GRN"].toarray(), index=file.var_names, columns=file.var_names)
    assert file.varp["GRN"].nnz == len(edges)
    for row in edges.itertuples():
        assert matrix.loc[row.source, row.target] == row.probability
    assert file.var.loc["GATA1", "is_regulator"]
    assert not file.var.loc["MARCH1", "is_regulator"]
    assert json.loads(file.uns["ugrn"])["grid"] == [0.5, 1.0]


def test_h5ad_of_a_repeated_edge_keeps_the_strongest(tmp_path):
    frame = pd.DataFrame({"source": ["A", "A"], "target": ["B", "B"], "probability": [0.2, 0.7]})
    file = _read(FORMATS["h5ad"].write(frame, {}), tmp_path)
    assert file.varp["GRN"].sum() == pytest.approx(0.7)


def test_h5ad_prediction_is_what_the_benchmark_reads(edges, provenance, known_signs, tmp_path):
    edges = edges.assign(backbone="ugrn-base", probe="ensemble")
    written = FORMATS["h5ad-prediction"].write(edges, provenance | known_signs)
    file = _read(written, tmp_path)
    table = file.uns["prediction"]
    assert list(table.columns) == ["source", "target", "weight"]
    found = {(r.source, r.target): float(r.weight) for r in table.itertuples()}
    assert found["GATA1", "MARCH1"] == 0.9
    assert found["GATA1", "SEPT1"] == -(0.1 + 0.2)  # its sign is negative
    assert file.uns["dataset_id"] == "hESC+PBMC"
    assert file.uns["method_id"] == "ugrn-base-ensemble"


def test_h5ad_prediction_takes_names_from_provenance(edges, tmp_path):
    about = {"backbone": "ugrn-base", "translator": "hESC-STRING", "dataset": "PBMC 68k"}
    plain = edges[["source", "target", "probability"]]
    file = _read(FORMATS["h5ad-prediction"].write(plain, about), tmp_path)
    assert file.uns["dataset_id"] == "PBMC 68k"
    assert file.uns["method_id"] == "ugrn-base-hESC-STRING"


@pytest.mark.parametrize("name", ["h5ad", "h5ad-prediction"])
def test_h5ad_keeps_every_column_of_every_edge(name, edges, provenance, tmp_path):
    edges = edges.assign(**{"in_A/B": [True, False, None, True, False]})
    kept = _read(FORMATS[name].write(edges, provenance), tmp_path).uns["edges"]
    want = arranged(edges).rename(columns={"in_A/B": "in_A\u2215B"})
    assert list(kept.columns) == list(want.columns)
    for column in want.columns.drop("in_A\u2215B"):
        seen, wanted = (
            [None if pd.isna(v) else v for v in t[column].astype(object)] for t in (kept, want)
        )
        assert seen == wanted, column
    assert kept["in_A\u2215B"].tolist()[:2] == ["True", "False"]
