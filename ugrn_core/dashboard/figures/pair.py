"""A pair's curves as a figure for print: both panels at the width of a page or of a column."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.dashboard.theme import LIGHT
from ugrn_core.experiment.runs.results import PairCurves

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MM = 1 / 25.4  # inches
WIDTHS = {"column": 85.0, "page": 174.0}  # mm: one column, and the type area of most journals
FORMATS = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}
DOTS = 600  # an inch, of a PNG
STYLE = {
    "font.size": 7,
    "font.family": "sans-serif",
    "text.parse_math": False,  # names may hold $
    "svg.fonttype": "none",  # text stays text
    "pdf.fonttype": 42,
    "svg.hashsalt": "ugrn",  # the same curves give the same bytes
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
}


@dataclass(frozen=True)
class Pair:
    """names: source and target. baseline: v_b. about: the line at the foot."""

    names: tuple[str, str]
    baseline: float
    about: str


def figure(curves: PairCurves, pair: Pair, kind: str, width: str, provenance: Mapping) -> bytes:
    """Return the figure. kind: of FORMATS; width: of WIDTHS, in a column the panels stand one below
    the other. provenance: JSON, kept in the file where its format has room."""
    import matplotlib
    from matplotlib.figure import Figure

    panels = [("Response (VVP)", "change of", LIGHT.vvp, "vvp")]
    if curves.gdt is not None:
        panels.append(("Gradient (GDT)", "slope of", LIGHT.gdt, "gdt"))
    below = width == "column"
    rows, columns = (len(panels), 1) if below else (1, len(panels))
    high = 62.0 * rows if below else 66.0
    with matplotlib.rc_context(STYLE):
        drawn = Figure(figsize=(WIDTHS[width] * MM, high * MM), layout="constrained")
        for axes, panel in zip(np.ravel(drawn.subplots(rows, columns)), panels):
            _panel(axes, curves, pair, panel)
        drawn.supxlabel(pair.about, fontsize=5, color=LIGHT.muted, x=0.01, ha="left")
        file, title = io.BytesIO(), f"{pair.names[0]} -> {pair.names[1]}"
        drawn.savefig(file, format=kind, dpi=DOTS, metadata=told(kind, title, provenance))
    return file.getvalue()


def _panel(axes: Axes, curves: PairCurves, pair: Pair, panel: tuple[str, str, str, str]) -> None:
    title, unit, colour, name = panel
    source, target = pair.names
    for low, high, look, label in (
        (f"null_{name}_low", f"null_{name}_high", {"alpha": 0.25}, "95 % of all pairs"),
        (f"random_{name}_low", f"random_{name}_high", {"alpha": 0.5}, "95 % under random weights"),
    ):
        edges = getattr(curves, low), getattr(curves, high)
        if edges[0] is not None and edges[1] is not None:
            shade = LIGHT.extra if low.startswith("null") else LIGHT.missed
            axes.fill_between(curves.grid, *edges, color=shade, lw=0, label=label, **look)
    axes.axhline(0, color=LIGHT.muted, lw=0.5)
    axes.axvline(pair.baseline, color=LIGHT.muted, lw=0.5, ls=":")
    forward, back = getattr(curves, name), getattr(curves, f"reverse_{name}")
    if back is not None:
        look = {"color": colour, "ls": "--", "marker": "D", "mfc": "white", "ms": 3, "lw": 0.8}
        axes.plot(curves.grid, back, label=f"{target} → {source} (reverse)", **look)
    look = {"color": colour, "marker": "o", "ms": 3.5, "lw": 1.4}
    axes.plot(curves.grid, forward, label=f"{source} → {target}", **look)
    axes.set_title(title, fontsize=8)
    axes.set_xlabel(f"value given to {source}")
    axes.set_ylabel(f"{unit} {target}")
    axes.legend(frameon=False, fontsize=5.5)


def told(kind: str, title: str, provenance: Mapping) -> dict:
    """Return the metadata that a format has fields for; no date, so that bytes are the same."""
    text = json.dumps(dict(provenance), sort_keys=True, default=str)
    if kind == "png":
        return {"Title": title, "Description": text, "Software": "UGRN"}
    if kind == "pdf":
        return {"Title": title, "Subject": text, "Creator": "UGRN", "CreationDate": None}
    return {"Title": title, "Description": text, "Creator": "UGRN", "Date": None}
