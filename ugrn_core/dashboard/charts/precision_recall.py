"""Precision over recall of several methods on one cell."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import plain, styled
from ugrn_core.dashboard.theme import Palette

HOVER = "recall %{x:.2f}: precision %{y:.3f}"
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


def precision_recall(
    curves: list[tuple[str, bool, np.ndarray]], chance: float, palette: Palette
) -> go.Figure:
    """Return a line a method: (name, is a control, precision (n,) at n even recalls up to 1)."""
    colours = (palette.activates, palette.represses, palette.gdt, palette.vvp)
    figure = go.Figure()
    for number, (name, control, precision) in enumerate(curves):
        recall = np.arange(1, len(precision) + 1) / len(precision)
        colour = palette.muted if control else colours[number % len(colours)]
        figure.add_trace(
            go.Scatter(
                x=recall,
                y=precision,
                mode="lines",
                name=plain(name),
                line={"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2},
                hovertemplate="recall %{x:.2f}: precision %{y:.3f}<extra>"
                + plain(name)
                + "</extra>",
            )
        )
    figure.add_hline(chance, line={"color": palette.muted, "width": 1, "dash": "dot"})
    figure.update_xaxes(title_text="recall", range=[0, 1])
    figure.update_yaxes(title_text="precision", range=[0, 1.02])
    return styled(figure, palette, 380)
