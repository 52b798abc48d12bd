"""Precision over recall of several methods on one cell."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, level, plain
from ugrn_core.dashboard.theme import Palette

HOVER = "recall %{x:.2f}: precision %{y:.3f}"
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def precision_recall(
    curves: list[tuple[str, bool, np.ndarray]], chance: float, palette: Palette
) -> go.Figure:
    """Return a line a method: (name, is a control, precision (n,) at n even recalls up to 1)."""
    colours = (palette.activates, palette.represses, palette.gdt, palette.vvp)
    lines = []
    for number, (name, control, precision) in enumerate(curves):
        colour = palette.muted if control else colours[number % len(colours)]
        lines.append(
            {
                "type": "scatter",
                "x": np.arange(1, len(precision) + 1) / len(precision),
                "y": precision,
                "mode": "lines",
                "name": plain(name),
                "line": {"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2},
                "hovertemplate": f"{HOVER}<extra>{plain(name)}</extra>",
            }
        )
    layout = {
        "shapes": [level(chance, {"color": palette.muted, "width": 1, "dash": "dot"})],
        "xaxis": {"title": {"text": "recall"}, "range": [0, 1]},
        "yaxis": {"title": {"text": "precision"}, "range": [0, 1.02]},
    }
    return drawn(lines, palette, 380, layout)
