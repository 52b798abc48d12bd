"""What a pair's numbers say, in plain sentences."""

from __future__ import annotations

import math

import numpy as np


def score_sentence(row: dict, pairs: int) -> str:
    """Return where a pair stands among all `pairs` of its run."""
    rank = int(row["rank"])
    probability = row.get("probability")
    if probability is None or math.isnan(probability):
        score = "No translator is fitted to this backbone, so pairs are ranked by their GDT peak:"
    else:
        score = f"The translator scores this pair **{probability:.2f}** (0 to 1):"
    top = 100 * rank / max(pairs, 1)
    return f"{score} rank **{rank:,}** of {pairs:,}, in the top {_percent(top)}."


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
