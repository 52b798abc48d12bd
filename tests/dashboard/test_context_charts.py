"""Small multiples of an edge in several contexts: one axis, words where a gene is silent."""

from __future__ import annotations

import numpy as np

from ugrn_core.dashboard.charts import cell_map
from ugrn_core.dashboard.charts import contexts as charts
from ugrn_core.dashboard.charts.contexts import ContextCurve
from ugrn_core.dashboard.theme import LIGHT

GRID = np.array([0.0, 1.0, 4.0])


def test_every_panel_has_the_same_axes_and_the_silent_one_words():
    panels = [
        ContextCurve("B <b>cells</b>", np.array([0.0, 1.0, 2.0])),
        ContextCurve("T", np.array([0.0, 9.0, 9.0]), "SPI1 is silent"),
        ContextCurve("Monocyte", np.array([0.0, 1.0, 3.0])),
        ContextCurve("NK", np.array([-1.0, 1.0, 3.0])),
    ]
    figure = charts.curves(GRID, panels, np.array([0.0, 0.5, 1.0]), ("SPI1", "LST1"), LIGHT)
    layout = figure.to_plotly_json()["layout"]
    ends = [layout[f"yaxis{n}"]["range"] for n in ("", 2, 3, 4)]
    assert all(list(e) == list(ends[0]) for e in ends)
    assert ends[0][1] < 4  # the silent context's values stretch nothing
    assert all(list(layout[f"xaxis{n}"]["range"]) == list(layout["xaxis"]["range"]) for n in (2, 3))
    words = [a["text"] for a in layout["annotations"]]
    assert "SPI1 is silent" in words
    assert not any("<b>" in w for w in words)
    assert sum(t["mode"] == "lines+markers" for t in figure.to_plotly_json()["data"]) == 3


def test_each_branch_has_a_line_and_a_band_of_its_own():
    what = charts.Strengths(
        names=["a1", "a2", "b1", "b2"],
        values=np.array([1.0, 2.0, 3.0, np.nan]),
        at=np.array([0.0, 1.0, 0.2, 0.9]),
        half=np.full(4, 0.5),
        whole=1.5,
        flat=1.0,
        branch=["a", "a", "b", "b"],
    )
    data = charts.strength(what, LIGHT).data
    lines = {t["name"]: t for t in data if t["mode"] == "lines+markers"}
    assert list(lines) == ["a", "b"]
    assert list(lines["b"]["x"]) == [0.2, 0.9]
    assert lines["a"]["line"]["color"] != lines["b"]["line"]["color"]
    bands = [t for t in data if t["fill"] == "toself"]
    assert list(bands[0]["y"]) == [1.5, 2.5, 1.5, 0.5]
    assert list(bands[1]["x"]) == [0.2, 0.2]  # the silent stage has none
    assert [t["showlegend"] for t in bands] == [True, False]


def test_the_map_joins_the_stages_of_a_branch():
    xy = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]])
    look = cell_map.Look(("UMAP 1", "UMAP 2"), [("left", xy[:2])])
    figure = cell_map.cell_values(xy, np.array([0.0, np.nan, 2.0]), "time", LIGHT, look)
    grey, dots, line = figure.data
    assert (list(grey["x"]), list(dots["x"])) == ([1.0], [0.0, 2.0])
    assert (list(line["x"]), list(line["text"])) == ([0.0, 1.0], ["1", "2"])
    assert figure.layout.xaxis.title.text == "UMAP 1"


def test_contexts_that_begin_alike_are_columns_of_their_own():
    stages = [f"lineage_pseudotime_{b}, stage {k} (0.{k} to 0.9)" for b in (1, 2) for k in (1, 2)]
    map_of = charts.heat_map(["GATA1"], stages, np.array([[1.0, 2, 3, np.nan]]), np.ones(4), LIGHT)
    assert list(map_of.data[0]["x"]) == [
        *("lineage_p…udotime_1, stage 1", "lineage_p…udotime_1, stage 2"),
        *("lineage_p…udotime_2, stage 1", "lineage_p…udotime_2, stage 2"),
    ]
    alike = [f"{'a' * 40}{k}{'b' * 40}" for k in range(3)]
    assert charts.labels(alike) == alike
    assert charts.labels(["B (1)", "B (2)"]) == ["B (1)", "B (2)"]
