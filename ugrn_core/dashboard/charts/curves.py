"""The evidence of one pair: response curve and gradient trajectory, beside what chance does."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, heading, level, note, plain, upright
from ugrn_core.dashboard.theme import Palette, faded
from ugrn_core.experiment.runs.across_backbones import Answer

BAND = faded("#8A979E", 0.25)
NULL = {"fill": "toself", "fillcolor": BAND, "line": {"width": 0}}
FORWARD = {"line": {"width": 3}, "marker": {"size": 8, "symbol": "circle"}, "opacity": 1.0}
REVERSE = {
    "line": {"width": 1.5},
    "marker": {"size": 9, "symbol": "diamond-open"},
    "opacity": 0.7,
}
EXPECTED = {"width": 2, "dash": "dash"}


@dataclass(frozen=True)
class CurvePanel:
    """One panel: `forward` (T,), the other direction or None; `expected` (T,): what the gene table
    alone foretells, or None: between it and `forward` is shaded. `null`: the band of all pairs, and
    `random`: that of random weights, as (low, high) of (T,) each, or None. gated: it is not over
    the values but over a presence gate of 1/T, 2/T ... 1, where 1 is the model itself."""

    title: str
    unit: str
    colour: str
    forward: np.ndarray
    reverse: np.ndarray | None = None
    null: tuple[np.ndarray, np.ndarray] | None = None
    random: tuple[np.ndarray, np.ndarray] | None = None
    expected: np.ndarray | None = None
    gated: bool = False


def pair_curve(
    grid: np.ndarray,
    panel: CurvePanel,
    names: tuple[str, str],
    baseline: float,
    palette: Palette,
) -> go.Figure:
    """Return one panel over the value axis `grid` (T,), with its key.

    names: source and target. baseline: v_b, marked.
    """
    names = (plain(names[0]), plain(names[1]))
    along, mark = "value given to", "baseline"
    if panel.gated:
        grid, baseline = np.arange(1, len(grid) + 1) / len(grid), 1.0
        along, mark = "presence gate on", "the model itself"
    line = {"color": palette.muted, "width": 1}
    layout = {
        "shapes": [level(0, line), upright(baseline, line | {"dash": "dot"})],
        "annotations": [
            heading(panel.title, {"size": 15, "color": palette.text}, 0.5, 1.0),
            _mark(mark, baseline, palette, panel.gated),
        ],
        "xaxis": {"title": {"text": f"{along} {names[0]}{_reversed(panel, names[1])}"}},
        "yaxis": {"title": {"text": f"{panel.unit}{_reversed(panel, names[0])}"}},
    }
    traces = _traces(grid, panel, names, palette) + _key(panel, names, palette)
    return drawn(traces, palette, 380, layout)


def _reversed(panel: CurvePanel, name: str) -> str:
    """What an axis is for the reverse direction, where that is drawn."""
    return "" if panel.reverse is None else f" (diamonds: {name})"


def _mark(words: str, at: float, palette: Palette, last: bool) -> dict:
    """Words at an upright line; last: it ends the axis, so they stand before it."""
    side = "right" if last else "left"
    where = {"xref": "x", "xanchor": side, "yref": "y domain", "yanchor": "bottom"}
    return note(words, {"size": 11, "color": palette.muted}, at, 0, **where)


def _traces(
    grid: np.ndarray, panel: CurvePanel, names: tuple[str, str], palette: Palette
) -> list[dict]:
    source, target = names
    traces = [
        {
            "type": "scatter",
            "x": np.concatenate([grid, grid[::-1]]),
            "y": np.concatenate([band[1], band[0][::-1]]),
            "mode": "lines",
            "hoverinfo": "skip",
            "showlegend": False,
        }
        | look
        for band, look in ((panel.null, NULL), (panel.random, _random(palette)))
        if band is not None
    ]
    traces += [
        {
            "type": "scatter",
            "x": grid,
            "y": values,
            "mode": "lines+markers",
            "showlegend": False,
            "line": {"color": panel.colour, **look["line"]},
            "marker": {"color": panel.colour, **look["marker"]},
            "opacity": look["opacity"],
            "hovertemplate": "at %{x:.3g}: %{y:.4g}<extra>" + label + "</extra>",
        }
        for values, label, look in (
            (panel.reverse, f"{target} → {source}", REVERSE),
            (panel.forward, f"{source} → {target}", FORWARD),
        )
        if values is not None
    ]
    if panel.expected is not None:
        traces[-1] |= {"fill": "tonexty", "fillcolor": faded(panel.colour, 0.28)}
        traces.insert(-1, _expected(grid, panel.expected, palette))
    return traces


def _expected(grid: np.ndarray, values: np.ndarray, palette: Palette) -> dict:
    return {
        "type": "scatter",
        "x": grid,
        "y": values,
        "mode": "lines",
        "showlegend": False,
        "line": {"color": palette.text, **EXPECTED},
        "hovertemplate": "at %{x:.3g}: %{y:.4g}<extra>by the gene table</extra>",
    }


def _random(palette: Palette) -> dict:
    return {"line": {"width": 2.5, "dash": "dot", "color": palette.missed}}


def _key(panel: CurvePanel, names: tuple[str, str], palette: Palette) -> list[dict]:
    """Legend entries in a neutral colour, the same beside every panel."""
    source, target = names
    entries = [(f"{source} → {target}", FORWARD)]
    if panel.reverse is not None:
        entries.append((f"{target} → {source} (reverse)", REVERSE))
    nowhere = {"type": "scatter", "x": [None], "y": [None]}
    key = [
        nowhere
        | {
            "mode": "lines+markers",
            "name": label,
            "line": {"color": palette.text, **look["line"]},
            "marker": {"color": palette.text, **look["marker"]},
        }
        for label, look in entries
    ]
    if panel.expected is not None:
        line = {"color": palette.text, **EXPECTED}
        key.append(nowhere | {"mode": "lines", "name": "the gene table alone", "line": line})
    if panel.null is not None:
        square = {"symbol": "square", "size": 14, "color": BAND}
        key.append(nowhere | {"mode": "markers", "name": "95 % of all pairs", "marker": square})
    if panel.random is not None:
        name = "95 % of pairs under random weights"
        key.append(nowhere | {"mode": "lines", "name": name} | _random(palette))
    return key


LINE = 32  # characters of a panel's title that its room takes


def small_panel(answer: Answer, names: tuple[str, str], palette: Palette) -> go.Figure:
    """Return the response (VVP) of one backbone; a control dashed. names: source, target."""
    title = [*textwrap.wrap(plain(answer.title)[: 2 * LINE], LINE), _place(answer)]
    font = {"size": 13, "color": palette.text}
    layout = {
        "shapes": [level(0, {"color": palette.muted, "width": 1})],
        "annotations": [heading("<br>".join(title), font, 0.5, 1.0)],
        "margin": {"t": 64, "b": 48},
        "xaxis": {"title": {"text": f"value given to {plain(names[0])}", "standoff": 4}},
        "yaxis": {"exponentformat": "power", "title": {"text": f"change of {plain(names[1])}"}},
    }
    return drawn(list(_panel_traces(answer, palette)), palette, 300, layout)


def _panel_traces(answer: Answer, palette: Palette) -> tuple[dict, dict]:
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


def _place(answer: Answer) -> str:
    return f"rank {answer.rank:,} of {answer.targets:,} by response"
