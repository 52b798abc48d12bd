"""What moved the translator: its numbers by name, and the curves' values one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import plain, styled
from ugrn_core.dashboard.theme import Palette

ADDED = "log-odds added"
HEIGHT = 320


def named_bars(names: Sequence[str], added: np.ndarray, palette: Palette) -> go.Figure:
    """Return a bar for each of `names`, as long as what it added to the log-odds (n,)."""
    up = added >= 0
    figure = go.Figure(
        go.Bar(
            y=list(names),
            x=added,
            orientation="h",
            marker={
                "color": [palette.activates if u else palette.represses for u in up],
                "pattern": {"shape": ["" if u else "/" for u in up]},
            },
            hovertemplate="%{y}: %{x:+.3f} log-odds<extra></extra>",
        )
    )
    styled(figure, palette, HEIGHT)
    figure.update_yaxes(autorange="reversed", tickfont={"color": palette.text})
    figure.update_xaxes(title_text=ADDED, zeroline=True)
    return figure.update_layout(margin={"t": 12, "b": 48})


def value_bars(
    grid: Sequence[float], by_value: Mapping[str, np.ndarray], source: str, palette: Palette
) -> go.Figure:
    """Return stacked bars over `grid` (T,) of what each curve's values added to the log-odds.

    by_value: curve (vvp, gdt, or both in one) -> (T,).
    """
    looks = {"vvp": (palette.vvp, "", "response (VVP)"), "gdt": (palette.gdt, "/", "slope (GDT)")}
    figure = go.Figure()
    for curve, added in by_value.items():
        colour, shape, name = looks.get(curve, (palette.vvp, "", "VVP and GDT together"))
        figure.add_trace(
            go.Bar(
                x=[f"{v:.3g}" for v in grid],
                y=added,
                name=name,
                marker={"color": colour, "pattern": {"shape": shape}},
                hovertemplate="at %{x}: %{y:+.3f} log-odds<extra>" + name + "</extra>",
            )
        )
    styled(figure, palette, HEIGHT)
    figure.update_layout(barmode="relative", showlegend=True, margin={"t": 12, "b": 84})
    figure.update_xaxes(title_text=f"value given to {plain(source)}", type="category")
    return figure.update_yaxes(title_text=ADDED)
