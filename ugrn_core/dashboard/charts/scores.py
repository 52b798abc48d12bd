"""Measured accuracy: the map of tests, and intervals beside chance and published figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, heading, level, note, plain, upright
from ugrn_core.dashboard.theme import Palette

_SLANTED = 12  # names of columns that slanted ones have room for


def accuracy_map(table: pd.DataFrame, palette: Palette) -> go.Figure:
    """Return a heatmap of `table`: rows are methods, columns are tests (data set, network).

    Values are AUPRC in 0..1 or NaN where there is no measurement.
    """
    values = table.to_numpy(dtype=float)
    # Without the zero before the point, and names upright: narrow screens have 18 px a method.
    shown = [["" if np.isnan(v) else f"{v:.2f}".lstrip("0") for v in row] for row in values]
    upright_names = table.shape[1] > _SLANTED
    low, mid, high = palette.scale
    cells = {
        "type": "heatmap",
        "z": values,
        "x": [plain(c) for c in table.columns],
        "y": [plain(r) for r in table.index],
        "text": shown,
        "texttemplate": "%{text}",
        "textfont": {"size": 11} | ({"color": palette.on_scale} if palette.on_scale else {}),
        "zmin": 0.4,
        "zmax": 1.0,
        "colorscale": [[0, low], [0.5, mid], [1, high]],
        "colorbar": {"title": {"text": "AUPRC"}, "thickness": 12, "outlinewidth": 0},
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "hovertemplate": "%{y}<br>%{x}: AUPRC %{z:.3f}<extra></extra>",
    }
    layout = {
        "xaxis": {"side": "top", "tickangle": -90 if upright_names else -45, "showgrid": False},
        "yaxis": {"autorange": "reversed", "showgrid": False},
        "margin": {"t": 150 if upright_names else 120, "b": 8},
    }
    return drawn([cells], palette, 160 + 27 * len(table), layout)


def forest(rows: pd.DataFrame, chance: float, palette: Palette) -> go.Figure:
    """Return AUPRC with its interval, one line a method.

    rows: columns method, kind (probe, control or published), auprc, auprc_low, auprc_high; no
    interval where low or high is NaN. chance: AUPRC of a random score (the prevalence).
    """
    looks = {
        "probe": (palette.regulator, "circle", "measured here"),
        "control": (palette.muted, "diamond-open", "control, measured here"),
        "published": (palette.focus, "star", "published by the paper (scGPT), not measured here"),
    }
    parts = {kind: rows[rows["kind"] == kind] for kind in looks}
    marks = [_marks(part, *looks[kind]) for kind, part in parts.items() if len(part)]
    order = [plain(m) for m in dict.fromkeys(rows["method"])]
    font = {"size": 12, "color": palette.muted}
    where = {"xref": "x", "xanchor": "left", "yref": "y domain", "yanchor": "top"}
    said = "AUPRC<br>bar: 95 % interval"  # over regulators; short, for a phone
    layout = {
        "shapes": [upright(chance, {"color": palette.muted, "dash": "dot"})],
        "annotations": [note(f"chance {chance:.2f}", font, chance, 1, **where)],
        "xaxis": {"title": {"text": said}, "range": [0, 1.02]},
        "yaxis": {"categoryorder": "array", "categoryarray": order[::-1], "showgrid": True},
    }
    return drawn(marks, palette, 160 + 27 * len(order), layout)


def _marks(part: pd.DataFrame, colour: str, symbol: str, name: str) -> dict:
    """Return the trace of one kind's methods, with their intervals."""
    low = (part["auprc"] - part["auprc_low"]).fillna(0)
    high = (part["auprc_high"] - part["auprc"]).fillna(0)
    return {
        "type": "scatter",
        "x": part["auprc"],
        "y": [plain(m) for m in part["method"]],
        "error_x": {"type": "data", "array": high, "arrayminus": low, "width": 5},
        "mode": "markers",
        "marker": {"color": colour, "symbol": symbol, "size": 11},
        "name": name,
        "hovertemplate": "%{y}: %{x:.3f}<extra>" + name + "</extra>",
    }


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


def network_forest(
    main: pd.DataFrame, rival: pd.DataFrame, network: str, words: str, palette: Palette
) -> go.Figure:
    """Return one network's tests, a line a data set: `main` with its intervals, `rival` beside.

    Both: columns dataset, auprc, auprc_low, auprc_high, prevalence. words: what the rival is.
    """
    order = [plain(name) for name in dict.fromkeys(main["dataset"])]
    rival = rival[rival["dataset"].isin(main["dataset"])]
    bare = _marks(
        rival.assign(method=rival["dataset"]), palette.muted, "diamond-open", plain(words)
    )
    method = plain(str(main["method"].iloc[0]))
    parts = [
        _chances(main, palette),
        {name: value for name, value in bare.items() if name != "error_x"},
        _marks(main.assign(method=main["dataset"]), palette.regulator, "circle", method),
    ]
    top = max(float(main["auprc_high"].max()), float(rival["auprc"].max()) if len(rival) else 0.0)
    low = min(float(main["prevalence"].min()), float(main["auprc_low"].min()))
    title = plain(network.removesuffix(" ChIP-seq"))
    layout = {
        "annotations": [heading(title, {"size": 14, "color": palette.text}, 0.5, 1.0)],
        "margin": {"t": 36, "b": 48, "l": 4, "r": 4},
        "showlegend": False,
        "xaxis": {"range": [max(0.0, low - 0.04), min(1.02, top + 0.04)], "nticks": 4},
        "yaxis": {"categoryorder": "array", "categoryarray": order[::-1], "showgrid": True},
    }
    return drawn(parts, palette, 110 + 26 * max(len(order), 3), layout)


def _chances(main: pd.DataFrame, palette: Palette) -> dict:
    """Return the trace of what a random score reaches in each test."""
    return {
        "type": "scatter",
        "x": main["prevalence"],
        "y": [plain(name) for name in main["dataset"]],
        "mode": "markers",
        "name": "chance",
        "marker": {"symbol": "line-ns-open", "size": 15, "color": palette.muted},
        "hovertemplate": "chance %{x:.3f}<extra></extra>",
    }
