"""Small pictures of real results for cards, as HTML images: a curve, a ranking, a star."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import numpy as np

from ugrn_core.dashboard.theme import Palette

_WIDE, _HIGH, _EDGE = 320, 132, 14


def curve(grid: np.ndarray, response: np.ndarray, said: str, palette: Palette) -> str:
    """Return the response (T,) over `grid` (T,), and the line at zero. said: in words."""
    low, high = min(0.0, float(response.min())), max(0.0, float(response.max()))
    tall = (high - low) or 1.0
    wide = float(np.ptp(grid)) or 1.0
    x = _EDGE + (grid - grid.min()) / wide * (_WIDE - 2 * _EDGE)
    y = _HIGH - _EDGE - (response - low) / tall * (_HIGH - 2 * _EDGE)
    zero = _HIGH - _EDGE + low / tall * (_HIGH - 2 * _EDGE)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y))
    dots = "".join(f"<circle cx='{a:.1f}' cy='{b:.1f}' r='4'/>" for a, b in zip(x, y))
    return _framed(
        f"<line x1='{_EDGE}' x2='{_WIDE - _EDGE}' y1='{zero:.1f}' y2='{zero:.1f}' "
        f"stroke='{palette.line}' stroke-width='1.5'/>"
        f"<polyline points='{points}' fill='none' stroke='{palette.vvp}' stroke-width='3'/>"
        f"<g fill='{palette.vvp}'>{dots}</g>",
        said,
    )


def ranking(names: Sequence[str], scores: Sequence[float], said: str, palette: Palette) -> str:
    """Return a bar a gene, longest where `scores` are highest, best first."""
    most = max((abs(s) for s in scores), default=0.0) or 1.0
    step = (_HIGH - 2 * 6) / max(len(names), 1)
    rows = []
    for k, (name, score) in enumerate(zip(names, scores)):
        top, length = 6 + k * step, abs(score) / most * (_WIDE - 130)
        rows.append(
            f"<rect x='88' y='{top + 3:.1f}' width='{length:.1f}' height='{step - 7:.1f}' rx='3' "
            f"fill='{palette.regulator}'/><text x='80' y='{top + step / 2 + 4:.1f}' "
            f"text-anchor='end' font-size='13' fill='{palette.text}'>{_short(name)}</text>"
        )
    return _framed("".join(rows), said)


def pair(source: str, target: str, said: str, palette: Palette) -> str:
    """Return a regulator and its target, an arrow between them, their names below."""
    y, a, b = _HIGH / 2 - 10, 88, _WIDE - 88
    ends = "".join(
        f"<text x='{x}' y='{y + 42}' text-anchor='middle' font-size='14' font-weight='600' "
        f"fill='{palette.text}'>{_short(name)}</text>"
        for x, name in ((a, source), (b, target))
    )
    return _framed(
        f"<path d='M {a + 24} {y} H {b - 22} m -9 -7 l 9 7 l -9 7' fill='none' "
        f"stroke='{palette.muted}' stroke-width='2.5'/>"
        f"<path d='M {a} {y - 17} l 17 17 l -17 17 l -17 -17 z' fill='{palette.regulator}'/>"
        f"<circle cx='{b}' cy='{y}' r='13' fill='{palette.gene}'/>{ends}",
        said,
    )


def star(centre: str, names: Sequence[str], said: str, palette: Palette) -> str:
    """Return `centre` in the middle of its targets, half of them on either side, their names
    outside: no line runs under a name."""
    x, y = _WIDE / 2, _HIGH / 2 + 8
    left, right = names[1::2], names[::2]
    lines, dots = [], []
    for side, column in ((-1, left), (1, right)):
        for k, name in enumerate(column):
            along = (k + 0.5) / len(column) * 2 - 1  # from the top, -1, to the bottom, 1
            a, b = x + side * (84 - 26 * abs(along)), y + 46 * along
            lines.append(f"<line x1='{x}' y1='{y}' x2='{a:.1f}' y2='{b:.1f}'/>")
            dots.append(
                f"<circle cx='{a:.1f}' cy='{b:.1f}' r='6' fill='{palette.gene}'/>"
                f"<text x='{a + 11 * side:.1f}' y='{b + 4:.1f}' font-size='11' "
                f"text-anchor='{'start' if side > 0 else 'end'}' "
                f"fill='{palette.text}'>{_short(name)}</text>"
            )
    middle = (
        f"<path d='M {x} {y - 13} l 13 13 l -13 13 l -13 -13 z' fill='{palette.regulator}'/>"
        f"<text x='{x}' y='13' text-anchor='middle' font-size='13' font-weight='600' "
        f"fill='{palette.text}'>{_short(centre)}</text>"
        f"<line x1='{x}' x2='{x}' y1='18' y2='{y - 15}' stroke='{palette.line}'/>"
    )
    return _framed(f"<g stroke='{palette.muted}'>{''.join(lines)}</g>{''.join(dots)}{middle}", said)


def steps(palette: Palette) -> str:
    """Return how a score is made: cell, backbone, curves, translator, score."""
    boxes = ("virtual cell", "backbone", "two curves", "translator", "score")
    wide, gap, parts = 128, 30, []
    for k, name in enumerate(boxes):
        x = 10 + k * (wide + gap)
        parts.append(
            f"<rect x='{x}' y='10' width='{wide}' height='96' rx='8' fill='none' "
            f"stroke='{palette.line}' stroke-width='1.5'/><text x='{x + wide / 2}' y='97' "
            f"text-anchor='middle' font-size='13' fill='{palette.text}'>{name}</text>"
            f"<g transform='translate({x + wide / 2} 48)'>{_sign(name, palette)}</g>"
        )
        if k:
            a = x - gap + 5
            parts.append(
                f"<path d='M {a} 58 h 18 m -6 -6 l 6 6 l -6 6' fill='none' "
                f"stroke='{palette.muted}' stroke-width='2'/>"
            )
    said = "A virtual cell goes into the backbone, two curves come out, a translator scores them"
    return _framed("".join(parts), said, (20 + 5 * wide + 4 * gap, 116))


def _sign(name: str, palette: Palette) -> str:
    """Return what stands for a step, centred on the origin, 60 wide at most."""
    if name == "virtual cell":
        squares = [(c, r) for r in range(3) for c in range(5)]
        return "".join(
            f"<rect x='{c * 12 - 30}' y='{r * 12 - 20}' width='10' height='10' rx='2' "
            f"fill='{palette.focus if (c, r) == (1, 1) else palette.gene}'/>"
            for c, r in squares
        )
    if name == "backbone":
        return "".join(
            f"<rect x='-28' y='{y}' width='56' height='10' rx='3' fill='{palette.regulator}'/>"
            for y in (-20, -5, 10)
        )
    if name == "two curves":
        return (
            f"<path d='M -28 16 C -10 12 0 -14 28 -18' fill='none' stroke='{palette.vvp}' "
            f"stroke-width='3'/><path d='M -28 4 C -14 -20 0 14 28 14' fill='none' "
            f"stroke='{palette.gdt}' stroke-width='3'/>"
        )
    if name == "translator":
        return (
            f"<path d='M -24 -20 L 24 -6 V 6 L -24 20 Z' fill='none' stroke='{palette.regulator}' "
            "stroke-width='3'/>"
        )
    return (
        f"<rect x='-30' y='-6' width='60' height='12' rx='6' fill='{palette.gene}'/>"
        f"<rect x='-30' y='-6' width='42' height='12' rx='6' fill='{palette.regulator}'/>"
    )


def _framed(inside: str, said: str, size: tuple[int, int] = (_WIDE, _HIGH)) -> str:
    """Return an image: a page's HTML may hold no drawing of its own."""
    wide, high = size
    drawing = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {wide} {high}' "
        f"width='{wide}' height='{high}' font-family='sans-serif'>{inside}</svg>"
    )
    coded = b64encode(drawing.encode()).decode()
    return (
        f"<img src='data:image/svg+xml;base64,{coded}' alt='{escape(said, quote=True)}' "
        f"width='{wide}' height='{high}' style='display: block; margin: auto; max-width: 100%; "
        "height: auto'>"
    )


def _short(name: str) -> str:
    return escape(name if len(name) <= 10 else f"{name[:9]}…", quote=True)
