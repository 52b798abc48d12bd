"""The virtual cell: one square a gene, what it carries and, beside it, how the model answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from ugrn_core.dashboard.charts.frame import drawn, heading, plain
from ugrn_core.dashboard.theme import Palette

_WIDE = 1.5  # columns to rows
SYMBOLS = ("square-open", "diamond-open")  # of the marked genes, in their order


@dataclass(frozen=True, eq=False)
class Cell:
    """genes (G,), as they are laid out row by row; carried (G,): NaN where a gene is masked;
    response (G,); marked: gene -> what it is called in the drawing."""

    genes: tuple[str, ...]
    carried: np.ndarray
    response: np.ndarray
    marked: dict[str, str]


def virtual_cell(cell: Cell, top: float, palette: Palette) -> go.Figure:
    """Return both maps. top: the highest value a gene can be given here."""
    columns = max(2, int(np.ceil(np.sqrt(len(cell.genes) * _WIDE))))
    rows = -(-len(cell.genes) // columns)
    low, mid, high = palette.scale
    size = float(np.nanmax(np.abs(cell.response))) or 1.0
    signed = [[0, palette.represses], [0.5, palette.scale[0]], [1, palette.activates]]
    carried = _map(cell, cell.carried, (rows, columns), "carries %{z:.3g}") | {
        "colorscale": [[0, low], [0.5, mid], [1, high]],
        "zmin": 0,
        "zmax": top,
        "colorbar": _bar(0.455),
    }
    answer = _map(cell, cell.response, (rows, columns), "%{z:+.3g}") | {
        "colorscale": signed,
        "zmin": -size,
        "zmax": size,
        "xaxis": "x2",
        "yaxis": "y2",
        "colorbar": _bar(0.99),
    }
    bare = {"visible": False, "range": [-0.6, columns - 0.4]}
    upside = {"visible": False, "range": [rows - 0.4, -0.6]}
    font = {"size": 15, "color": palette.text}
    layout = {
        "xaxis": bare | {"domain": [0, 0.45]},
        "xaxis2": bare | {"domain": [0.54, 0.985], "anchor": "y2"},
        "yaxis": upside,
        "yaxis2": upside | {"anchor": "x2"},
        "annotations": [
            heading("What goes in", font, 0.225, 1.0),
            heading("What comes out", font, 0.76, 1.0),
        ],
        "margin": {"b": 40, "r": 40},
    }
    marks = [_marks(cell, columns, f"{k}", palette) for k in ("", "2")]
    return drawn([carried, answer, *marks], palette, 400, layout)


def _map(cell: Cell, values: np.ndarray, shape: tuple[int, int], said: str) -> dict:
    empty = shape[0] * shape[1] - len(values)
    names = [plain(gene) for gene in cell.genes] + [""] * empty
    return {
        "type": "heatmap",
        "z": np.pad(values.astype(float), (0, empty), constant_values=np.nan).reshape(shape),
        "text": np.array(names, dtype=object).reshape(shape),
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "hovertemplate": "%{text} " + said + "<extra></extra>",
    }


def _bar(x: float) -> dict:
    return {"thickness": 9, "outlinewidth": 0, "x": x, "xpad": 4, "len": 1.0}


def _marks(cell: Cell, columns: int, number: str, palette: Palette) -> dict:
    places = {gene: k for k, gene in enumerate(cell.genes)}
    shown = [gene for gene in cell.marked if gene in places]
    at = [places[gene] for gene in shown]
    return {
        "type": "scatter",
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "x": [k % columns for k in at],
        "y": [k // columns for k in at],
        "mode": "markers",
        "text": [plain(cell.marked[gene]) for gene in shown],
        "marker": {"symbol": [SYMBOLS[k % 2] for k in range(len(at))], "size": 11}
        | {"line": {"width": 2.5}}
        | {"color": palette.focus},
        "showlegend": False,
        "hovertemplate": "%{text}<extra></extra>",
    }
