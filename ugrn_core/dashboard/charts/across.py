"""One pair under every backbone, as small multiples: each on its own scale, beside its own band."""

from __future__ import annotations

import math

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ugrn_core.dashboard.charts.curves import BAND
from ugrn_core.dashboard.charts.frame import plain, styled
from ugrn_core.dashboard.theme import Palette
from ugrn_core.experiment.across import Answer

COLUMNS = 2


def small_multiples(answers: list[Answer], names: tuple[str, str], palette: Palette) -> go.Figure:
    """Return one panel of the response (VVP) a backbone; controls dashed. names: source, target."""
    rows = math.ceil(len(answers) / COLUMNS)
    figure = make_subplots(
        rows=rows,
        cols=min(COLUMNS, len(answers)),
        subplot_titles=[_title(a) for a in answers],
        vertical_spacing=0.44 / rows if rows > 1 else 0,
    )
    for k, answer in enumerate(answers):
        at = {"row": k // COLUMNS + 1, "col": k % COLUMNS + 1}
        for trace in _traces(answer, palette):
            figure.add_trace(trace, **at)
        figure.add_hline(0, line={"color": palette.muted, "width": 1}, **at)
    figure.update_yaxes(exponentformat="power", title_text=f"change of {plain(names[1])}")
    figure.update_xaxes(title_text=f"value given to {plain(names[0])}", title_standoff=4)
    for note in figure.layout.annotations[: len(answers)]:
        note.update(font={"size": 13, "color": palette.text})
    return styled(figure, palette, 70 + 260 * rows).update_layout(margin={"b": 48})


def _traces(answer: Answer, palette: Palette) -> tuple[go.Scatter, go.Scatter]:
    """The band and the curve of one backbone."""
    control = answer.is_control
    band = go.Scatter(
        x=np.concatenate([answer.grid, answer.grid[::-1]]),
        y=np.concatenate([answer.vvp_high, answer.vvp_low[::-1]]),
        fill="toself",
        fillcolor=BAND,
        mode="lines",
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
    colour = palette.muted if control else palette.vvp
    curve = go.Scatter(
        x=answer.grid,
        y=answer.vvp,
        mode="lines+markers",
        showlegend=False,
        line={"color": colour, "dash": "dash" if control else "solid", "width": 2.5},
        marker={"symbol": "x" if control else "circle", "size": 7},
        hovertemplate="at %{x:.3g}: %{y:.4g}<extra></extra>",
    )
    return band, curve


def _title(answer: Answer) -> str:
    return f"{plain(answer.title)[:60]}<br>rank {answer.rank:,} of {answer.targets:,} targets"
