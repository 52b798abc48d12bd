"""Lengths of time and sizes in words, for everybody who says them."""

from __future__ import annotations

from datetime import timedelta

import humanize

HOUR, DAY = 3600, 86_400


def duration(seconds: float) -> str:
    """Return a length of time as people say it: seconds below 90 s, minutes below an hour, and
    two units above; at least one second."""
    whole = max(1, round(seconds))
    if whole < 90:
        return f"{whole} second{'s' * (whole > 1)}"
    step, unit = (60, "minutes") if whole < DAY else (HOUR, "hours")
    rounded = timedelta(seconds=step * round(whole / step))
    return humanize.precisedelta(rounded, minimum_unit=unit, format="%0.0f")


def size(count: int) -> str:
    """Return a number of bytes in the decimal unit that suits it, such as 17.3 MB."""
    return humanize.naturalsize(count, format="%.1f").replace(".0 ", " ").replace("Bytes", "bytes")
