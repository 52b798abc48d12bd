"""How every gene answers a knock-out, and where two genes do more than their sum."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, note, plain, upright
from ugrn_core.dashboard.theme import Palette

NAMED = 8  # genes named at each side
CUT = 0.05  # q


def answers(table: pd.DataFrame, palette: Palette, unit: str) -> go.Figure:
    """Return each gene's effect against how unusual it is. table: gene, effect, z, q."""
    unlike = (table["q"] < CUT).to_numpy()
    size, away = np.abs(table["z"].fillna(0).to_numpy()), table["effect"].to_numpy()
    groups = (
        ("up, unlike others", unlike & (away >= 0), palette.activates, "triangle-up"),
        ("down, unlike others", unlike & (away < 0), palette.represses, "triangle-down"),
        ("as under other genes", ~unlike, palette.unsigned, "circle-open"),
    )
    traces = [
        {
            "type": "scattergl",
            "mode": "markers",
            "name": name,
            "x": away[there],
            "y": size[there],
            "text": [plain(g) for g in table["gene"][there]],
            "marker": {"color": colour, "symbol": symbol, "size": 8, "opacity": 0.8},
            "hovertemplate": "%{text}<br>effect %{x:.3g}, z %{y:.1f}<extra></extra>",
        }
        for name, there, colour, symbol in groups
    ]
    layout = {
        "xaxis": {"title": {"text": f"effect ({plain(unit)})"}},
        "yaxis": {"title": {"text": "|z|: how unlike other genes"}, "rangemode": "tozero"},
        "shapes": [upright(0, {"color": palette.line, "width": 1})],
        "annotations": _names(table, size, unlike, palette),
    }
    return drawn(traces, palette, 460, layout)


def _names(
    table: pd.DataFrame, size: np.ndarray, unlike: np.ndarray, palette: Palette
) -> list[dict]:
    away = table["effect"].to_numpy()
    wide, high = max(np.ptp(away), 1e-12), max(size.max(), 1e-12)
    named: list[int] = []
    for side in (away >= 0, away < 0):
        rows = np.flatnonzero(side & (unlike if unlike.any() else True))  # else the furthest
        count = 0
        for k in rows[np.argsort(-size[rows], kind="stable")]:
            near = [
                m
                for m in named
                if abs(away[k] - away[m]) < 0.11 * wide and abs(size[k] - size[m]) < 0.05 * high
            ]
            if not near and count < NAMED:
                named.append(int(k))
                count += 1
    font = {"color": palette.text, "size": 11}
    return [
        note(plain(table["gene"].iloc[k]), font, away[k], size[k], yanchor="bottom") for k in named
    ]


def beyond_sum(table: pd.DataFrame, names: tuple[str, str], palette: Palette) -> go.Figure:
    """Return the effect of both genes against the sum of each one's own. table: gene, effect,
    beyond_sum."""
    total = (table["effect"] - table["beyond_sum"]).to_numpy()
    ends = [float(min(total.min(), 0)), float(max(total.max(), 0))]
    dots = {
        "type": "scattergl",
        "mode": "markers",
        "name": "a gene",
        "x": total,
        "y": table["effect"],
        "text": [plain(g) for g in table["gene"]],
        "customdata": table["beyond_sum"],
        "marker": {"color": palette.vvp, "size": 7, "opacity": 0.75},
        "hovertemplate": "%{text}<br>both %{y:.3g}, sum %{x:.3g}, beyond %{customdata:.2g}"
        "<extra></extra>",
    }
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": "the sum of both",
        "x": ends,
        "y": ends,
        "line": {"color": palette.muted, "dash": "dash"},
        "hoverinfo": "skip",
    }
    both = " and ".join(map(plain, names))
    layout = {
        "xaxis": {"title": {"text": "sum of each by itself"}},
        "yaxis": {"title": {"text": f"{both} together"}},
    }
    return drawn([dots, line], palette, 400, layout)
