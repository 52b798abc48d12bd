"""What every figure shares: margins, axes, legend, and a clean tool bar."""

from __future__ import annotations

import plotly.graph_objects as go

from ugrn_core.dashboard.theme import Palette

# Vector graphics for papers; no link out, no editor that would send data away.
CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"],
    "toImageButtonOptions": {"format": "svg", "filename": "ugrn"},
    "showTips": False,
}


def styled(figure: go.Figure, palette: Palette, height: int) -> go.Figure:
    """Return `figure` with the house's axes and legend; `height` in pixels."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 44, "b": 88},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": palette.text, "size": 13},
        hoverlabel={"font": {"size": 13}},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
        dragmode=False,
    )
    axes = {
        "gridcolor": palette.line,
        "zerolinecolor": palette.muted,
        "linecolor": palette.line,
        "tickfont": {"color": palette.muted},
        "title": {"font": {"color": palette.text}},
        "automargin": True,
    }
    figure.update_xaxes(**axes)
    figure.update_yaxes(**axes)
    return figure


def plain(text: str) -> str:
    """Return `text` without the HTML that plotly would read in labels and hover texts."""
    return str(text).replace("<", "‹").replace(">", "›").replace("&", "＆")
