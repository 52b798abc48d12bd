"""What every figure shares: margins, axes, legend, and a clean tool bar."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from ugrn_core.dashboard.theme import Palette

# Vector graphics for papers; no link out, no editor that would send data away.
CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "svg", "filename": "ugrn"},
    "showTips": False,
}


def drawn(
    traces: list[dict], palette: Palette, height: int, layout: dict, frames: Sequence[dict] = ()
) -> go.Figure:
    """Return the figure of `traces` and `layout` with the house's axes and legend.

    height: pixels. layout: plotly's, what is special to this figure; it wins. frames: plotly's, of
    a figure that moves. All at once: plotly takes four times as long to check a figure that is made
    bit by bit.
    """
    axes = {k: _over(_axis(palette), v) for k, v in layout.items() if k[1:5] == "axis"}
    house = {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 44, "b": 88},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": palette.text, "size": 13},
        "hoverlabel": {"font": {"size": 13}},
        "legend": {"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        "dragmode": False,
    }
    moving = {"frames": list(frames)} if frames else {}
    return go.Figure({"data": traces, "layout": _over(house, layout) | axes} | moving)


def _axis(palette: Palette) -> dict:
    return {
        "gridcolor": palette.line,
        "zerolinecolor": palette.muted,
        "linecolor": palette.line,
        "tickfont": {"color": palette.muted},
        "title": {"font": {"color": palette.text}},
        "automargin": True,
    }


def _over(base: dict, own: dict) -> dict:
    """Return `base` with `own` in it, dicts within dicts likewise."""
    nested = {k: _over(base[k], v) for k, v in own.items() if isinstance(base.get(k), dict)}
    return base | own | nested


def level(y: float, line: dict, number: str = "") -> dict:
    """Return a horizontal line, a shape, across the axes of that number ("" is the first)."""
    across = {"xref": f"x{number} domain", "x0": 0, "x1": 1}
    return {"type": "line", "yref": f"y{number}", "y0": y, "y1": y, "line": line} | across


def upright(x: float, line: dict, number: str = "") -> dict:
    """Return a vertical line, a shape, across the axes of that number."""
    across = {"yref": f"y{number} domain", "y0": 0, "y1": 1}
    return {"type": "line", "xref": f"x{number}", "x0": x, "x1": x, "line": line} | across


def note(text: str, font: dict, x: float, y: float, **where: str) -> dict:
    """Return an annotation without an arrow; where: xref, xanchor, yref, yanchor."""
    return {"text": text, "font": font, "x": x, "y": y, "showarrow": False} | where


def heading(text: str, font: dict, x: float, y: float) -> dict:
    """Return the title of a panel, centred on `x` above `y`, both shares of the figure."""
    where = {"xref": "paper", "xanchor": "center", "yref": "paper", "yanchor": "bottom"}
    return note(text, font, x, y, **where)


def plain(text: str) -> str:
    """Return `text` without the HTML that plotly would read in labels and hover texts."""
    return str(text).replace("<", "‹").replace(">", "›").replace("&", "＆")
