"""The evidence of one pair: response curve and gradient trajectory, beside what chance does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ugrn_core.dashboard.charts.frame import plain, styled
from ugrn_core.dashboard.theme import Palette, faded

BAND = faded("#8A979E", 0.25)
NULL = {"fill": "toself", "fillcolor": BAND, "line": {"width": 0}}
FORWARD = {"line": {"width": 3}, "marker": {"size": 8, "symbol": "circle"}, "opacity": 1.0}
REVERSE = {
    "line": {"width": 2, "dash": "dash"},
    "marker": {"size": 8, "symbol": "diamond-open"},
    "opacity": 0.75,
}


@dataclass(frozen=True)
class CurvePanel:
    """One panel: `forward` (T,), the other direction or None; `null`: the band of all pairs, and
    `random`: that of random weights, as (low, high) of (T,) each, or None."""

    title: str
    unit: str
    colour: str
    forward: np.ndarray
    reverse: np.ndarray | None = None
    null: tuple[np.ndarray, np.ndarray] | None = None
    random: tuple[np.ndarray, np.ndarray] | None = None


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
        for trace in _traces(grid, panel, names, palette):
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
    return styled(figure, palette, 360)


def _traces(
    grid: np.ndarray, panel: CurvePanel, names: tuple[str, str], palette: Palette
) -> list[go.Scatter]:
    source, target = names
    traces = []
    for band, look in ((panel.null, NULL), (panel.random, _random(palette))):
        if band is None:
            continue
        low, high = band
        traces.append(
            go.Scatter(
                x=np.concatenate([grid, grid[::-1]]),
                y=np.concatenate([high, low[::-1]]),
                mode="lines",
                hoverinfo="skip",
                showlegend=False,
                **look,
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


def _random(palette: Palette) -> dict:
    return {"line": {"width": 2.5, "dash": "dot", "color": palette.missed}}


def _key(panel: CurvePanel, names: tuple[str, str], palette: Palette) -> list[go.Scatter]:
    """Legend entries in a neutral colour, since they stand for both panels."""
    source, target = names
    entries = [(f"{source} → {target}", FORWARD)]
    if panel.reverse is not None:
        entries.append((f"{target} → {source} (reverse)", REVERSE))
    nowhere = {"x": [None], "y": [None]}
    key = [
        go.Scatter(
            mode="lines+markers",
            name=label,
            line={"color": palette.text, **look["line"]},
            marker={"color": palette.text, **look["marker"]},
            **nowhere,
        )
        for label, look in entries
    ]
    if panel.null is not None:
        square = {"symbol": "square", "size": 14, "color": BAND}
        key.append(go.Scatter(mode="markers", name="95 % of all pairs", marker=square, **nowhere))
    if panel.random is not None:
        name = "95 % of pairs under random weights"
        key.append(go.Scatter(mode="lines", name=name, **_random(palette), **nowhere))
    return key
