"""The SVG figure and the communities: what is drawn, and that names stay text."""

from __future__ import annotations

from xml.etree import ElementTree

import pandas as pd

from ugrn_core.dashboard.network_figure import svg
from ugrn_core.dashboard.network_layout import communities, positions
from ugrn_core.dashboard.network_view import Drawing, graph
from ugrn_core.dashboard.theme import LIGHT

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
    root = ElementTree.fromstring(svg(_drawing(edges), LIGHT, "run 1"))
    words = [t.text for t in root.iter(f"{SVG}text")]
    assert {"A", "B", "C", "D", "run 1", "regulator", "other gene"} <= set(words)
    with_head = [e for e in root.iter(f"{SVG}line") if e.get("marker-end")]
    assert len(with_head) == 3
    assert sum("bar-" in e.get("marker-end") for e in with_head) == 1  # the repression
    assert len(list(root.iter(f"{SVG}polygon"))) == 2  # regulators are diamonds
    assert len(list(root.iter(f"{SVG}circle"))) == 2 + 1  # genes, and the legend's


def test_svg_is_the_same_each_time_and_takes_any_name():
    edges = _edges(("<script>alert(1)</script>", "B&'\""), ("A\x00", "B&'\""))
    first = svg(_drawing(edges), LIGHT, "<about>")
    assert first == svg(_drawing(edges), LIGHT, "<about>")
    root = ElementTree.fromstring(first)
    assert "<script>alert(1)</script>" in {t.text for t in root.iter(f"{SVG}text")}
    assert not list(root.iter(f"{SVG}script"))


def test_svg_draws_what_two_sides_share():
    edges = _edges(("A", "B"), ("A", "C"), status=["shared", "second"])
    text = svg(_drawing(edges, colour_by="compared"), LIGHT, "x").decode()
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
