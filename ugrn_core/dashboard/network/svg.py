"""The drawing as a figure for print: SVG with text as text, its legend and its provenance.

Positions, shapes, dashes and colours are those on the page; labels keep a constant size. Written
by hand: importing matplotlib takes longer (0.4 s) than the figure of 2,000 edges (0.1 s).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

import numpy as np

from ugrn_core.dashboard.network.drawing import (
    LABELS_UP_TO,
    Drawing,
    edge_look,
    fill,
    ink,
    shown_sign,
)
from ugrn_core.dashboard.network.labels import WIDE, centres
from ugrn_core.dashboard.network.legend import Entry, dash, entries
from ugrn_core.dashboard.theme import Palette
from ugrn_core.export.base import json_text

WIDTH, HEIGHT, MARGIN = 900.0, 640.0, 40.0
LEGEND = 22.0  # height of one legend line
FACE = "font-family='Arial, Helvetica, sans-serif'"
BEND = 0.1  # of its length: how far an edge with a way back swerves


@dataclass(frozen=True)
class _Sheet:
    """A drawing fitted to the frame. at: gene -> pixels; sizes are in pixels; pairs: its edges."""

    drawing: Drawing
    palette: Palette
    at: dict[str, tuple[float, float]]
    radius: dict[str, float]
    font: float
    line: float
    pairs: frozenset[tuple[str, str]]


def svg(drawing: Drawing, palette: Palette, about: str, provenance: Mapping) -> bytes:
    """Return the figure, UTF-8; the same drawing gives the same bytes.

    about: the line at its foot. provenance: JSON in its `metadata` element.
    """
    sheet = _sheet(drawing, palette)
    legend, bottom = _legend(entries(drawing, palette), palette)
    height = bottom + 30
    lines = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH:g} {height:g}' "
        f"width='{WIDTH:g}' height='{height:g}' {FACE}>",
        "<title>Gene regulatory network</title>",
        f"<desc>{_text(about)}</desc>",
        f"<metadata id='provenance'>{_text(json_text(provenance))}</metadata>",
        _markers(sheet),
        f"<rect width='100%' height='100%' fill='{palette.surface}'/>",
        *_edges(sheet),
        *_genes(sheet),
        *_labels(sheet),
        *legend,
        f"<text x='{MARGIN:g}' y='{height - 12:g}' font-size='10' "
        f"fill='{palette.muted}'>{_text(about)}</text>",
        "</svg>",
    ]
    return "\n".join(lines).encode()


def _text(text: str) -> str:
    printable = "".join(c if c.isprintable() else "\ufffd" for c in str(text))
    return escape(printable, quote=True)


def _sheet(drawing: Drawing, palette: Palette) -> _Sheet:
    """Fit positions into the frame, proportions kept; crowded drawings get smaller marks."""
    xs, ys = zip(*drawing.positions.values())
    wide, high = max(max(xs) - min(xs), 1.0), max(max(ys) - min(ys), 1.0)
    scale = min((WIDTH - 3 * MARGIN) / wide, (HEIGHT - 2.5 * MARGIN) / high, 1.6)
    left = (WIDTH - scale * wide) / 2 - scale * min(xs)
    top = (HEIGHT - scale * high) / 2 - scale * min(ys)
    at = {g: (left + scale * x, top + scale * y) for g, (x, y) in drawing.positions.items()}
    small = min(1.0, max(0.45, math.sqrt(120 / len(at))))
    radius = {g: small * (9.0 if g in drawing.regulators else 5.5) for g in at}
    pairs = frozenset(zip(drawing.edges["source"], drawing.edges["target"]))
    crowded = len(pairs) > 150
    line = max(0.35, min(1.3, 9 / math.sqrt(len(pairs))))
    return _Sheet(
        drawing=drawing,
        palette=palette,
        at=at,
        radius=radius,
        font=(9.0 if crowded else 11.0) * drawing.label_scale,
        line=line,
        pairs=pairs,
    )


def _markers(sheet: _Sheet) -> str:
    colours = {
        edge_look(row, sheet.drawing, sheet.palette)[0]
        for row in sheet.drawing.edges.itertuples(index=False)
    }
    size = 4 + 3 * sheet.line
    shapes = (("arrow", 9, "M0 1L10 5L0 9z"), ("bar", 9, "M6.5 0H9V10H6.5z"))
    markers = [
        f"<marker id='{kind}-{colour.lstrip('#')}' viewBox='0 0 10 10' refX='{tip}' refY='5' "
        f"markerUnits='userSpaceOnUse' markerWidth='{size:.1f}' markerHeight='{size:.1f}' "
        f"orient='auto'><path d='{path}' fill='{colour}'/></marker>"
        for colour in sorted(colours)
        for kind, tip, path in shapes
    ]
    return f"<defs>{''.join(markers)}</defs>"


def _course(row, sheet: _Sheet) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start of an edge, the point it bends to (half way where straight), and its tip."""
    start, end = np.array(sheet.at[row.source]), np.array(sheet.at[row.target])
    way = end - start
    length = max(float(np.hypot(*way)), 1e-9)
    bend = BEND if (row.target, row.source) in sheet.pairs else 0.0
    middle = (start + end) / 2 + bend * np.array([way[1], -way[0]])
    last = (end - middle) / max(float(np.hypot(*(end - middle))), 1e-9)
    return start, middle, end - last * min(sheet.radius[row.target] + 2.5, 0.45 * length)


def _edges(sheet: _Sheet) -> Iterator[str]:
    for row in sheet.drawing.edges.itertuples(index=False):
        if row.source == row.target:
            continue
        (x0, y0), (cx, cy), (x1, y1) = _course(row, sheet)
        colour, dashes, thick = edge_look(row, sheet.drawing, sheet.palette)
        sign = shown_sign(row.sign, sheet.drawing.colour_by)
        head = ("bar-" if sign < 0 else "arrow-") + colour.lstrip("#")
        shape = f"<line x1='{x0:.1f}' y1='{y0:.1f}' x2='{x1:.1f}' y2='{y1:.1f}'"
        if (row.target, row.source) in sheet.pairs:
            shape = f"<path fill='none' d='M{x0:.1f} {y0:.1f}Q{cx:.1f} {cy:.1f} {x1:.1f} {y1:.1f}'"
        yield (
            f"{shape} stroke='{colour}' stroke-width='{sheet.line * thick:.2f}'"
            + (f" stroke-dasharray='{dash(dashes)}'" if dashes else "")
            + f" marker-end='url(#{head})'/>"
        )


def _genes(sheet: _Sheet) -> Iterator[str]:
    drawing, palette = sheet.drawing, sheet.palette
    for gene in sorted(sheet.at, key=lambda g: g in drawing.regulators):  # they come on top
        regulator, r, (x, y) = gene in drawing.regulators, sheet.radius[gene], sheet.at[gene]
        colour, group = fill(gene, drawing, palette), drawing.groups.get(gene)
        line = f"stroke='{palette.surface}' stroke-width='0.8'"
        if gene == drawing.centre:
            line = f"stroke='{palette.focus}' stroke-width='3'"
        if regulator:
            corners = f"{x:.1f},{y - r:.1f} {x + r:.1f},{y:.1f} {x:.1f},{y + r:.1f} {x - r:.1f}"
            yield f"<polygon points='{corners},{y:.1f}' fill='{colour}' {line}/>"
        else:
            yield f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{r:.1f}' fill='{colour}' {line}/>"
        if group is not None:  # the second cue
            yield _number(x, y, f"{group}", r * (1.15 if group < 10 else 0.85), colour)


def _number(x: float, y: float, number: str, size: float, under: str) -> str:
    return (
        f"<text x='{x:.1f}' y='{y + 0.36 * size:.1f}' font-size='{size:.1f}' font-weight='bold' "
        f"text-anchor='middle' fill='{ink(under)}'>{number}</text>"
    )


def _labels(sheet: _Sheet) -> Iterator[str]:
    drawing, genes = sheet.drawing, list(sheet.at)
    few = len(genes) <= LABELS_UP_TO
    named = [
        (k, gene)
        for k, gene in enumerate(genes)
        if few or gene in drawing.regulators or gene == drawing.centre
    ]
    named.sort(key=lambda item: (item[1] != drawing.centre, item[1] not in drawing.regulators))
    at = np.array(list(sheet.at.values()))
    heads = np.array([_course(row, sheet)[2] for row in drawing.edges.itertuples(index=False)])
    radius = np.array(list(sheet.radius.values()))
    places = centres(at, radius, named, sheet.font, heads.reshape(-1, 2))
    for (_, gene), (x, y) in zip(named, places):
        yield (
            f"<text x='{x:.1f}' y='{y + 0.36 * sheet.font:.1f}' font-size='{sheet.font:g}' "
            f"text-anchor='middle' fill='{sheet.palette.text}' stroke='{sheet.palette.surface}' "
            f"stroke-width='2.5' stroke-linejoin='round' paint-order='stroke'>{_text(gene)}</text>"
        )


def _legend(entries: list[Entry], palette: Palette) -> tuple[list[str], float]:
    """Return the legend, entries flowing from left to right, and where it ends."""
    x, y = MARGIN, HEIGHT + 14.0
    lines = [
        f"<line x1='{MARGIN:g}' y1='{HEIGHT - 6:g}' x2='{WIDTH - MARGIN:g}' y2='{HEIGHT - 6:g}' "
        f"stroke='{palette.line}'/>"
    ]
    for entry in entries:
        width = 34 + 0.9 * WIDE * 12 * len(entry.words) + 14
        if x > MARGIN and x + width > WIDTH - MARGIN:
            x, y = MARGIN, y + LEGEND
        lines.append(_mark(entry, x, y))
        lines.append(
            f"<text x='{x + 32:.1f}' y='{y + 4:.1f}' font-size='12' "
            f"fill='{palette.text}'>{_text(entry.words)}</text>"
        )
        x += width
    return lines, y + LEGEND / 2


def _mark(entry: Entry, x: float, y: float) -> str:
    if entry.mark == "line":
        return (
            f"<line x1='{x:.1f}' y1='{y:g}' x2='{x + 26:.1f}' y2='{y:g}' stroke='{entry.colour}' "
            f"stroke-width='2' stroke-dasharray='{entry.dashes or 'none'}'/>"
        )
    if entry.mark == "wedge":
        return f"<path d='M{x:.1f} {y:g}l26 -4v8z' fill='{entry.colour}'/>"
    if entry.mark == "diamond":
        return f"<path d='M{x + 16:.1f} {y - 7:g}l7 7l-7 7l-7 -7z' fill='{entry.colour}'/>"
    paint = f"fill='{entry.colour}'"
    if entry.mark == "ring":
        paint = f"fill='none' stroke='{entry.colour}' stroke-width='3'"
    circle = f"<circle cx='{x + 16:.1f}' cy='{y:g}' r='6' {paint}/>"
    return circle + (_number(x + 16, y, entry.number, 8.5, entry.colour) if entry.number else "")
