"""What a pair's numbers say, in plain sentences."""

from __future__ import annotations

import math

import numpy as np

_STRENGTHS = ((99, "a strong candidate"), (95, "a candidate"), (75, "a weak candidate"))
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def verdict(row: dict, pairs: int) -> str:
    """Return in one sentence what the model makes of a pair, by its place among all `pairs`."""
    source, target = literal(str(row["source"])), literal(str(row["target"]))
    rank, percentile = int(row["rank"]), float(row["percentile"])
    strength = next((words for least, words in _STRENGTHS if percentile >= least), None)
    place = f"rank {rank:,} of {pairs:,} pairs"
    if strength is not None:
        place += f", the top {_percent(100 * rank / max(pairs, 1))}"
    probability = row.get("probability")
    if probability is None or math.isnan(probability):
        place += ", by the GDT peak, since no translator is fitted to this backbone"
    if strength is None:
        return f"**This model gives no reason to think that {source} acts on {target}**: {place}."
    return f"**For this model {source} is {strength} to act on {target}**: {place}."


def curve_sentence(
    names: tuple[str, str], grid: np.ndarray, vvp: np.ndarray, outside: int | None
) -> str:
    """Return what the response curve `vvp` (T,) over `grid` (T,) does, and whether it stands out.

    outside: at how many grid values the curve leaves the band of random pairs; None if unknown.
    """
    source, target = (literal(n) for n in names)
    top = int(np.abs(vvp).argmax())
    size = float(vvp[top])
    if not np.isfinite(size) or size == 0:
        return f"Changing {source} does not change what the model writes for {target}."
    verb = "raises" if size > 0 else "lowers"
    text = (
        f"Setting {source} to {grid[top]:.3g} {verb} what the model writes for {target} by "
        f"{abs(size):.3g}, the largest change on the grid."
    )
    if outside is None:
        return text
    if outside == 0:
        return f"{text} The curve stays inside the band of ordinary pairs: nothing stands out."
    return f"{text} It leaves the band of ordinary pairs at {outside} of {len(grid)} values."


def reverse_sentence(names: tuple[str, str], forward: float, reverse: float, probed: bool) -> str:
    """Return how the reverse direction compares; scores are NaN where there are none.

    probed: whether the target was probed as a regulator itself.
    """
    source, target = (literal(n) for n in names)
    if not probed:
        return f"{target} is no regulator here, so there is no reverse direction to compare."
    if math.isnan(forward) or math.isnan(reverse):
        return ""
    gap = forward - reverse
    if abs(gap) < 0.05:
        return (
            f"The reverse direction {target} → {source} scores nearly the same ({reverse:.2f}): "
            "read this pair as a link without a direction."
        )
    more = "less" if gap > 0 else "more"
    return f"The reverse direction {target} → {source} scores {more} ({reverse:.2f})."


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


def literal(text: str) -> str:
    """Return `text` so that Markdown shows it letter by letter."""
    for mark in "\\`*_{}[]<>$~#|":
        text = text.replace(mark, "\\" + mark)
    return text.replace(":", ":\u200b")


def _percent(share: float) -> str:
    if share < 0.01:
        return "0.01 %"
    return f"{math.ceil(share * 100) / 100:.2f} %" if share < 1 else f"{math.ceil(share)} %"
