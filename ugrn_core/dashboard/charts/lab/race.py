"""The genes that respond most, as bars that overtake each other while the value rises."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, plain
from ugrn_core.dashboard.theme import Palette

LANES = 30
_STEP = {"frame": {"duration": 900, "redraw": False}, "transition": {"duration": 700}}
_JUMP = {
    "mode": "immediate",
    "frame": {"duration": 0, "redraw": False},
    "transition": {"duration": 0},
}


def race(
    genes: Sequence[str],
    response: np.ndarray,
    grid: np.ndarray,
    *,
    source: str,
    start: int,
    palette: Palette,
) -> go.Figure:
    """Return bars of the `LANES` genes that respond most at each value, as frames over the values.

    genes (n,); response (M, n): signed, at each of grid (M,). start: the frame shown first.
    """
    names = [plain(gene) for gene in genes]
    most = float(np.abs(response).max()) or 1.0
    frames = [
        {"name": f"{value:g}", "data": [_bars(names, response[k], palette)]}
        for k, value in enumerate(grid)
    ]
    layout = {
        "xaxis": {"range": [0, 1.18 * most]},
        "yaxis": {"range": [LANES - 0.4, -0.6], "visible": False},
        "bargap": 0.22,
        "margin": {"t": 16, "b": 176, "l": 12},
        "updatemenus": [_buttons(palette)],
        "sliders": [_slider(grid, source, start, palette)],
        "showlegend": False,
    }
    return drawn([_bars(names, response[start], palette)], palette, 760, layout, frames)


def _bars(names: Sequence[str], response: np.ndarray, palette: Palette) -> dict:
    """One bar a gene, in the lane of its rank; below the last lane those that are behind."""
    lane = np.empty(len(names))
    lane[np.argsort(-np.abs(response), kind="stable")] = np.arange(len(names))
    up = response >= 0
    return {
        "type": "bar",
        "orientation": "h",
        "ids": list(names),
        "x": np.abs(response),
        "y": lane,
        "text": [f"{name} {'▲' if u else '▼'}" for name, u in zip(names, up)],
        "textposition": "outside",
        "cliponaxis": True,
        "customdata": response,
        "hovertemplate": "%{text}: %{customdata:.4g}<extra></extra>",
        "marker": {
            "color": [palette.activates if u else palette.represses for u in up],
            "pattern": {"shape": ["" if u else "/" for u in up]},
        },
    }


def _buttons(palette: Palette) -> dict:
    button = {"method": "animate"}
    return {
        "type": "buttons",
        "direction": "left",
        "showactive": False,
        "x": 0,
        "y": -0.05,
        "xanchor": "left",
        "yanchor": "top",
        "bgcolor": palette.surface,
        "bordercolor": palette.line,
        "font": {"color": palette.text},
        "buttons": [
            button | {"label": "▶ Play", "args": [None, _STEP | {"fromcurrent": True}]},
            button | {"label": "❚❚ Pause", "args": [[None], _JUMP]},
        ],
    }


def _slider(grid: np.ndarray, source: str, start: int, palette: Palette) -> dict:
    steps = [
        {"method": "animate", "label": f"{value:g}", "args": [[f"{value:g}"], _JUMP]}
        for value in grid
    ]
    return {
        "active": start,
        "x": 0,
        "len": 1,
        "y": -0.125,
        "pad": {"t": 18},
        "currentvalue": {"prefix": f"{plain(source)} at ", "font": {"color": palette.text}}
        | {"xanchor": "right"},
        "font": {"color": palette.muted},
        "bordercolor": palette.line,
        "bgcolor": palette.line,
        "steps": steps,
    }
