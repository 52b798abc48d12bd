"""The SVG figure and the communities: what is drawn, and that names stay text."""

from __future__ import annotations

import json
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from ugrn_core.dashboard.network.drawing import Drawing, ink
from ugrn_core.dashboard.network.labels import WIDE, centres
from ugrn_core.dashboard.network.layout import communities, positions
from ugrn_core.dashboard.network.legend import entries
from ugrn_core.dashboard.network.svg import svg
from ugrn_core.dashboard.network.visjs import graph
from ugrn_core.dashboard.queries.neighbourhood import Cut, Neighbourhood
from ugrn_core.dashboard.sections.network import drawing as drawing_of
from ugrn_core.dashboard.theme import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"


def _edges(*pairs, **columns) -> pd.DataFrame:
    table = pd.DataFrame(pairs, columns=["source", "target"])
    table["probability"], table["rank"] = 0.9, range(1, len(pairs) + 1)
    table["sign"] = [1, -1] * (len(pairs) // 2) + [0] * (len(pairs) % 2)
    return table.assign(**columns)


def _drawing(edges, **more) -> Drawing:
    pairs = list(zip(edges["source"], edges["target"]))
    return Drawing(edges, positions(pairs, None, 0), frozenset(edges["source"]), **more)


def test_svg_holds_each_gene_edge_and_legend_entry():
    edges = _edges(("A", "B"), ("A", "C"), ("D", "B"))
    root = ElementTree.fromstring(svg(_drawing(edges), LIGHT, "run 1", {}))
    words = [t.text for t in root.iter(f"{SVG}text")]
    assert {"A", "B", "C", "D", "run 1", "regulator", "other gene"} <= set(words)
    with_head = [e for e in root.iter(f"{SVG}line") if e.get("marker-end")]
    assert len(with_head) == 3
    assert sum("bar-" in e.get("marker-end") for e in with_head) == 1  # the repression
    assert len(list(root.iter(f"{SVG}polygon"))) == 2  # regulators are diamonds
    assert len(list(root.iter(f"{SVG}circle"))) == 2 + 1  # genes, and the legend's


def test_svg_is_the_same_each_time_and_takes_any_name():
    edges = _edges(("<script>alert(1)</script>", "B&'\""), ("A\x00", "B&'\""))
    first = svg(_drawing(edges), LIGHT, "<about>", {"a": "<b>&"})
    assert first == svg(_drawing(edges), LIGHT, "<about>", {"a": "<b>&"})
    root = ElementTree.fromstring(first)
    assert json.loads(root.find(f"{SVG}metadata").text) == {"a": "<b>&"}
    assert "<script>alert(1)</script>" in {t.text for t in root.iter(f"{SVG}text")}
    assert not list(root.iter(f"{SVG}script"))


def test_svg_draws_what_two_sides_share():
    edges = _edges(("A", "B"), ("A", "C"), status=["shared", "second"])
    text = svg(_drawing(edges, colour_by="compared"), LIGHT, "x", {}).decode()
    assert "among the best of both" in text
    assert "stroke-dasharray='2 6'" in text


def test_communities_are_the_cliques_and_do_not_depend_on_the_order():
    first = [("A", "B"), ("B", "C"), ("A", "C"), ("C", "D"), ("B", "D")]
    second = [("X", "Y"), ("Y", "Z"), ("X", "Z")]
    edges = _edges(*first, *second, ("D", "X"))
    found = communities(edges, 0)
    assert {g for g, k in found.items() if k == 1} == set("ABCD")
    assert {g for g, k in found.items() if k == 2} == set("XYZ")
    assert communities(edges.iloc[::-1], 0) == found


def test_community_is_in_colour_and_in_the_label():
    edges = _edges(("A", "B"), ("X", "Y"))
    drawing = _drawing(edges, colour_by="community", groups=communities(edges, 0))
    nodes = {n["id"]: n for n in graph(drawing, LIGHT).nodes}
    assert nodes["A"]["label"] == "A (1)"
    assert nodes["X"]["label"] == "X (2)"
    assert nodes["A"]["color"]["background"] != nodes["X"]["color"]["background"]


def test_two_ways_between_two_genes_are_two_curves():
    root = ElementTree.fromstring(
        svg(_drawing(_edges(("A", "B"), ("B", "A"), ("A", "C"))), LIGHT, "x", {})
    )
    curves = [p.get("d") for p in root.iter(f"{SVG}path") if p.get("marker-end")]
    assert len(curves) == len(set(curves)) == 2
    assert len([e for e in root.iter(f"{SVG}line") if e.get("marker-end")]) == 1


def test_labels_keep_clear_of_genes_labels_and_arrowheads_where_there_is_room():
    at = np.array([(x, y) for x in (0.0, 90.0, 180.0) for y in (0.0, 50.0, 100.0)])
    labels = [(k, f"GENE{k}") for k in range(9)]
    heads = at + np.array([0.0, 9.0])  # an arrow from below into each gene
    found = centres(at, np.full(9, 5.0), labels, 10.0, heads)
    half = np.array([WIDE * 10 * 5, 11.0]) / 2
    boxes = [np.array(p) for p in found]
    for a, b in combinations(boxes, 2):
        assert (np.abs(a - b) >= 2 * half - 1e-6).any()
    for box in boxes:
        assert (np.abs(at - box) >= half + 5 - 1e-6).any(axis=1).all()
        assert (np.abs(heads - box) >= half + 4 - 1e-6).any(axis=1).all()


def test_the_legend_lists_communities_with_their_sizes():
    edges = _edges(("A", "B"), ("X", "Y"), ("X", "Z"))
    drawing = _drawing(edges, colour_by="community", groups=communities(edges, 0))
    groups = [(e.number, e.words) for e in entries(drawing, LIGHT) if e.mark == "group"]
    assert groups == [("1", "community 1 (3 genes)"), ("2", "community 2 (2 genes)")]
    texts = [
        t.text for t in ElementTree.fromstring(svg(drawing, LIGHT, "x", {})).iter(f"{SVG}text")
    ]
    assert texts.count("1") == 3 + 1  # in each gene, and in the legend
    assert texts.count("2") == 2 + 1


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_numbers_in_genes_can_be_read(palette):
    def luminance(colour: str) -> float:  # WCAG 2.2
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    for colour in palette.groups:
        low, high = sorted((luminance(colour), luminance(ink(colour))))
        assert (high + 0.05) / (low + 0.05) >= 4.5, colour


@pytest.mark.parametrize(("colour_by", "drawn"), [("known", 3), ("sign", 2), ("community", 2)])
def test_missed_edges_are_drawn_only_where_the_colour_says_so(colour_by, drawn):
    edges = _edges(("A", "B"), ("A", "C"), ("D", "B"), status=["hit", "extra", "missed"])
    cut = Cut(None, 1, 50, "probability", 0.5, "Ref")
    found = drawing_of(Neighbourhood(edges, 2, 2, 2, 1), cut, frozenset("AD"), colour_by)
    assert len(found.edges) == drawn
    assert ("D" in found.positions) is (colour_by == "known")
