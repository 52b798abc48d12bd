"""The lab's curves as a figure for print: as many panels as there are, side by side or below."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.dashboard.figures.pair import DOTS, MM, STYLE, WIDTHS, told
from ugrn_core.dashboard.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Stroke:
    """One line of a panel: label, where (n,) and what (n,). dash, mark: matplotlib's, empty for
    none; wide: points, 0 for marks alone."""

    label: str
    x: np.ndarray
    y: np.ndarray
    colour: str
    dash: str = "-"
    mark: str = "o"
    wide: float = 1.4


@dataclass(frozen=True)
class PrintedPanel:
    """title; across, up: what the axes tell; uprights: values marked by a vertical line."""

    title: str
    across: str
    up: str
    strokes: tuple[Stroke, ...]
    uprights: tuple[float, ...] = ()


@dataclass(frozen=True)
class Caption:
    """title: of the file; about: the line at the foot of the figure."""

    title: str
    about: str


def figure(
    panels: Sequence[PrintedPanel], caption: Caption, kind: str, width: str, provenance: Mapping
) -> bytes:
    """Return the figure; the same panels give the same bytes. kind: of `pair.FORMATS`; width: of
    `pair.WIDTHS`, in a column the panels stand one below the other. provenance: JSON, kept in the
    file where its format has room."""
    import matplotlib
    from matplotlib.figure import Figure

    below = width == "column"
    rows, columns = (len(panels), 1) if below else (1, len(panels))
    high = 66.0 * rows if below else 72.0
    with matplotlib.rc_context(STYLE):
        drawn = Figure(figsize=(WIDTHS[width] * MM, high * MM), layout="constrained")
        for axes, panel in zip(np.ravel(drawn.subplots(rows, columns)), panels):
            _panel(axes, panel)
        drawn.supxlabel(caption.about, fontsize=5, color=LIGHT.muted, x=0.01, ha="left")
        file = io.BytesIO()
        metadata = told(kind, caption.title, provenance)
        drawn.savefig(file, format=kind, dpi=DOTS, metadata=metadata)
    return file.getvalue()


def _panel(axes: Axes, panel: PrintedPanel) -> None:
    axes.axhline(0, color=LIGHT.muted, lw=0.5)
    for value in panel.uprights:
        axes.axvline(value, color=LIGHT.muted, lw=0.5, ls=":")
    for stroke in panel.strokes:
        axes.plot(
            stroke.x,
            stroke.y,
            label=stroke.label,
            color=stroke.colour,
            ls=stroke.dash if stroke.wide else "",
            lw=stroke.wide,
            marker=stroke.mark,
            ms=3.5,
            mfc=stroke.colour if stroke.mark == "o" else "white",
        )
    axes.set_title(panel.title, fontsize=8)
    axes.set_xlabel(panel.across)
    axes.set_ylabel(panel.up)
    axes.legend(frameon=False, fontsize=5.5)
