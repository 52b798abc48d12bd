"""What a pair's numbers say, in plain sentences."""

from __future__ import annotations

import math

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain_number(value: float) -> str:
    """Return a number with two significant digits, a tiny one as a power of ten in words."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    if abs(value) >= 0.001:
        return f"{value:.2g}"
    power = math.floor(math.log10(abs(value)))
    return f"{value / 10**power:.1f} × 10⁻{str(-power).translate(_RAISED)}"


def sign_word(sign: object) -> str:
    """Return a sign as a word with an arrow, so that colour is not needed."""
    return {1: "▲ activates", -1: "▼ represses"}.get(int(sign or 0), "– unclear")
