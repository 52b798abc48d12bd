"""Real cells: the two genes of a pair against each other."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, plain
from ugrn_core.dashboard.theme import Palette

MOST_LABELS = 7  # as many as there are colours
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star")


def expression_scatter(
    x: np.ndarray,
    y: np.ndarray,
    labels: np.ndarray | None,
    names: tuple[str, str],
    palette: Palette,
) -> go.Figure:
    """Return (C,) against (C,) expression, one colour and symbol a label: of the MOST_LABELS - 1
    largest, the others as one."""
    groups = np.full(len(x), "cells") if labels is None else np.asarray(labels).astype(str)
    groups, order = _few(groups)
    dots = []
    for k, group in enumerate(order):
        here = groups == group
        dots.append(
            {
                "type": "scatter",
                "x": x[here],
                "y": y[here],
                "mode": "markers",
                "name": f"{plain(group)} ({here.sum()})",
                "marker": {
                    "color": palette.groups[k % len(palette.groups)],
                    "symbol": SYMBOLS[(k + k // len(palette.groups)) % len(SYMBOLS)],
                    "size": 7,
                    "opacity": 0.65,
                },
                "hovertemplate": "%{x:.2f}, %{y:.2f}<extra>" + plain(group) + "</extra>",
            }
        )
    layout = {
        "xaxis": {"title": {"text": f"{plain(names[0])} expression"}},
        "yaxis": {"title": {"text": f"{plain(names[1])} expression"}},
        "margin": {"t": 16, "b": 88},
    }
    # The legend goes below, in as many rows as the page's width asks for.
    return drawn(dots, palette, 420 + 20 * min(len(dots), 12), layout)


def _few(groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the label of each cell, the smallest labels as one, and the labels, largest first."""
    distinct, counts = np.unique(groups, return_counts=True)
    order = distinct[np.argsort(-counts, kind="stable")]
    if len(order) <= MOST_LABELS:
        return groups, order
    small = order[MOST_LABELS - 1 :]
    rest = f"{len(small)} smaller groups"
    labels = np.where(np.isin(groups, small), rest, groups)
    return labels, np.array([*order[: MOST_LABELS - 1], rest])
