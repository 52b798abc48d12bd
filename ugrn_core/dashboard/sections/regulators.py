"""Tables of ranked edges and of genes left out, with columns a biologist can read."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.shell.address import toggle
from ugrn_core.dashboard.text import sign_word
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.worth import one_number
from ugrn_core.markdown import literal

SIDES = {"regulators": "Its regulators", "targets": "Its targets"}
_WHOLE = 14  # rows of a ranked table that are shown without scrolling


def headline(gene: str, side: str, table: pd.DataFrame, total: int = 0) -> str:
    """Return one sentence over the table: how many, and the best. total: how many there are in
    all, where the table holds the best alone."""
    other = "source" if side == "target" else "target"
    best = ", ".join(f"**{literal(g)}**" for g in table[other].head(3))
    word = "regulators" if side == "target" else "targets"
    if total:
        return (
            f"The best {len(table):,} of {total:,} {word} asked about for **{literal(gene)}**: "
            f"{best} before all."
        )
    return f"{len(table):,} possible {word} of **{literal(gene)}**, best first: {best}."


def nothing(gene: str, side: str, known: int) -> None:
    """Say why there is no row for a gene. side: as in `ranked`. known: regulators probed."""
    st.info(
        f"{literal(gene)} is not among the {known:,} regulators probed here, so it has no targets. "
        "Switch to its regulators."
        if side == "source"
        else f"No regulator of this panel was probed against {literal(gene)}."
    )


def more_columns() -> bool:
    """Draw the switch of the columns that say little, and return whether it is on."""
    return toggle(
        "More columns",
        "columns",
        help="Sign, reverse score, and what else says little or nothing new; files hold them all",
    )


def left_out(worth: Mapping) -> tuple[str, ...]:
    """Return the columns that the table begins without: they carry little or nothing new."""
    return ("sign", "reverse_probability", *(("gdt_peak",) if one_number(worth) else ()))


def ranked(
    table: pd.DataFrame,
    side: str,
    reference: str | None,
    key: str,
    results: Results,
    *,
    without: Collection[str] = (),
) -> pd.Series | None:
    """Draw the ranked table and return the row that was clicked, if one was.

    side: which end of the pair is the same in all rows (source or target). without: columns.
    """
    relaxed = "gdt" in results.provenance
    shown = shown_columns(table, side, reference)
    shown = shown.drop(columns=[name for name in without if name in shown])
    event = st.dataframe(
        shown,
        hide_index=True,
        height="content" if len(shown) <= _WHOLE else 530,
        column_config=_columns("Regulator" if side == "target" else "Target", relaxed),
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        placeholder="–",
        alt=f"Ranked table of {len(shown)} pairs",
    )
    cells = event["selection"]["cells"]
    return table.iloc[cells[0][0]] if cells else None


def shown_columns(table: pd.DataFrame, side: str, reference: str | None) -> pd.DataFrame:
    """Return the table as shown: signs as words, references as one column of names."""
    other = "source" if side == "target" else "target"
    known = [c for c in table.columns if c.startswith("in_")]
    shown = pd.DataFrame({"gene": table[other]})
    shown["probability"] = table["probability"]
    shown["rank"] = table["rank"]
    shown["percentile"] = table["percentile"]
    shown["sign"] = [sign_word(s) for s in table["sign"]]
    shown["vvp_effect"] = table["vvp_effect"]
    if "gdt_peak" in table:
        shown["gdt_peak"] = table["gdt_peak"]
    shown["reverse_probability"] = table["reverse_probability"]
    for name in ("n_backbones", "n_seeds_stable"):
        if name in table:
            shown[name] = table[name]
    if known:
        first = f"in_{reference}"
        order = sorted(known, key=lambda c: c != first)
        names = [c.removeprefix("in_") for c in order]
        flags = table[order].fillna(False).to_numpy(dtype=bool)
        shown["known"] = [", ".join(n for n, f in zip(names, row) if f) or "–" for row in flags]
    return shown.dropna(axis=1, how="all")


def _columns(other: str, relaxed: bool) -> dict:
    number, config = st.column_config.NumberColumn, st.column_config
    return {
        "gene": config.TextColumn(other),
        "probability": config.ProgressColumn(
            "Score",
            min_value=0.0,
            max_value=1.0,
            format="%.3f",
            help="The translator's opinion, 0 to 1: a probability only where half of the pairs are "
            "regulatory, as in its training; in a whole network few are, so read the rank",
        ),
        "rank": number("Rank", format="localized", help="Among all pairs of this run; 1 is best"),
        "percentile": number("Percentile", format="%.2f", help="Share of pairs at or below it"),
        "sign": config.TextColumn(
            "Sign",
            help="Of the mean slope: a guess; what it is worth stands below the table",
        ),
        "vvp_effect": number("VVP effect", format="%.3f", help="Largest change of the target"),
        "gdt_peak": number(
            "GDT peak, relaxed" if relaxed else "GDT peak",
            format="%.3f",
            help="Steepest slope of the target",
        ),
        "reverse_probability": number("Reverse", format="%.3f", help="Score of target → source"),
        "n_backbones": number(
            "Backbones, top 5 %",
            help="In how many of the backbones asked about this panel, this one included, the pair "
            "is in the top 5 %; one that does not know a gene counts as not",
        ),
        "n_seeds_stable": number(
            "Seeds, top 5 %", help="With how many of its seeds the translator puts it there"
        ),
        "known": config.TextColumn("Known in", help="Reference networks that hold this edge"),
    }
