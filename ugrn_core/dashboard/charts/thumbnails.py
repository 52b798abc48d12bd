"""Small pictures of real results for cards, as HTML images: a curve, a ranking, a star."""

from __future__ import annotations

import math
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


def star(centre: str, names: Sequence[str], said: str, palette: Palette) -> str:
    """Return `centre` in the middle of its targets."""
    x, y = _WIDE / 2, _HIGH / 2
    lines, dots = [], []
    for k, name in enumerate(names):
        turn = 2 * math.pi * k / len(names) + 0.4
        a, b = x + 108 * math.cos(turn), y + 44 * math.sin(turn)
        lines.append(f"<line x1='{x}' y1='{y}' x2='{a:.1f}' y2='{b:.1f}'/>")
        dots.append(
            f"<circle cx='{a:.1f}' cy='{b:.1f}' r='6' fill='{palette.gene}'/><text x='{a:.1f}' "
            f"y='{b + (17 if b > y else -10):.1f}' text-anchor='middle' font-size='11' "
            f"fill='{palette.text}'>{_short(name)}</text>"
        )
    middle = (
        f"<path d='M {x} {y - 13} l 13 13 l -13 13 l -13 -13 z' fill='{palette.regulator}'/>"
        f"<text x='{x + 17}' y='{y - 8}' font-size='13' font-weight='600' "
        f"fill='{palette.text}'>{_short(centre)}</text>"
    )
    return _framed(f"<g stroke='{palette.muted}'>{''.join(lines)}</g>{''.join(dots)}{middle}", said)


def _framed(inside: str, said: str) -> str:
    """Return an image: a page's HTML may hold no drawing of its own."""
    drawing = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDE} {_HIGH}' "
        f"width='{_WIDE}' height='{_HIGH}' font-family='sans-serif'>{inside}</svg>"
    )
    coded = b64encode(drawing.encode()).decode()
    return (
        f"<img src='data:image/svg+xml;base64,{coded}' alt='{escape(said, quote=True)}' "
        f"width='{_WIDE}' height='{_HIGH}' style='display: block; margin: auto; max-width: 100%; "
        "height: auto'>"
    )


def _short(name: str) -> str:
    return escape(name if len(name) <= 10 else f"{name[:9]}…", quote=True)
