"""Tables of ranked edges and of genes left out, with columns a biologist can read."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.sections import all_genes
from ugrn_core.dashboard.shell.address import toggle
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.text import sign_word
from ugrn_core.dashboard.widgets import verdict_card, worth
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.worth import one_number
from ugrn_core.markdown import literal

SIDES = {"regulators": "Its regulators", "targets": "Its targets"}
_WHOLE = 14  # rows of a ranked table that are shown without scrolling
_ROW = 33  # its height in pixels at the font of config.toml: said ahead, or what is below moves


def headline(results: Results, gene: str, side: str, table: pd.DataFrame) -> str:
    """Return one sentence over the table: how many, and the best."""
    other = "source" if side == "target" else "target"
    if not results.whole:
        every = set(results.regulators if side == "target" else results.genes) - {gene}
        return all_genes.headline(gene, side, list(table[other]), len(every))
    best = ", ".join(f"**{literal(g)}**" for g in table[other].head(3))
    word = "regulators" if side == "target" else "targets"
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
        help="Percentile, sign, reverse score and what else says little new; files hold them all",
    )


_FIRST = ("place", "gene", "probability", "rank", "known", "n_backbones", "vvp_effect", "gdt_peak")
_SIX = 6


def begins_with(columns: Collection[str], worth: Mapping) -> tuple[str, ...]:
    """Return which of `columns` the table begins with: six, those that say most."""
    useful = [c for c in _FIRST if c in columns and not (c == "gdt_peak" and one_number(worth))]
    return tuple(c for c in columns if c in useful[:_SIX])


def what_it_is_worth(view: View, results: Results, whole: bool) -> None:
    """Draw the card of what scores are good for and, where all columns are shown, what those of
    little worth are worth."""
    verdict_card.draw(view, results.worth)
    if not whole:
        return
    worth.caption(results.worth, edges.summary(view.run_id, results))
    few = all_genes.of_few_values(results.provenance)
    if few:
        st.caption(few)


def ranked(
    table: pd.DataFrame,
    side: str,
    reference: str | None,
    key: str,
    results: Results,
    *,
    whole: bool = True,
) -> pd.Series | None:
    """Draw the ranked table and return the row that was clicked, if one was.

    side: which end of the pair is the same in all rows (source or target). whole: all
    columns, not those it begins with.
    """
    relaxed = "gdt" in results.provenance
    shown = shown_columns(table, side, reference)
    if not whole:
        shown = shown[list(begins_with(tuple(shown), results.worth))]
    event = st.dataframe(
        shown,
        hide_index=True,
        height=_ROW * (len(shown) + 1) + 2 if len(shown) <= _WHOLE else 530,
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
    shown = pd.DataFrame({"place": range(1, len(table) + 1), "gene": table[other].to_numpy()})
    table = table.reset_index(drop=True)
    shown["probability"] = table["probability"]
    shown["rank"] = table["rank"]
    shown["percentile"] = table["percentile"]
    if table["sign"].notna().any():
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
        "place": number("Place", help="Among the rows of this table; 1 is the best", width="small"),
        "gene": config.TextColumn(other),
        "probability": config.ProgressColumn(
            "Score",
            min_value=0.0,
            max_value=1.0,
            format="%.3f",
            help="The translator's opinion, 0 to 1: a probability only where half of the pairs are "
            "regulatory, as in its training; in a whole network few are, so read the rank",
        ),
        "rank": number(
            "Rank of all pairs", format="localized", help="Among all pairs of this run; 1 is best"
        ),
        "percentile": number("Percentile", format="%.2f", help="Share of pairs at or below it"),
        "sign": config.TextColumn(
            "Sign",
            help="Of the mean slope: a guess; what it is worth stands below the table",
        ),
        "vvp_effect": number(
            "Largest response", format="%.3f", help="VVP effect: the largest change of the target"
        ),
        "gdt_peak": number(
            "Steepest slope, relaxed" if relaxed else "Steepest slope",
            format="%.3f",
            help="GDT peak: the steepest slope of the target",
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
