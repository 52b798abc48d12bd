"""Tables of gene sets as a chart, a table and a file: the same on every page."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts.enrichment import MOST, dots
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.download_buttons import rows_button
from ugrn_core.dashboard.widgets.gene_sets import set_title
from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.enrichment.membership import LARGEST, SMALLEST
from ugrn_core.markdown import literal

CUT = 0.05  # q
OTHERS = "for regulators of the same degree, too"
OWN = 0.1  # share of regulators alike that may have as much of a set that is this one's own


def shown(
    table: pd.DataFrame,
    sets: GeneSets,
    colours: Palette,
    about: Mapping,
    *,
    stem: str,
    key: str,
    others: str = OTHERS,
) -> None:
    """Draw a table of sets (`enrichment`): sentence, dots, rows, download, source. others: whose
    a set is, too, that is not its own."""
    if table.empty:
        st.info(
            f"None of the {len(sets):,} sets of {literal(sets.title)} has {SMALLEST} to {LARGEST} "
            "genes among those asked about here. Choose another collection, or a larger panel."
        )
        return
    st.markdown(sentence(table, others))
    st.plotly_chart(
        dots(_rows(table), colours, "−log10 q", -np.log10(CUT), names=_looks(table)),
        config=CONFIG,
        key=f"{key}_dots",
        alt=f"The {min(MOST, len(table))} gene sets furthest from chance",
    )
    _table(table, key)
    rows_button(lambda: table, {**about, "sets": sets.about()}, stem, "All sets, CSV")
    whose = f"{literal(sets.title)}: {literal(sets.source) or 'your file'}; licence {sets.licence}."
    st.caption(
        f"{whose} {len(table):,} sets tested, those with {SMALLEST} to {LARGEST} genes "
        "here; q after Benjamini and Hochberg."
    )


def sentence(table: pd.DataFrame, others: str = OTHERS) -> str:
    """Return how many sets are beyond chance and how many of these are the regulator's own."""
    passed = table[table["q"] < CUT]
    if passed.empty:
        best = table.iloc[0]
        return (
            f"**No set is beyond chance** at q < {CUT:g}: {literal(set_title(best['set']))} comes "
            f"nearest, with q {best['q']:.2g}."
        )
    are = "is" if len(passed) == 1 else "are"
    said = f"**{len(passed):,} of {len(table):,} sets {are} beyond chance** at q < {CUT:g}"
    if "alike" not in table:
        return f"{said}; first {literal(set_title(passed.iloc[0]['set']))}."
    own = passed[passed["alike"] <= OWN]
    if own.empty:
        whole = "that one" if len(passed) == 1 else "every one of them"
        return f"{said}, and {whole} {others}."
    return f"{said}, {len(own):,} of them its own; first {literal(set_title(own.iloc[0]['set']))}."


def _looks(table: pd.DataFrame) -> tuple[str, str]:
    """Return what filled and hollow dots are."""
    beyond = "beyond chance"
    return (f"{beyond}, its own", "others', too, or not") if "alike" in table else (beyond, "not")


def _rows(table: pd.DataFrame) -> pd.DataFrame:
    size = table["overlap"] if "overlap" in table else table["size"]
    own = table["q"] < CUT
    if "alike" in table:
        own &= table["alike"] <= OWN
    q = np.maximum(table["q"].fillna(1.0), 1e-300)
    hover = [f"{set_title(row.set)}: q {row.q:.2g}, {_strength(row)}" for row in table.itertuples()]
    names = [_arrow(row) + set_title(row.set) for row in table.itertuples()]
    columns = {"name": names, "value": -np.log10(q), "own": own, "size": size, "hover": hover}
    return pd.DataFrame(columns)


def _arrow(row) -> str:
    return {1: "▲ ", -1: "▼ "}[row.direction] if hasattr(row, "direction") else ""


def _strength(row) -> str:
    if hasattr(row, "auroc"):
        return f"AUROC {row.auroc:.2f} of {row.size} genes"
    return f"{row.overlap} of {row.size} genes, {row.expected:.1f} expected"


def _table(table: pd.DataFrame, key: str) -> None:
    names = ["size", "overlap", "expected", "fold", "auroc", "q", "alike"]
    names += ["contexts", "auroc_random", "q_random", "overlap_alike", "auroc_alike", "genes"]
    frame = pd.DataFrame({"set": [set_title(name) for name in table["set"]]})
    for name in names:
        if name in table:
            frame[name] = table[name]
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        frame,
        hide_index=True,
        height=320,
        key=f"{key}_table",
        alt=f"Table of {len(frame)} gene sets",
        column_config={
            "set": text("Gene set", pinned=True),
            "size": number("Genes here", help="Of the set, among all genes asked about"),
            "overlap": number("Overlap", help="Of these, among the chosen ones"),
            "expected": number("Expected", format="%.1f", help="By chance"),
            "fold": number("Fold", format="%.2f", help="Overlap over expected"),
            "auroc": number("AUROC", format="%.3f", help="0.5 by chance; above: ranks high"),
            "q": number("q", format="%.2g", help="Benjamini and Hochberg over the sets tested"),
            "alike": number(
                "Alike",
                format="%.2f",
                help="Share of those it is compared with (below) that have as much of it: small "
                "where the set is this one's own",
            ),
            "contexts": number("Contexts", help="In which it is beyond chance to the same side"),
            "auroc_random": number("AUROC, random weights", format="%.3f"),
            "q_random": number(
                "q, random weights",
                format="%.2g",
                help="The same network with weights drawn at random: what its shape alone brings",
            ),
            "overlap_alike": number("Overlap, alike", format="%.1f", help="Their mean overlap"),
            "auroc_alike": number("AUROC, alike", format="%.3f", help="Their mean AUROC"),
            "genes": text("Genes", width="large"),
        },
    )
