"""Gene sets, or regulators, as dots: how far from chance, and whether that is their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, plain, upright
from ugrn_core.dashboard.theme import Palette

MOST = 15
_WIDEST = 38  # characters of a name beside the axis


def dots(
    rows: pd.DataFrame,
    palette: Palette,
    unit: str,
    line: float | None = None,
    *,
    names: tuple[str, str] = ("its own", "others', too"),
) -> go.Figure:
    """Return one dot a row, the first at the top. rows: `name`, `value` (of the axis `unit`),
    `own` (bool: filled, else everybody's: hollow), `size` of the dot (genes) and `hover`.
    line: a value to mark. names: of filled and of hollow dots."""
    shown = rows.head(MOST)
    groups = (
        (True, names[0], "circle", palette.hit),
        (False, names[1], "circle-open", palette.muted),
    )
    traces = [_dots(shown[shown["own"] == own], *look) for own, *look in groups]
    order = [_short(n) for n in shown["name"]]
    layout = {
        "xaxis": {"title": {"text": unit}, "rangemode": "tozero"},
        "yaxis": {"categoryorder": "array", "categoryarray": order[::-1], "showgrid": True},
        "margin": {"t": 12, "b": 84},
        "shapes": []
        if line is None
        else [upright(line, {"color": palette.muted, "dash": "dot", "width": 1})],
    }
    return drawn(traces, palette, 130 + 25 * max(3, len(shown)), layout)


def _dots(part: pd.DataFrame, words: str, symbol: str, colour: str) -> dict:
    """Return the dots of one look."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": words,
        "x": part["value"],
        "y": [_short(n) for n in part["name"]],
        "text": [plain(h) for h in part["hover"]],
        "marker": {
            "symbol": symbol,
            "color": colour,
            "size": np.clip(7 + 2 * np.sqrt(part["size"].to_numpy(dtype=float)), 8, 22),
            "line": {"width": 2, "color": colour},
        },
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": bool(len(part)),
    }


def _short(name: str) -> str:
    text = plain(name)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1].rstrip() + "…"
