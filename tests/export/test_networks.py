"""Graph and gene set formats, read by networkx, json, or the format's own rules."""

from __future__ import annotations

import io
import json

import networkx as nx
import pandas as pd
import pytest

from ugrn_core.errors import TableError
from ugrn_core.export import FORMATS, signs


def test_graphml_is_read_by_networkx(edges, provenance, known_signs):
    known = provenance | known_signs
    graph = nx.read_graphml(io.BytesIO(FORMATS["graphml"].write(edges, known)))
    assert graph.is_directed()
    assert set(graph) == {*edges["source"], *edges["target"]}
    plain = edges.set_index(["source", "target"])
    for source, target, data in graph.edges(data=True):
        row = plain.loc[(source, target)]
        assert data["probability"] == row["probability"]
        assert data["in_STRING"] is bool(row["in_STRING"])
        assert data["dataset"] == row["dataset"]
        assert ("n_backbones" in data) == pd.notna(row["n_backbones"])
        assert ("vvp_effect" in data) == pd.notna(row["vvp_effect"])
    assert json.loads(graph.graph["provenance"])["grid"] == [0.5, 1.0]
    assert graph.edges["GATA1", "SEPT1"]["interaction"] == "represses"
    plain = nx.read_graphml(io.BytesIO(FORMATS["graphml"].write(edges, provenance)))
    assert plain.edges["GATA1", "SEPT1"]["interaction"] == "regulates"
    assert graph.nodes["GATA1"] == {"name": "GATA1", "regulator": True}
    assert graph.nodes["MARCH1"]["regulator"] is False


def test_graphml_keeps_an_interaction_column_of_the_table(edges):
    edges = edges.assign(interaction="binds")
    graph = nx.read_graphml(io.BytesIO(FORMATS["graphml"].write(edges, {})))
    assert {d["interaction"] for *_, d in graph.edges(data=True)} == {"binds"}


def test_graphml_holds_what_xml_cannot(edges):
    names = {"source": ["A\x00\x1b"], "target": ["\ud800B"]}
    frame = pd.DataFrame(names, dtype=object)  # pandas 3 takes no such text for a string
    graph = nx.read_graphml(io.BytesIO(FORMATS["graphml"].write(frame, {})))
    assert list(graph.edges) == [("A\ufffd\ufffd", "\ufffdB")]


def test_cytoscape_json_is_read_by_networkx(edges, provenance):
    network = json.loads(FORMATS["cyjs"].write(edges, provenance))
    assert network["data"]["provenance"]["baseline"] == 0.25
    graph = nx.cytoscape_graph(network)
    assert set(graph.edges) == set(zip(edges["source"], edges["target"]))
    data = graph.edges["GATA1", "SEPT1"]
    assert data["probability"] == pytest.approx(0.3, abs=1e-15)
    assert graph.nodes["SPI1"]["regulator"] is True
    assert graph.nodes["MARCH1"]["regulator"] is False


def test_sif_says_what_each_edge_does_where_signs_are_worth_something(
    edges, provenance, known_signs
):
    said = FORMATS["sif"].write(edges, provenance | known_signs).decode()
    assert [line.split("\t") for line in said.splitlines()][:3] == [
        ["GATA1", "activates", "MARCH1"],
        ["GATA1", "represses", "SEPT1"],
        ["SPI1", "regulates", "GATA1"],
    ]
    for frame, about in ((edges, provenance), (edges.drop(columns="sign"), known_signs)):
        neutral = FORMATS["sif"].write(frame, about).decode()
        assert {line.split("\t")[1] for line in neutral.splitlines()} == {"regulates"}


@pytest.mark.parametrize(
    ("measured", "known"),
    [
        ({}, False),  # nobody knows
        ({"n": {"edges": 100, "activating": 0.8, "right": 0.8, "auroc": 0.7}}, False),  # says one
        ({"n": {"edges": 12, "activating": 0.5, "right": 0.6, "auroc": 0.7}}, False),  # by luck
        ({"n": {"edges": 100, "activating": 1.0, "right": 1.0, "auroc": None}}, False),  # one kind
        ({"n": {"edges": 100, "activating": 0.5, "right": 0.7, "auroc": 0.7}}, True),
        (
            {
                "n": {"edges": 100, "activating": 0.5, "right": 0.7, "auroc": 0.7},
                "other": {"edges": 100, "activating": 0.5, "right": 0.5, "auroc": 0.5},
            },
            False,
        ),
    ],
)
def test_signs_are_known_where_every_network_says_so(measured, known):
    assert signs.are_known({"worth": {"sign": measured}}) is known


def test_gmt_lists_targets_strongest_first(provenance):
    frame = pd.DataFrame(
        {
            "source": ["B", "A", "A", "A"],
            "target": ["x", "low", "high", "high"],
            "probability": [0.5, 0.1, 0.9, 0.8],
        }
    )
    lines = FORMATS["gmt"].write(frame, provenance).decode().splitlines()
    assert lines == ["A\ttargets embedded\thigh\tlow", "B\ttargets embedded\tx"]


@pytest.mark.parametrize(
    ("name", "columns", "separator"),
    [
        ("beeline", ["Gene1", "Gene2", "EdgeWeight"], "\t"),
        ("pyscenic", ["TF", "target", "importance"], "\t"),
        ("decoupler", ["source", "target", "weight"], ","),
    ],
)
def test_ranked_tables_have_the_columns_their_tools_read(name, columns, separator, edges):
    data = FORMATS[name].write(edges, {})
    table = pd.read_csv(io.BytesIO(data), sep=separator, float_precision="round_trip")
    assert list(table.columns) == columns
    weights = table[columns[2]].abs()
    assert weights.tolist() == sorted(edges["probability"], reverse=True)
    assert table.iloc[0, :2].tolist() == ["GATA1", "MARCH1"]


def test_decoupler_weights_carry_a_sign_that_is_worth_something(edges, known_signs):
    for about, weight in (({}, 0.1 + 0.2), (known_signs, -(0.1 + 0.2))):
        data = io.BytesIO(FORMATS["decoupler"].write(edges, about))
        table = pd.read_csv(data, float_precision="round_trip")
        weights = table.set_index(["source", "target"])["weight"]
        assert weights["GATA1", "SEPT1"] == weight
        assert weights["SPI1", "GATA1"] == 1e-12  # sign unknown


@pytest.mark.parametrize("name", ["beeline", "pyscenic", "decoupler"])
def test_ranked_tables_need_a_probability(name, edges):
    with pytest.raises(TableError, match="probability"):
        FORMATS[name].write(edges.drop(columns="probability"), {})
