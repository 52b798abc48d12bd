"""Positions and drawing of a network: the same every time, roomy, and deaf to markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist

from ugrn_core.dashboard.network import legend, svg, visjs, web_page
from ugrn_core.dashboard.network.drawing import Drawing
from ugrn_core.dashboard.network.layout import SPACING, positions
from ugrn_core.dashboard.theme import DARK, LIGHT

HOSTILE = '</script><img src=x onerror="alert(1)"><a href="https://evil.example">'


def random_edges(n: int, seed: int) -> list[tuple[str, str]]:
    rng = np.random.default_rng(seed)
    found = {(f"TF{int(40 * rng.random() ** 2)}", f"G{rng.integers(n)}") for _ in range(n)}
    return sorted(found)


def table(pairs: list[tuple[str, str]], **columns) -> pd.DataFrame:
    frame = pd.DataFrame(pairs, columns=["source", "target"])
    n = len(frame)
    frame["probability"] = np.linspace(1, 0, n)
    frame["rank"] = np.arange(1, n + 1)
    frame["sign"] = np.where(np.arange(n) % 2, 1, -1)
    return frame.assign(**columns)


def drawing(pairs: list[tuple[str, str]], centre: str | None = None, **columns) -> Drawing:
    places = positions(pairs, centre, 0)
    by = "known" if "status" in columns else "sign"
    return Drawing(table(pairs, **columns), places, frozenset({"TF0"}), centre, by)


def test_same_edges_same_drawing_whatever_their_order():
    pairs = random_edges(300, 1)
    assert positions(pairs, None, 7) == positions(pairs, None, 7)
    assert positions(pairs, None, 7) != positions(pairs, None, 8)


@pytest.mark.parametrize("n", [2, 30, 500])
def test_every_gene_has_a_finite_place_with_room(n):
    pairs = random_edges(n, 2)
    places = positions(pairs, None, 0)
    assert set(places) == {g for pair in pairs for g in pair}
    xy = np.array(list(places.values()))
    assert np.isfinite(xy).all()
    assert np.quantile(pdist(xy), 0.001) > SPACING * 0.2


def test_regulators_above_targets_below_the_centre():
    pairs = [("A", "X"), ("B", "X"), ("X", "C"), ("X", "D")]
    places = positions(pairs, "X", 0)
    assert places["X"] == (0.0, 0.0)
    assert max(places[g][1] for g in "AB") < 0 < min(places[g][1] for g in "CD")


def test_rings_around_a_centre_use_the_frame_and_no_ray_hides_a_gene():
    pairs = [("X", f"G{k}") for k in range(50)] + [("A", "X")]
    places = positions(pairs, "X", 0)
    xy = np.array([p for gene, p in places.items() if gene != "X"])
    wide, high = np.ptp(xy, axis=0)
    assert 1.1 < wide / high < 2.1
    assert pdist(xy).min() > SPACING * 0.5
    angles = np.sort(np.arctan2(xy[:, 1], xy[:, 0]))
    assert np.diff(angles).min() > 1e-3


@pytest.mark.parametrize("n", [30, 500])
def test_a_whole_network_fills_its_frame(n):
    wide, high = np.ptp(np.array(list(positions(random_edges(n, 2), None, 0).values())), axis=0)
    assert 1.0 < wide / high < 2.2


def test_nothing_to_place():
    assert positions([], None, 0) == {}
    assert positions([], "X", 0) == {"X": (0.0, 0.0)}


def test_a_bidirectional_pair_shows_both_edges():
    net = visjs.graph(drawing([("TF0", "B"), ("B", "TF0"), ("TF0", "C")]), LIGHT)
    curved = [(e["from"], e["to"]) for e in net.edges if "smooth" in e]
    assert sorted(curved) == [("B", "TF0"), ("TF0", "B")]


def test_shapes_dashes_and_arrows_tell_what_colour_tells():
    net = visjs.graph(drawing([("TF0", "B"), ("TF0", "C")]), LIGHT)
    assert {n["id"]: n["shape"] for n in net.nodes} == {"TF0": "diamond", "B": "dot", "C": "dot"}
    down, up = net.edges  # signs -1, +1
    assert down["dashes"]
    assert not up["dashes"]
    assert down["arrows"]["to"]["type"] != up["arrows"]["to"]["type"]


def test_signs_are_drawn_where_they_are_asked_for_and_nowhere_else():
    pairs, palette = [("TF0", "B"), ("TF0", "C")], LIGHT
    for colour_by, more in (("community", {}), ("known", {"status": ["hit", "hit"]})):
        what = replace(drawing(pairs, **more), colour_by=colour_by)
        down, up = visjs.graph(what, palette).edges  # signs -1, +1
        assert all(down[part] == up[part] for part in ("color", "dashes", "arrows"))
        assert "proposed" not in down["title"] + legend.as_list(what, palette)
        assert "bar-" not in str(svg.svg(what, palette, "", {})).partition("</defs>")[2]
    signed = drawing(pairs)
    assert "repression proposed" in visjs.graph(signed, palette).edges[0]["title"]


def test_status_is_colour_dash_and_word():
    status = ["hit", "extra", "missed"]
    pairs = [("TF0", "B"), ("TF0", "C"), ("TF0", "D")]
    for palette in (LIGHT, DARK):
        edges = visjs.graph(drawing(pairs, status=status), palette).edges
        assert len({e["color"] for e in edges}) == 3
        assert len({str(e["dashes"]) for e in edges}) == 3
    assert "known, below the cut" in edges[2]["title"]


def test_numbers_are_plain_for_json():
    net = visjs.graph(drawing(random_edges(40, 3)), LIGHT)
    json.dumps([net.nodes, net.edges, net.options])


def test_the_page_asks_nothing_of_the_network_and_runs_no_name():
    net = visjs.graph(drawing([("TF0", HOSTILE), (HOSTILE, "C")]), LIGHT)
    text = visjs.page(net)
    assert "vis.Network" in text
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)\s*=\s*[\"']?http", text)
    assert "<img" not in text
    assert 'onerror="alert' not in text


def test_the_page_to_keep_holds_legend_origin_and_provenance():
    what = drawing([("TF0", HOSTILE), (HOSTILE, "C")])
    facts = {"run_id": "0123", "panel": "</script><b id=evil>"}
    text = web_page.page(what, LIGHT, "tiny, <b id=evil>, run 0123", facts).decode()
    assert "activation proposed (arrow)" in text
    assert ".ugrn-mark" in text
    assert "tiny, &lt;b id=evil&gt;, run 0123" in text
    kept = re.search(r'id="provenance">(.*?)</script>', text, re.DOTALL)[1]
    assert json.loads(kept) == facts
    assert "<b id=evil>" not in text


def test_only_regulators_are_named_in_a_large_drawing():
    net = visjs.graph(drawing([("TF0", f"G{k}") for k in range(100)]), LIGHT)
    assert {n["id"] for n in net.nodes if n["label"].strip()} == {"TF0"}
