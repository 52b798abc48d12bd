"""Cells as dots on a plane, coloured by group or by value, with the courses of their stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.cells import SYMBOLS
from ugrn_core.dashboard.charts.frame import drawn, plain
from ugrn_core.dashboard.theme import Palette


@dataclass(frozen=True)
class Look:
    """axes: their names. courses: name and places (k, 2) that a line joins."""

    axes: tuple[str, str]
    courses: Sequence[tuple[str, np.ndarray]] = ()


def cell_groups(xy: np.ndarray, groups: np.ndarray, palette: Palette, look: Look) -> go.Figure:
    """Return the cells (C, 2), a colour and symbol for each of `groups` (C,) of text."""
    traces = []
    for k, group in enumerate(dict.fromkeys(groups.tolist())):
        here = groups == group
        traces.append(
            _spots(xy[here])
            | {
                "name": f"{plain(group)[:30]} ({here.sum():,})",
                "marker": {
                    "size": 6,
                    "color": palette.groups[k % len(palette.groups)],
                    "symbol": SYMBOLS[(k + k // len(palette.groups)) % len(SYMBOLS)],
                },
                "hovertemplate": f"{plain(group)}<extra></extra>",
            }
        )
    return _cell_map(traces, palette, 420 + 12 * len(traces), look)


def cell_values(
    xy: np.ndarray, values: np.ndarray, title: str, palette: Palette, look: Look
) -> go.Figure:
    """Return the cells (C, 2) coloured by `values` (C,), called `title`; those without one grey."""
    known = np.isfinite(values)
    marker = {
        "size": 6,
        "color": values[known],
        "colorscale": [[k / 2, c] for k, c in enumerate(palette.scale)],
        "line": {"width": 0.5, "color": palette.muted},
        "colorbar": {"title": {"text": plain(title)[:20]}, "thickness": 12},
    }
    more = {"customdata": values[known], "hovertemplate": "%{customdata:.3g}<extra></extra>"}
    grey = {"marker": {"size": 4, "color": palette.muted}, "hoverinfo": "skip"}
    traces = [_spots(xy[~known]) | grey] if not known.all() else []
    traces.append(_spots(xy[known]) | {"marker": marker} | more)
    traces = [{**trace, "showlegend": False} for trace in traces]
    return _cell_map(traces, palette, 420, look)


def _spots(xy: np.ndarray) -> dict:
    return {"type": "scattergl", "mode": "markers", "x": xy[:, 0], "y": xy[:, 1]}


def _course(name: str, xy: np.ndarray, palette: Palette) -> dict:
    steps = [str(k) for k in range(1, len(xy) + 1)]
    return {
        "type": "scatter",
        "x": xy[:, 0],
        "y": xy[:, 1],
        "mode": "lines+markers+text",
        "text": steps if len(steps) < 2 else [steps[0], *[""] * (len(steps) - 2), steps[-1]],
        "textposition": "top center",
        "textfont": {"color": palette.text},
        "line": {"color": palette.text, "width": 2},
        "marker": {"size": 8, "color": palette.text, "symbol": "circle-open"},
        "name": plain(name)[:30] or "stages",
        "hovertemplate": f"{plain(name)[:30] or 'stage'}<extra></extra>",
        "showlegend": False,
    }


def _cell_map(traces: list[dict], palette: Palette, height: int, look: Look) -> go.Figure:
    bare = {"showticklabels": False, "zeroline": False}
    layout = {
        "xaxis": bare | {"title": {"text": look.axes[0]}},
        "yaxis": bare | {"title": {"text": look.axes[1]}},
        "margin": {"t": 8, "b": 88},
    }
    lines = [_course(name, xy, palette) for name, xy in look.courses]
    return drawn([*traces, *lines], palette, height, layout)
