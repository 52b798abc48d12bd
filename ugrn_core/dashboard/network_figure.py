"""The drawing as a figure for print: SVG with text as text, its legend and its provenance.

Positions, shapes, dashes and colours are those on the page; labels keep a constant size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from ugrn_core.dashboard.network_view import (
    LABELS_UP_TO,
    STATUSES,
    Drawing,
    group_colour,
    label,
)
from ugrn_core.dashboard.theme import Palette

WIDTH, HEIGHT, MARGIN = 900.0, 640.0, 40.0
LEGEND = 26.0  # height of one legend line
FONT = "font-family='Arial, Helvetica, sans-serif'"
RADIUS = {True: 9.0, False: 5.0}  # of a regulator, of another gene


def svg(drawing: Drawing, palette: Palette, about: str) -> bytes:
    """Return the figure, UTF-8; the same drawing gives the same bytes. about: the last line."""
    entries = _entries(drawing, palette)
    rows = math.ceil(len(entries) / 3)
    height = HEIGHT + LEGEND * (rows + 1.5)
    lines = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH:g} {height:g}' "
        f"width='{WIDTH:g}' height='{height:g}'>",
        f"<title>{_text('Gene regulatory network')}</title>",
        f"<desc>{_text(about)}</desc>",
        _markers(drawing, palette),
        f"<rect width='100%' height='100%' fill='{palette.surface}'/>",
        *_edges(drawing, palette),
        *_genes(drawing, palette),
        *_legend(entries, palette),
        f"<text x='{MARGIN:g}' y='{height - 10:g}' {FONT} font-size='10' "
        f"fill='{palette.muted}'>{_text(about)}</text>",
        "</svg>",
    ]
    return "\n".join(lines).encode()


def _text(text: str) -> str:
    kept = "".join(c if c.isprintable() else "\ufffd" for c in str(text))
    return escape(kept, quote=True)


def _places(drawing: Drawing) -> dict[str, tuple[float, float]]:
    """Positions fitted into the frame, proportions kept."""
    xs, ys = zip(*drawing.positions.values())
    wide, high = max(max(xs) - min(xs), 1.0), max(max(ys) - min(ys), 1.0)
    scale = min((WIDTH - 4 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high, 1.6)
    left = (WIDTH - scale * wide) / 2 - scale * min(xs)
    top = (HEIGHT - scale * high) / 2 - scale * min(ys)
    return {g: (left + scale * x, top + scale * y) for g, (x, y) in drawing.positions.items()}


def _look(row, drawing: Drawing, palette: Palette) -> tuple[str, str]:
    """Colour and dash of an edge."""
    status = STATUSES.get(getattr(row, "status", None))
    if status is not None and status.group == drawing.colour_by:
        dashes = status.dashes
        return getattr(palette, status.colour), " ".join(map(str, dashes)) if dashes else ""
    sign = int(row.sign)
    colour = {1: palette.activates, -1: palette.represses}.get(sign, palette.unsigned)
    return colour, "7 5" if sign < 0 else ""


def _markers(drawing: Drawing, palette: Palette) -> str:
    colours = {_look(r, drawing, palette)[0] for r in drawing.edges.itertuples(index=False)}
    found = []
    for colour in sorted(colours):
        name = colour.lstrip("#")
        found.append(
            f"<marker id='arrow-{name}' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='6' "
            f"markerHeight='6' orient='auto'><path d='M0 0L10 5L0 10z' fill='{colour}'/></marker>"
            f"<marker id='bar-{name}' viewBox='0 0 4 10' refX='3' refY='5' markerWidth='3' "
            f"markerHeight='7' orient='auto'><path d='M1 0H3V10H1z' fill='{colour}'/></marker>"
        )
    return f"<defs>{''.join(found)}</defs>"


def _edges(drawing: Drawing, palette: Palette) -> Iterator[str]:
    at = _places(drawing)
    for row in drawing.edges.itertuples(index=False):
        (x0, y0), (x1, y1) = at[row.source], at[row.target]
        length = math.hypot(x1 - x0, y1 - y0)
        if length < 1:
            continue
        back = (RADIUS[row.target in drawing.regulators] + 3) / length
        colour, dash = _look(row, drawing, palette)
        head = ("bar-" if int(row.sign) < 0 else "arrow-") + colour.lstrip("#")
        yield (
            f"<line x1='{x0:.1f}' y1='{y0:.1f}' x2='{x1 - back * (x1 - x0):.1f}' "
            f"y2='{y1 - back * (y1 - y0):.1f}' stroke='{colour}' stroke-width='1.2'"
            + (f" stroke-dasharray='{dash}'" if dash else "")
            + f" marker-end='url(#{head})'/>"
        )


def _genes(drawing: Drawing, palette: Palette) -> Iterator[str]:
    few = len(drawing.positions) <= LABELS_UP_TO
    for gene, (x, y) in _places(drawing).items():
        regulator = gene in drawing.regulators
        r = RADIUS[regulator]
        fill = palette.regulator if regulator else palette.gene
        if gene in drawing.groups:
            fill = group_colour(drawing.groups[gene], palette)
        line = f"stroke='{palette.focus if gene == drawing.centre else palette.text}' " + (
            "stroke-width='3'" if gene == drawing.centre else "stroke-width='0.6'"
        )
        if regulator:
            corners = f"{x:.1f},{y - r:.1f} {x + r:.1f},{y:.1f} {x:.1f},{y + r:.1f} {x - r:.1f}"
            yield f"<polygon points='{corners},{y:.1f}' fill='{fill}' {line}/>"
        else:
            yield f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{r:g}' fill='{fill}' {line}/>"
        if few or regulator or gene == drawing.centre:
            yield (
                f"<text x='{x:.1f}' y='{y + r + 11:.1f}' {FONT} font-size='11' "
                f"text-anchor='middle' fill='{palette.text}' stroke='{palette.surface}' "
                f"stroke-width='3' paint-order='stroke'>{_text(label(gene, drawing))}</text>"
            )


def _entries(drawing: Drawing, palette: Palette) -> list[tuple[str, str, str]]:
    """(kind, colour and dash, words) of the legend."""
    found = [("diamond", palette.regulator, "regulator"), ("dot", palette.gene, "other gene")]
    statuses = [s for s in STATUSES.values() if s.group == drawing.colour_by]
    for s in statuses:
        dash = " ".join(map(str, s.dashes)) if s.dashes else ""
        found.append((f"line {dash}", getattr(palette, s.colour), s.words))
    if not statuses:
        found.append(("line ", palette.activates, "activation proposed (arrow)"))
        found.append(("line 7 5", palette.represses, "repression proposed (bar)"))
    return found


def _legend(entries: list[tuple[str, str, str]], palette: Palette) -> Iterator[str]:
    for k, (kind, colour, words) in enumerate(entries):
        x, y = MARGIN + (k % 3) * 280, HEIGHT + LEGEND * (k // 3 + 0.5)
        if kind == "diamond":
            yield f"<path d='M{x + 12} {y - 7}l7 7l-7 7l-7 -7z' fill='{colour}'/>"
        elif kind == "dot":
            yield f"<circle cx='{x + 12}' cy='{y}' r='5' fill='{colour}'/>"
        else:
            dash = kind.removeprefix("line ")
            yield (
                f"<line x1='{x}' y1='{y}' x2='{x + 24}' y2='{y}' stroke='{colour}' "
                f"stroke-width='2' stroke-dasharray='{dash or 'none'}'/>"
            )
        yield (
            f"<text x='{x + 32}' y='{y + 4}' {FONT} font-size='12' "
            f"fill='{palette.text}'>{_text(words)}</text>"
        )
