"""The drawing as a figure for print at a journal's widths: SVG, PDF, PNG, with its legend."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.dashboard.figures.pair import DOTS, MM, STYLE, WIDTHS, told
from ugrn_core.dashboard.network.drawing import LABELS_UP_TO, Drawing, edge_look, fill, ink
from ugrn_core.dashboard.network.drawing import shown_sign as sign_of
from ugrn_core.dashboard.network.labels import centres
from ugrn_core.dashboard.network.legend import entries
from ugrn_core.dashboard.theme import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINT = 72.0  # an inch
HEIGHTS = {"column": 85.0, "page": 116.0}  # mm, of the drawing without its legend, at most
_COLUMNS = {"column": 2, "page": 4}  # of the legend
_RIM, _LINE = 26.0, 10.0  # points: free at the sides, where labels stand; a line of the legend
_BEND = 0.12  # of its length: how far an edge with a way back swerves


@dataclass(frozen=True)
class _Sheet:
    """A drawing on paper; all in points, y downwards. at: (N, 2) places of `genes`; radius: (N,);
    font: of labels."""

    drawing: Drawing
    genes: list[str]
    at: np.ndarray
    radius: np.ndarray
    font: float


def figure(drawing: Drawing, kind: str, width: str, about: str, provenance: Mapping) -> bytes:
    """Return the figure; the same drawing gives the same bytes. kind: svg, pdf or png; width: of
    `figures.pair.WIDTHS`; about: the line at its foot; provenance: JSON, kept in its metadata."""
    import matplotlib
    from matplotlib.figure import Figure

    listed = entries(drawing, LIGHT)
    wide = WIDTHS[width] * MM * POINT
    high = _height(drawing, wide, HEIGHTS[width] * MM * POINT)
    foot = _LINE * (math.ceil(len(listed) / _COLUMNS[width]) + 1.6)
    with matplotlib.rc_context(STYLE):
        drawn = Figure(figsize=(wide / POINT, (high + foot) / POINT))
        axes = drawn.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, wide), ylim=(high + foot, 0))
        axes.set_axis_off()
        sheet = _sheet(drawing, wide, high)
        _edges(axes, sheet)
        _genes(axes, sheet)
        _labels(axes, sheet)
        _legend(axes, listed, high, wide / _COLUMNS[width])
        axes.text(8, high + foot - 5, about, fontsize=5, color=LIGHT.muted)
        file = io.BytesIO()
        drawn.savefig(file, format=kind, dpi=DOTS, metadata=told(kind, "Network", provenance))
    return file.getvalue()


def _height(drawing: Drawing, wide: float, most: float) -> float:
    """Return the height that the drawing needs at this width: flat ones leave no empty paper."""
    xs, ys = zip(*drawing.positions.values())
    flat = (max(ys) - min(ys)) / max(max(xs) - min(xs), 1.0)
    return min(most, max(0.4 * wide, flat * (wide - 2 * _RIM) + 1.5 * _RIM))


def _sheet(drawing: Drawing, wide: float, high: float) -> _Sheet:
    """Fit positions to the paper, proportions kept; crowded drawings get smaller marks."""
    genes = sorted(drawing.positions, key=lambda g: g in drawing.regulators)  # they come on top
    places = np.array([drawing.positions[gene] for gene in genes], dtype=float)
    low, high_end = places.min(axis=0), places.max(axis=0)
    room = np.array([wide - 2 * _RIM, high - _RIM])
    scale = float((room / np.maximum(high_end - low, 1.0)).min())
    at = (places - (low + high_end) / 2) * min(scale, 1.2) + np.array([wide, high]) / 2
    small = min(1.0, max(0.4, math.sqrt(60 / len(genes)))) * min(1.0, wide / 400 + 0.2)
    radius = np.array([small * (5.0 if g in drawing.regulators else 3.2) for g in genes])
    return _Sheet(drawing, genes, at, radius, font=max(4.0, 6.5 * small) * drawing.label_scale)


def _edges(axes: Axes, sheet: _Sheet) -> None:
    from matplotlib.patches import FancyArrowPatch

    number = {gene: k for k, gene in enumerate(sheet.genes)}
    rows = sheet.drawing.edges
    pairs = set(zip(rows["source"], rows["target"]))
    line = max(0.3, min(0.8, 6 / math.sqrt(len(pairs))) * min(1.0, sheet.font / 6.5))
    for row in rows.itertuples(index=False):
        if row.source == row.target:
            continue
        start, end = number[row.source], number[row.target]
        colour, dashes, thick = edge_look(row, sheet.drawing, LIGHT)
        bar = sign_of(row.sign, sheet.drawing.colour_by) < 0
        bend = _BEND if (row.target, row.source) in pairs else 0.0
        axes.add_patch(
            FancyArrowPatch(
                tuple(sheet.at[start]),
                tuple(sheet.at[end]),
                arrowstyle="|-|,widthA=0,widthB=0.4" if bar else "-|>",
                connectionstyle=f"arc3,rad={bend}",
                mutation_scale=3.5 + 2 * line,
                shrinkA=float(sheet.radius[start]),
                shrinkB=float(sheet.radius[end]) + 0.5,
                linewidth=line * thick,
                linestyle=(0, tuple(d / 2 for d in dashes)) if dashes else "solid",
                color=colour,
                zorder=1,
            )
        )


def _genes(axes: Axes, sheet: _Sheet) -> None:
    drawing = sheet.drawing
    for gene, (x, y), radius in zip(sheet.genes, sheet.at, sheet.radius):
        colour, centre = fill(gene, drawing, LIGHT), gene == drawing.centre
        diamond = gene in drawing.regulators
        axes.plot(
            x,
            y,
            marker="D" if diamond else "o",
            markersize=radius * (math.sqrt(2) if diamond else 2),
            markerfacecolor=colour,
            markeredgecolor=LIGHT.focus if centre else LIGHT.surface,
            markeredgewidth=1.2 if centre else 0.3,
            zorder=2,
        )
        if gene in drawing.groups:  # the second cue
            text = {"ha": "center", "va": "center_baseline", "zorder": 3, "weight": "bold"}
            group = drawing.groups[gene]
            axes.text(x, y, str(group), fontsize=1.1 * radius, color=ink(colour), **text)


def _labels(axes: Axes, sheet: _Sheet) -> None:
    drawing, few = sheet.drawing, len(sheet.genes) <= LABELS_UP_TO
    named = [
        (k, gene)
        for k, gene in enumerate(sheet.genes)
        if few or gene in drawing.regulators or gene == drawing.centre
    ]
    named.sort(key=lambda item: (item[1] != drawing.centre, item[1] not in drawing.regulators))
    spots = centres(sheet.at, sheet.radius, named, sheet.font, np.empty((0, 2)))
    for (_, gene), (x, y) in zip(named, spots):
        axes.text(
            x,
            y,
            gene,
            fontsize=sheet.font,
            color=LIGHT.text,
            ha="center",
            va="center",
            zorder=4,
            # A ground of the paper's colour: an outline would turn text into shapes.
            bbox={"fc": LIGHT.surface, "ec": "none", "alpha": 0.7, "pad": 0.2},
        )


def _legend(axes: Axes, listed: list, top: float, step: float) -> None:
    """Draw the legend below `top`, as many entries a line as the paper takes."""
    columns = max(1, round(axes.get_xlim()[1] / step))
    for k, entry in enumerate(listed):
        x, y = 10 + step * (k % columns), top + _LINE * (k // columns + 0.5)
        if entry.mark == "line":
            dashes = tuple(float(d) / 2 for d in entry.dashes.split())
            style = (0, dashes) if dashes else "solid"
            axes.plot([x, x + 12], [y, y], color=entry.colour, lw=1, ls=style)
        elif entry.mark == "wedge":
            axes.fill([x, x + 12, x + 12], [y, y - 2, y + 2], color=entry.colour, lw=0)
        else:
            hollow = entry.mark == "ring"
            axes.plot(
                x + 6,
                y,
                marker="D" if entry.mark == "diamond" else "o",
                markersize=5,
                markerfacecolor="none" if hollow else entry.colour,
                markeredgecolor=entry.colour,
            )
        axes.text(x + 16, y, entry.words, fontsize=6, color=LIGHT.text, va="center")
