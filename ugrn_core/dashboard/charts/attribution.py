"""What moved the translator: its numbers by name, and the curves' values one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, plain
from ugrn_core.dashboard.theme import Palette

ADDED = "log-odds added"
HEIGHT = 320


def named_bars(names: Sequence[str], added: np.ndarray, palette: Palette) -> go.Figure:
    """Return a bar for each of `names`, as long as what it added to the log-odds (n,)."""
    up = added >= 0
    bars = {
        "type": "bar",
        "y": list(names),
        "x": added,
        "orientation": "h",
        "marker": {
            "color": [palette.activates if u else palette.represses for u in up],
            "pattern": {"shape": ["" if u else "/" for u in up]},
        },
        "hovertemplate": "%{y}: %{x:+.3f} log-odds<extra></extra>",
    }
    layout = {
        "xaxis": {"title": {"text": ADDED}, "zeroline": True},
        "yaxis": {"autorange": "reversed", "tickfont": {"color": palette.text}},
        "margin": {"t": 12, "b": 48},
    }
    return drawn([bars], palette, HEIGHT, layout)


def value_bars(
    grid: Sequence[float], by_value: Mapping[str, np.ndarray], source: str, palette: Palette
) -> go.Figure:
    """Return stacked bars over `grid` (T,) of what each curve's values added to the log-odds.

    by_value: curve (vvp, gdt, or both in one) -> (T,).
    """
    looks = {"vvp": (palette.vvp, "", "response (VVP)"), "gdt": (palette.gdt, "/", "slope (GDT)")}
    bars = []
    for curve, added in by_value.items():
        colour, shape, name = looks.get(curve, (palette.vvp, "", "VVP and GDT together"))
        bars.append(
            {
                "type": "bar",
                "x": [f"{v:.3g}" for v in grid],
                "y": added,
                "name": name,
                "marker": {"color": colour, "pattern": {"shape": shape}},
                "hovertemplate": "at %{x}: %{y:+.3f} log-odds<extra>" + name + "</extra>",
            }
        )
    layout = {
        "barmode": "relative",
        "showlegend": True,
        "margin": {"t": 12, "b": 84},
        "xaxis": {"title": {"text": f"value given to {plain(source)}"}, "type": "category"},
        "yaxis": {"title": {"text": ADDED}},
    }
    return drawn(bars, palette, HEIGHT, layout)
