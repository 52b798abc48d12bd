"""A file of cells before it is added: its types, its values, its genes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, plain
from ugrn_core.dashboard.theme import Palette

MOST_BARS = 20
ROW = 22  # pixels a bar
VALUE_BINS = 40


def cells_by_type(counts: Mapping[str, int], palette: Palette) -> go.Figure:
    """Return a bar a cell type, the largest on top; beyond MOST_BARS the rest in one."""
    order = sorted(counts.items(), key=lambda pair: -pair[1])
    rest = sum(n for _, n in order[MOST_BARS:])
    bars = order[:MOST_BARS] + ([(f"{len(order) - MOST_BARS} more", rest)] if rest else [])
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [n for _, n in bars],
        "y": [plain(name)[:32] for name, _ in bars],
        "text": [f"{n:,}" for _, n in bars],
        "textposition": "auto",
        "textangle": 0,
        "cliponaxis": False,
        "marker": {"color": palette.regulator},
        "hovertemplate": "%{y}: %{x:,} cells<extra></extra>",
    }
    layout = {
        "xaxis": {"title": {"text": "cells"}},
        "yaxis": {"autorange": "reversed", "type": "category"},
        "margin": {"t": 12, "b": 44},
        "showlegend": False,
    }
    return drawn([trace], palette, 90 + ROW * max(3, len(bars)), layout)


def value_histogram(values: np.ndarray, palette: Palette) -> go.Figure:
    """Return how often each size of value is there, zeros left out; values (n,) of some cells."""
    counts = bool((values == np.round(values)).all()) and len(values) > 0
    shown = np.log10(values) if counts or (len(values) and values.max() > 30) else values
    height, edges = np.histogram(shown, bins=VALUE_BINS)
    powers = shown is not values
    middles = (edges[:-1] + edges[1:]) / 2
    trace = {
        "type": "bar",
        "x": middles,
        "y": height,
        "width": np.diff(edges),
        "marker": {"color": palette.gene},
        "customdata": 10**middles if powers else middles,
        "hovertemplate": "about %{customdata:.3g}: %{y:,} values<extra></extra>",
    }
    layout = {
        "xaxis": {"title": {"text": "value (zeros left out)"}} | _decades(edges, powers),
        "yaxis": {"title": {"text": "values"}},
        "margin": {"t": 12, "b": 44},
        "showlegend": False,
        "bargap": 0,
    }
    return drawn([trace], palette, 230, layout)


def _decades(edges: np.ndarray, powers: bool) -> dict:
    """Return the marks of an axis of logarithms to base 10, as the numbers they stand for."""
    if not powers:
        return {}
    marks = np.arange(np.floor(edges[0]), np.ceil(edges[-1]) + 1)
    return {"tickvals": marks.tolist(), "ticktext": [f"{10.0**k:,g}" for k in marks]}


def genes_known(known: int, twice: int, lost: int, palette: Palette) -> go.Figure:
    """Return one bar of the file's genes: known, named twice, lost."""
    parts = (
        ("known", known - twice, palette.regulator, ""),
        ("named more than once", twice, palette.focus, "/"),
        ("lost", lost, palette.unsigned, "x"),
    )
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "x": [count],
            "y": ["genes"],
            "name": f"{name} ({count:,})",
            "marker": {"color": colour, "pattern": {"shape": shape}},
            "hovertemplate": f"{name}: %{{x:,}} genes<extra></extra>",
        }
        for name, count, colour, shape in parts
        if count
    ]
    layout = {
        "barmode": "stack",
        "xaxis": {"title": {"text": ""}},
        "yaxis": {"visible": False},
        "margin": {"t": 8, "b": 64},
        "legend": {"traceorder": "normal"},
    }
    return drawn(traces, palette, 140, layout)
