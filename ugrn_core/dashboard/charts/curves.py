"""The evidence of one pair: response curve, gradient trajectory, and what the translator used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ugrn_core.dashboard.charts.frame import plain, styled
from ugrn_core.dashboard.theme import Palette, faded

BAND = faded("#8A979E", 0.25)
FORWARD = {"line": {"width": 3}, "marker": {"size": 8, "symbol": "circle"}, "opacity": 1.0}
REVERSE = {
    "line": {"width": 2, "dash": "dash"},
    "marker": {"size": 8, "symbol": "diamond-open"},
    "opacity": 0.75,
}


@dataclass(frozen=True)
class CurvePanel:
    """One panel: `forward` (T,), the other direction or None, and the null band (T,) each."""

    title: str
    unit: str
    forward: np.ndarray
    reverse: np.ndarray | None
    null_low: np.ndarray | None
    null_high: np.ndarray | None
    colour: str


def pair_curves(
    grid: np.ndarray,
    panels: list[CurvePanel],
    names: tuple[str, str],
    baseline: float,
    palette: Palette,
) -> go.Figure:
    """Return the panels side by side over one value axis `grid` (T,).

    names: source and target. baseline: v_b, marked in each panel.
    """
    figure = make_subplots(
        cols=len(panels),
        rows=1,
        shared_xaxes=True,
        subplot_titles=[p.title for p in panels],
        horizontal_spacing=0.11,
    )
    names = (plain(names[0]), plain(names[1]))
    for column, panel in enumerate(panels, start=1):
        for trace in _traces(grid, panel, names):
            figure.add_trace(trace, row=1, col=column)
        figure.add_hline(0, line={"color": palette.muted, "width": 1}, row=1, col=column)
        figure.add_vline(
            baseline,
            line={"color": palette.muted, "width": 1, "dash": "dot"},
            annotation={"text": "baseline", "font": {"size": 11, "color": palette.muted}},
            annotation_position="bottom right",
            row=1,
            col=column,
        )
        figure.update_yaxes(title_text=panel.unit, row=1, col=column)
    for entry in _key(panels[0], names, palette):
        figure.add_trace(entry, row=1, col=1)
    figure.update_xaxes(title_text=f"value given to {names[0]}")
    for note in figure.layout.annotations[: len(panels)]:
        note.update(font={"size": 15, "color": palette.text})
    return styled(figure, palette, 380)


def _traces(grid: np.ndarray, panel: CurvePanel, names: tuple[str, str]) -> list[go.Scatter]:
    source, target = names
    traces = []
    if panel.null_low is not None and panel.null_high is not None:
        traces.append(
            go.Scatter(
                x=np.concatenate([grid, grid[::-1]]),
                y=np.concatenate([panel.null_high, panel.null_low[::-1]]),
                fill="toself",
                fillcolor=BAND,
                mode="lines",
                line={"width": 0},
                hoverinfo="skip",
                showlegend=False,
            )
        )
    for values, label, look in (
        (panel.reverse, f"{target} → {source}", REVERSE),
        (panel.forward, f"{source} → {target}", FORWARD),
    ):
        if values is None:
            continue
        traces.append(
            go.Scatter(
                x=grid,
                y=values,
                mode="lines+markers",
                showlegend=False,
                line={"color": panel.colour, **look["line"]},
                marker={"color": panel.colour, **look["marker"]},
                opacity=look["opacity"],
                hovertemplate="at %{x:.3g}: %{y:.4g}<extra>" + label + "</extra>",
            )
        )
    return traces


def _key(panel: CurvePanel, names: tuple[str, str], palette: Palette) -> list[go.Scatter]:
    """Legend entries in a neutral colour, since they stand for both panels."""
    source, target = names
    entries = [(f"{source} → {target}", FORWARD)]
    if panel.reverse is not None:
        entries.append((f"{target} → {source} (reverse)", REVERSE))
    key = [
        go.Scatter(
            x=[None],
            y=[None],
            mode="lines+markers",
            name=label,
            line={"color": palette.text, **look["line"]},
            marker={"color": palette.text, **look["marker"]},
        )
        for label, look in entries
    ]
    if panel.null_low is not None:
        key.append(
            go.Scatter(
                x=[None],
                y=[None],
                mode="markers",
                name="95 % of all pairs",
                marker={"symbol": "square", "size": 14, "color": BAND},
            )
        )
    return key


def attribution_bars(
    names: tuple[str, ...], contribution: np.ndarray, axis: str, palette: Palette
) -> go.Figure:
    """Return bars of what each of `names` added to the translator's log-odds (n,)."""
    up = contribution >= 0
    figure = go.Figure(
        go.Bar(
            x=list(names),
            y=contribution,
            marker={
                "color": [palette.activates if u else palette.represses for u in up],
                "pattern": {"shape": ["" if u else "/" for u in up]},
            },
            hovertemplate="%{x}: %{y:+.3f} log-odds<extra></extra>",
        )
    )
    figure.update_xaxes(title_text=axis, type="category")
    figure.update_yaxes(title_text="log-odds added")
    styled(figure, palette, 270)
    return figure.update_layout(margin={"t": 12, "b": 48})
