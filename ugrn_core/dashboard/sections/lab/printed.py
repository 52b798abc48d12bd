"""The lab's two curves for print: what is on the page, on white."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ugrn_core.dashboard.charts.lab.curves import Line, Moment
from ugrn_core.dashboard.figures.lab import Caption, PrintedPanel, Stroke, figure
from ugrn_core.dashboard.sections.lab.pictures import Pictured
from ugrn_core.dashboard.theme import LIGHT

_OTHERS = (("--", "D"), (":", "s"), ("-.", "^"))


def printed(shown: Pictured, about: str, kind: str, width: str, provenance: Mapping) -> bytes:
    """Return the figure of what is on the page. about: the line at its foot; the others as in
    `figures.lab.figure`."""
    source, target = shown.pair
    title = f"{source} -> {target}"
    return figure(panels(shown), Caption(title, about), kind, width, provenance)


def panels(shown: Pictured) -> list[PrintedPanel]:
    """Return the response and, where there is one, the gradient."""
    source, target = shown.pair
    words, uprights = shown.axes, (shown.at.own, shown.at.value)
    axes = {"across": f"{words.along} {source}", "uprights": uprights}
    strokes = [*_curves(shown.responses, LIGHT.vvp), *_slopes(shown.responses[0], shown.at)]
    every = [
        PrintedPanel("Response (VVP)", up=f"change of {target}", strokes=tuple(strokes), **axes)
    ]
    if shown.gradients:
        strokes = [*_curves(shown.gradients, LIGHT.gdt), *_beside(shown)]
        across = f"{words.along_gradient} {source}"
        axes = {"across": across, "uprights": () if words.gated else uprights}
        every.append(
            PrintedPanel(words.gradient, up=f"slope of {target}", strokes=tuple(strokes), **axes)
        )
    return every


def _beside(shown: Pictured) -> list[Stroke]:
    """The slopes that the response alone gives, and those of finite differences."""
    strokes = []
    if shown.secants is not None:
        look = {"colour": LIGHT.focus, "dash": "--", "mark": "^", "wide": 1.0}
        strokes = [_stroke("slope of the secant", shown.secants.x, shown.secants.y, look)]
    if shown.differences is not None:
        x, y = shown.differences.x, shown.differences.y
        look = {"colour": LIGHT.represses, "mark": "s", "wide": 0.0}
        strokes.append(_stroke("finite differences", x, y, look))
    return strokes


def _curves(lines: list[Line], colour: str) -> list[Stroke]:
    first, *others = lines
    strokes = [_stroke(first.label, first.x, first.y, {"colour": colour})]
    for k, line in enumerate(others):
        dash, mark = _OTHERS[k % len(_OTHERS)]
        look = {"colour": LIGHT.missed, "dash": dash, "mark": mark, "wide": 1.0}
        strokes.append(_stroke(line.label, line.x, line.y, look))
    return strokes


def _slopes(line: Line, at: Moment) -> list[Stroke]:
    """The secant from the background's own value, and the tangent, at the value looked at."""
    strokes = []
    if at.value != at.own:
        x, y = np.array([at.own, at.value]), np.array([0.0, at.response])
        look = {"colour": LIGHT.focus, "dash": "--", "mark": "", "wide": 1.2}
        strokes.append(_stroke("secant", x, y, look))
    if at.tangent is not None:
        reach = 0.16 * (float(np.ptp(line.x)) or 1.0) * np.array([-1.0, 1.0])
        look = {"colour": LIGHT.gdt, "mark": "", "wide": 1.2}
        x, y = at.value + reach, at.response + reach * at.tangent
        strokes.append(_stroke("tangent (GDT)", x, y, look))
    return strokes


def _stroke(label: str, x: np.ndarray, y: np.ndarray, look: dict) -> Stroke:
    return Stroke(label=label, x=x, y=y, **look)
