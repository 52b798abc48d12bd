"""Small multiples of an edge in several contexts: one axis, words where a gene is silent."""

from __future__ import annotations

import numpy as np

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
