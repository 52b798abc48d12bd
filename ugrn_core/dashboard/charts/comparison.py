"""How two rankings agree: rank against rank, and how many of the best k they share."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, plain
from ugrn_core.dashboard.theme import Palette

LOOKS = {"shared": ("hit", "circle"), "first": ("extra", "triangle-up"), "second": ("missed", "x")}


def rank_rank(points: pd.DataFrame, k: int, titles: tuple[str, str], palette: Palette) -> go.Figure:
    """Return ranks of pairs under both sides, both axes logarithmic, the best at the lower left."""
    a, b = points["a"] <= k, points["b"] <= k
    groups = {"shared": a & b, "first": a & ~b, "second": ~a & b, "": ~a & ~b}
    words = {
        "shared": f"best {k:,} of both",
        "first": "only of the first",
        "second": "only of the second",
        "": "other pairs (a sample)",
    }
    dots = []
    for name, inside in groups.items():
        colour, symbol = LOOKS.get(name, ("muted", "circle-open"))
        part = points[inside]
        dots.append(
            {
                "type": "scattergl",
                "x": part["a"],
                "y": part["b"],
                "mode": "markers",
                "name": words[name],
                "text": [
                    f"{plain(s)} → {plain(t)}" for s, t in zip(part["source"], part["target"])
                ],
                "marker": {
                    "color": getattr(palette, colour),
                    "symbol": symbol,
                    "size": 7 if name else 4,
                    "opacity": 0.9 if name else 0.35,
                },
                "hovertemplate": "%{text}<br>rank %{x:,} and %{y:,}<extra></extra>",
            }
        )
    layout = {  # dtick: ticks at powers of ten alone
        f"{axis}axis": {"type": "log", "dtick": 1, "title": {"text": f"rank: {plain(title)}"}}
        for axis, title in zip("xy", titles)
    }
    return drawn(dots, palette, 420, layout)


def overlap_by_k(overlap: pd.DataFrame, palette: Palette) -> go.Figure:
    """Return the share of the best k that both sides hold, beside what chance would share."""
    lines = [
        {
            "type": "scatter",
            "x": overlap["k"],
            "y": overlap[column] / overlap["k"],
            "mode": "lines+markers",
            "name": name,
            "line": {"dash": dash, "color": palette.hit if column == "shared" else palette.muted},
            "marker": {"symbol": symbol, "size": 8},
            "customdata": overlap[column],
            "hovertemplate": "best %{x:,}: %{customdata:,.4g} (%{y:.1%})<extra></extra>",
        }
        for column, name, dash, symbol in (
            ("shared", "shared", "solid", "circle"),
            ("expected", "by chance", "dash", "diamond-open"),
        )
    ]
    share = {"title": {"text": "share in both"}, "tickformat": ".0%", "rangemode": "tozero"}
    ks = {"type": "log", "dtick": 1, "title": {"text": "best k pairs of each"}}
    return drawn(lines, palette, 420, {"xaxis": ks, "yaxis": share})
