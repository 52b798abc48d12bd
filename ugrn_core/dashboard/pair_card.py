"""What one pair's numbers come to: one plain sentence, four tiles, and what the curve does."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from ugrn_core.dashboard import text
from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.runs.edges import TOP_PERCENT
from ugrn_core.experiment.runs.results import PairCurves, Results


def draw(view: View, results: Results, row: dict, curves: PairCurves) -> None:
    """Draw the card of the pair in `row`, a row of the edge table."""
    facts = edges.summary(view.run_id, results)
    pairs, share = facts["pairs"], facts["best_signs"].get(int(row["sign"] or 0))
    value = _number(row["probability"])
    reverse = _number(row["reverse_probability"])
    st.markdown(text.verdict(row, pairs))
    tiles = (
        (
            "Score, 0 to 1",
            "no translator" if math.isnan(value) else f"{value:.3f}",
            None if math.isnan(reverse) else f"reverse direction {reverse:.3f}",
        ),
        ("Rank", f"{int(row['rank']):,}", f"of {pairs:,}, percentile {row['percentile']:.2f}"),
        ("Proposed effect", text.sign_word(row["sign"]), _guess(share)),
        ("Known in", *_known(row)),
    )
    for column, (label, shown, note) in zip(st.columns(len(tiles)), tiles):
        column.metric(
            label,
            shown,
            delta=note,
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
        )
    names = (str(row["source"]), str(row["target"]))
    st.caption(
        " ".join(
            (
                text.curve_sentence(names, curves.grid, curves.vvp, outside_null(curves)),
                text.reverse_sentence(names, value, reverse, curves.reverse_vvp is not None),
            )
        )
    )


def outside_null(curves: PairCurves) -> int | None:
    """Return at how many grid values the response leaves the null band; None without a band."""
    low, high = curves.null_vvp_low, curves.null_vvp_high
    if low is None or high is None:
        return None
    return int(((curves.vvp < low) | (curves.vvp > high)).sum())


def _guess(share: float | None) -> str:
    """What a proposed sign is worth: it says little where nearly all of the best pairs have it."""
    if share is None:
        return "from the slope"
    return f"as for {share:.0%} of the best {TOP_PERCENT:g} %"


def _known(row: dict) -> tuple[str, str | None]:
    flags = {k.removeprefix("in_"): bool(v) for k, v in row.items() if k.startswith("in_")}
    if not flags:
        return "–", "no reference network"
    hits = [name for name, yes in flags.items() if yes]
    if len(flags) == 1:
        return ("yes" if hits else "no"), next(iter(flags))
    return f"{len(hits)} of {len(flags)}", ", ".join(hits) or "reference networks"


def _number(value: object) -> float:
    return math.nan if value is None or pd.isna(value) else float(value)
