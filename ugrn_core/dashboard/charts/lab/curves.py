"""The probe lab's two curves of a pair: secant and tangent, other networks in the same frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, heading, level, plain, upright
from ugrn_core.dashboard.theme import Palette

_LOOKS = (("dash", "x"), ("dot", "diamond-open"), ("dashdot", "square-open"))


@dataclass(frozen=True, eq=False)
class Line:
    """One network's curve: label, where (n,) and what (n,); x on the axis of the first network."""

    label: str
    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Moment:
    """What is shown at one value of the source: `response`, counted from `own`, and the derivative
    there, None where there is none."""

    own: float
    value: float
    response: float
    tangent: float | None


@dataclass(frozen=True)
class Axes:
    """What the curves are drawn against. along: words before the source's name. relaxed: whether
    the gradient is a relaxation; gated: whether it is over a presence gate, and not the values."""

    along: str = "value given to"
    relaxed: bool = False
    gated: bool = False

    @property
    def gradient(self) -> str:
        """The title of the gradient's panel."""
        return "Gradient (GDT, relaxed)" if self.relaxed else "Gradient (GDT)"

    @property
    def along_gradient(self) -> str:
        """Words before the source's name on the gradient's axis."""
        return "presence gate (1: the model itself) on" if self.gated else self.along


AXES = Axes()


def response(
    lines: Sequence[Line],
    at: Moment,
    names: tuple[str, str],
    palette: Palette,
    *,
    axes: Axes = AXES,
) -> go.Figure:
    """Return the response (VVP) of names[1] to the value of names[0], the first line with the
    secant from the background's value and the tangent at one value."""
    uprights = at.own, at.value
    layout = _layout("Response (VVP)", f"change of {plain(names[1])}", uprights, palette)
    layout["xaxis"] = {"title": {"text": f"{axes.along} {plain(names[0])}"}}
    width = float(np.ptp(lines[0].x)) or 1.0
    slopes = []
    if at.value != at.own:
        ends = ((at.own, 0.0), (at.value, at.response))
        slopes.append(_straight(ends, "secant: the change over the step", palette.focus, "dash"))
    if at.tangent is not None:
        reach = 0.16 * width
        ends = tuple((at.value + d, at.response + d * at.tangent) for d in (-reach, reach))
        slopes.append(_straight(ends, "tangent: the slope right here (GDT)", palette.gdt, "solid"))
    curves = _curves(lines, palette.vvp, palette)
    return drawn([*curves, *slopes, _here(at, palette)], palette, 400, layout)


def gradient(
    lines: Sequence[Line],
    secants: Line | None,
    differences: Line | None,
    at: Moment,
    *,
    names: tuple[str, str],
    palette: Palette,
    axes: Axes = AXES,
) -> go.Figure:
    """Return the gradient (GDT), with the slopes that the response alone would give, `secants`, and
    `differences` beside the exact derivative; None where they are on another axis."""
    uprights = () if axes.gated else (at.own, at.value)
    layout = _layout(axes.gradient, f"slope of {plain(names[1])}", uprights, palette)
    layout["xaxis"] = {"title": {"text": f"{axes.along_gradient} {plain(names[0])}"}}
    traces = _curves(lines, palette.gdt, palette)
    if secants is not None:
        traces.append(
            _line(secants, palette.focus, ("dash", "triangle-up"), 2)
            | {"name": "slope of the secant: VVP alone"}
        )
    if differences is not None:
        square = {"symbol": "square-open", "size": 13, "color": palette.represses}
        traces.append(
            _line(differences, palette.represses, ("solid", "square-open"), 0)
            | {"mode": "markers", "marker": square | {"line": {"width": 2}}}
        )
    return drawn(traces, palette, 400, layout)


def _layout(title: str, unit: str, uprights: tuple[float, ...], palette: Palette) -> dict:
    """uprights: the background's own value and the one looked at, or none."""
    thin = {"color": palette.muted, "width": 1}
    looks = thin | {"dash": "dot"}, {"color": palette.focus, "width": 1.5}
    return {
        "shapes": [level(0, thin), *map(upright, uprights, looks)],
        "annotations": [heading(title, {"size": 15, "color": palette.text}, 0.5, 1.0)],
        "margin": {"b": 128},
        "yaxis": {"title": {"text": unit}},
    }


def _curves(lines: Sequence[Line], colour: str, palette: Palette) -> list[dict]:
    """The first line in `colour`, the others in grey, each with a dash and a mark of its own."""
    first, *others = lines
    traces = [_line(first, colour, ("solid", "circle"), 3)]
    for k, line in enumerate(others):
        traces.insert(0, _line(line, palette.missed, _LOOKS[k % len(_LOOKS)], 2))
    return traces


def _line(line: Line, colour: str, look: tuple[str, str], width: float) -> dict:
    return {
        "type": "scatter",
        "x": line.x,
        "y": line.y,
        "name": plain(line.label),
        "mode": "lines+markers",
        "line": {"color": colour, "width": width, "dash": look[0]},
        "marker": {"color": colour, "size": 7, "symbol": look[1]},
        "hovertemplate": "at %{x:.3g}: %{y:.4g}<extra>" + plain(line.label) + "</extra>",
    }


def _straight(ends: tuple, label: str, colour: str, dash: str) -> dict:
    (x0, y0), (x1, y1) = ends
    return {
        "type": "scatter",
        "x": [x0, x1],
        "y": [y0, y1],
        "name": label,
        "mode": "lines",
        "line": {"color": colour, "width": 2.5, "dash": dash},
        "hoverinfo": "skip",
    }


def _here(at: Moment, palette: Palette) -> dict:
    return {
        "type": "scatter",
        "x": [at.value],
        "y": [at.response],
        "mode": "markers",
        "showlegend": False,
        "marker": {"symbol": "circle-open", "size": 15, "color": palette.focus},
        "hoverinfo": "skip",
    }
