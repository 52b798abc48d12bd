"""One edge in several contexts, and regulators against contexts."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, level, note, plain
from ugrn_core.dashboard.theme import Palette, faded

ROW = 190  # pixels of a row of small panels
MOST_COLUMNS = 3
LABEL = 28  # characters of a context's name beside an axis
LINE = 17  # characters of a panel's title that a phone has room for


@dataclass(frozen=True)
class ContextCurve:
    """A panel: the response (T,) in one context, and the words that stand in its place where a gene
    is silent."""

    title: str
    values: np.ndarray
    silent: str = ""


def curves(
    grid: np.ndarray,
    panels: Sequence[ContextCurve],
    flat: np.ndarray,
    names: tuple[str, str],
    palette: Palette,
    *,
    columns: int = MOST_COLUMNS,
) -> go.Figure:
    """Return small multiples on one axis: each context's curve, the flat virtual cell's dashed."""
    columns = max(1, min(columns, len(panels)))
    rows = math.ceil(len(panels) / columns)
    shown = [p.values for p in panels if not p.silent]
    every = np.concatenate([flat, *shown])
    pad = 0.06 * (np.ptp(every) or 1e-6)
    span = [float(every.min() - pad), float(every.max() + pad)]
    reach = 0.05 * float(np.ptp(grid) or 1.0)
    traces, layout = [], {"shapes": [], "annotations": [], "showlegend": False}
    for k, panel in enumerate(panels):
        number = "" if k == 0 else str(k + 1)
        traces += _curve(grid, panel, flat, number, palette)
        last, first = k + columns >= len(panels), k % columns == 0
        place = _place(k, columns, rows)
        layout |= _axes(number, place, (columns, rows), plain(names[0]) if last else "")
        layout[f"yaxis{number}"] |= {"range": span, "showticklabels": first}
        layout[f"xaxis{number}"] |= {"range": [grid.min() - reach, grid.max() + reach]}
        layout["annotations"] += _words(panel, number, place, columns, palette)
        layout["shapes"].append(level(0, {"color": palette.muted, "width": 1}, number))
    layout["margin"] = {"l": 8, "r": 8, "t": 8, "b": 40}
    return drawn(traces, palette, 40 + ROW * rows, layout)


def labels(names: Sequence[str]) -> list[str]:
    """Return names for an axis, each its own: without what stands in brackets where that tells no
    two apart, and long ones without their middle. Equal labels would be drawn as one context."""
    whole = [plain(name) for name in names]
    bare = [text.split(" (")[0] for text in whole]
    texts = bare if len(set(bare)) == len(bare) else whole
    short = [t if len(t) <= LABEL else f"{t[:9]}…{t[10 - LABEL :]}" for t in texts]
    return short if len(set(short)) == len(short) else texts


def _axes(number: str, place: tuple[float, float], shape: tuple[int, int], name: str) -> dict:
    """Return the axes of a panel at `place`; name: of what is given values, where it is said."""
    (left, top), (columns, rows) = place, shape
    return {
        f"xaxis{number}": {
            "domain": [left + 0.08 / columns, left + 0.97 / columns],
            "anchor": f"y{number}",
            "showticklabels": bool(name),
            "title": {"text": f"{name} at" if name else "", "standoff": 4},
        },
        f"yaxis{number}": {
            "domain": [top - 0.80 / rows, top - 0.16 / rows],
            "anchor": f"x{number}",
            "nticks": 4,
            "exponentformat": "power",
        },
    }


def _words(
    panel: ContextCurve, number: str, place: tuple[float, float], columns: int, palette: Palette
) -> list[dict]:
    """Return the title of a panel, and what it says in place of a curve."""
    font = {"size": 11, "color": palette.text}
    where = {"xref": "paper", "xanchor": "left", "yref": "paper", "yanchor": "top"}
    left, top = place
    title = "<br>".join(textwrap.wrap(plain(panel.title), LINE)[:2])
    said = [note(title, font, left + 0.08 / columns, top, **where) | {"align": "left"}]
    if panel.silent:
        middle = {"xref": f"x{number} domain", "yref": f"y{number} domain"}
        said.append(note(plain(panel.silent), font | {"color": palette.muted}, 0.5, 0.15, **middle))
        said[-1]["bgcolor"] = palette.surface  # the dashed curve passes below the words
    return said


def _place(k: int, columns: int, rows: int) -> tuple[float, float]:
    return (k % columns) / columns, 1 - (k // columns) / rows


def _curve(
    grid: np.ndarray, panel: ContextCurve, flat: np.ndarray, number: str, palette: Palette
) -> list[dict]:
    axes = {"type": "scatter", "xaxis": f"x{number}", "yaxis": f"y{number}", "x": grid}
    dashed = {
        "y": flat,
        "mode": "lines",
        "line": {"color": palette.muted, "dash": "dash", "width": 1.5},
        "hovertemplate": "flat virtual cell at %{x:.3g}: %{y:.3g}<extra></extra>",
    }
    if panel.silent:
        return [axes | dashed]
    own = {
        "y": panel.values,
        "mode": "lines+markers",
        "line": {"color": palette.vvp, "width": 2.5},
        "marker": {"size": 6},
        "hovertemplate": "at %{x:.3g}: %{y:.4g}<extra></extra>",
    }
    return [axes | dashed, axes | own]


@dataclass(frozen=True)
class Strengths:
    """An edge over K contexts. at (K,): where stages lie, None without an order. half (K,): half of
    the band, None without one. whole, flat: in the mean of all cells, in the flat virtual cell.
    branch: of each stage, empty where there is one course."""

    names: Sequence[str]
    values: np.ndarray
    at: np.ndarray | None
    half: np.ndarray | None
    whole: float
    flat: float
    branch: Sequence[str] = ()


def strength(what: Strengths, palette: Palette) -> go.Figure:
    """Return the strengths of an edge over contexts, or along the stages of each branch with a
    band."""
    staged = what.at is not None
    x = what.at if staged else np.array(labels(what.names), dtype=object)
    branches = list(dict.fromkeys(what.branch)) or [""]
    traces = []
    for k, name in enumerate(branches):
        here = np.array([b == name for b in what.branch]) if what.branch else np.full(len(x), True)
        colour = palette.groups[k % len(palette.groups)] if name else palette.vvp
        if staged and what.half is not None:
            traces.append(_band(what, here, colour, k == 0))
        traces.append(_values(what, x, here, (name, colour)))
    ends = [min(x), max(x)] if staged else list(x)
    levels = (("mean of all cells", what.whole, "dot"), ("flat virtual cell", what.flat, "dash"))
    for name, value, dash in levels:
        traces.append(
            {
                "type": "scatter",
                "x": ends,
                "y": [value] * len(ends),
                "mode": "lines",
                "name": name,
                "line": {"color": palette.muted, "dash": dash, "width": 2},
                "hovertemplate": f"{name}: %{{y:.4g}}<extra></extra>",
            }
        )
    layout = {
        "xaxis": {"title": {"text": "pseudotime" if staged else ""}},
        "yaxis": {"title": {"text": "rise of the target"}, "exponentformat": "power"},
        "margin": {"t": 12, "b": 100},
    }
    return drawn(traces, palette, 380, layout)


def _values(what: Strengths, x: np.ndarray, here: np.ndarray, named: tuple[str, str]) -> dict:
    """Return the strengths of the contexts `here` (K,) bool; named: their branch, its colour."""
    (branch, colour), staged = named, what.at is not None
    bars = {"error_y": {"array": what.half, "thickness": 2}}
    return {
        "type": "scatter",
        "x": x[here],
        "y": what.values[here],
        "mode": "lines+markers" if staged else "markers",
        "name": plain(branch)[:28] or "in this context",
        "line": {"color": colour, "width": 3},
        "marker": {"size": 10, "color": colour},
        "text": [plain(n) for n, there in zip(what.names, here) if there],
        "hovertemplate": "%{text}: %{y:.4g}<extra></extra>",
    } | (bars if what.half is not None and not staged else {})


def _band(what: Strengths, here: np.ndarray, colour: str, named: bool) -> dict:
    """Return the band of the stages `here` (K,) bool that have a strength."""
    here = here & np.isfinite(what.values)
    x, y, half = what.at[here], what.values[here], what.half[here]
    return {
        "type": "scatter",
        "x": np.concatenate([x, x[::-1]]),
        "y": np.concatenate([y + half, (y - half)[::-1]]),
        "fill": "toself",
        "fillcolor": faded(colour, 0.22),
        "mode": "lines",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": named,
        "name": "95 %, cells drawn anew",
    }


def heat_map(
    regulators: Sequence[str],
    contexts: Sequence[str],
    values: np.ndarray,
    counts: np.ndarray,
    palette: Palette,
) -> go.Figure:
    """Return regulators (rows) against contexts: how far targets change there, (S, K); NaN
    where one is silent."""
    trace = {
        "type": "heatmap",
        "z": values,
        "x": labels(contexts),
        "y": [plain(r) for r in regulators],
        "colorscale": [[k / 2, c] for k, c in enumerate(palette.scale)],
        "texttemplate": "%{z:.1e}" if np.nan_to_num(values).max() < 1e-3 else "%{z:.2g}",
        "textfont": {"color": palette.on_scale} if palette.on_scale else {},
        "colorbar": {"title": {"text": "change"}, "thickness": 12, "exponentformat": "power"},
        "customdata": counts,
        "hovertemplate": "%{y} in %{x}: %{z:.3g}, %{customdata:,} targets leave the null"
        "<extra></extra>",
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
    }
    layout = {
        "xaxis": {"type": "category", "tickangle": -35, "showgrid": False},
        "yaxis": {"autorange": "reversed", "type": "category", "showgrid": False},
        "margin": {"t": 12, "b": 100},
    }
    return drawn([trace], palette, 150 + 24 * len(regulators), layout)
