"""One pair under every backbone, as small multiples: each on its own scale, beside its own band."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.curves import BAND
from ugrn_core.dashboard.charts.frame import drawn, heading, level, plain
from ugrn_core.dashboard.theme import Palette
from ugrn_core.experiment.runs.across_backbones import Answer

COLUMNS = 2
GAP = 0.1  # between columns, of the figure's width


def small_multiples(answers: list[Answer], names: tuple[str, str], palette: Palette) -> go.Figure:
    """Return one panel of the response (VVP) a backbone; controls dashed. names: source, target."""
    rows = math.ceil(len(answers) / COLUMNS)
    columns = min(COLUMNS, len(answers))
    gap = 0.44 / rows if rows > 1 else 0
    width, height = (1 - GAP * (columns - 1)) / columns, (1 - gap * (rows - 1)) / rows
    traces, layout = [], {"shapes": [], "annotations": [], "margin": {"b": 48}}
    for k, answer in enumerate(answers):
        number, left = str(k + 1) if k else "", k % COLUMNS * (width + GAP)
        low = (rows - 1 - k // COLUMNS) * (height + gap)
        on = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        traces += [trace | on for trace in _traces(answer, palette)]
        layout["shapes"].append(level(0, {"color": palette.muted, "width": 1}, number))
        font = {"size": 13, "color": palette.text}
        layout["annotations"].append(heading(_title(answer), font, left + width / 2, low + height))
        layout[f"xaxis{number}"] = {
            "anchor": f"y{number}",
            "domain": [left, left + width],
            "title": {"text": f"value given to {plain(names[0])}", "standoff": 4},
        }
        layout[f"yaxis{number}"] = {
            "anchor": f"x{number}",
            "domain": [low, low + height],
            "exponentformat": "power",
            "title": {"text": f"change of {plain(names[1])}"},
        }
    return drawn(traces, palette, 70 + 260 * rows, layout)


def _traces(answer: Answer, palette: Palette) -> tuple[dict, dict]:
    """The band and the curve of one backbone."""
    control = answer.is_control
    band = {
        "type": "scatter",
        "x": np.concatenate([answer.grid, answer.grid[::-1]]),
        "y": np.concatenate([answer.vvp_high, answer.vvp_low[::-1]]),
        "fill": "toself",
        "fillcolor": BAND,
        "mode": "lines",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    colour = palette.muted if control else palette.vvp
    curve = {
        "type": "scatter",
        "x": answer.grid,
        "y": answer.vvp,
        "mode": "lines+markers",
        "showlegend": False,
        "line": {"color": colour, "dash": "dash" if control else "solid", "width": 2.5},
        "marker": {"symbol": "x" if control else "circle", "size": 7},
        "hovertemplate": "at %{x:.3g}: %{y:.4g}<extra></extra>",
    }
    return band, curve


def _title(answer: Answer) -> str:
    return f"{plain(answer.title)[:60]}<br>rank {answer.rank:,} of {answer.targets:,} by response"
