"""Does it matter what a translator was trained on? Every source against every target."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.charts.scores import accuracy_map
from ugrn_core.dashboard.theme import Palette

_PROBE = "stacked"
_FEWEST = 3  # sources: with fewer there is nothing to compare


def draw(table: pd.DataFrame, sampling: str, genes: str, colours: Palette) -> None:
    """Draw AUPRC of the stacked translator by source and target; nothing with few sources.

    Rows of our recipe are shown, which trains on matched negatives.
    """
    wide = by_source(table, sampling, genes)
    if wide.empty:
        return
    st.header("Any source to any target", anchor=False)
    named = wide.assign(row=wide["network"] + " · from " + wide["source"])
    grid = named.pivot_table("auprc", "row", "dataset", sort=False, dropna=False)
    grid = grid[sorted(grid.columns)]
    st.plotly_chart(
        accuracy_map(grid, colours),
        config=CONFIG,
        key="sources",
        alt=f"AUPRC of the stacked translator, {len(grid)} sources by {len(grid.columns)} targets",
    )
    st.caption(
        "Rows: what the stacked translator was trained on. A data set is never tested on itself."
    )


def by_source(table: pd.DataFrame, sampling: str, genes: str) -> pd.DataFrame:
    """Return the stacked translator's rows on BEELINE's smaller gene set, of every network with
    sources enough."""
    rows = table[(table["probe"] == _PROBE) & (table["sampling"] == sampling)]
    for column, wanted in (("genes", genes), ("recipe", "centred"), ("gene_set", "TFs+500")):
        if column in rows:
            rows = rows[rows[column] == wanted]
    if "random_weights" in rows:
        rows = rows[~rows["random_weights"].fillna(False).astype(bool)]
    several = rows.groupby(["source", "network"])["auprc"].transform("count") > 1
    rows = rows[several]
    enough = rows.groupby("network")["source"].transform("nunique") >= _FEWEST
    return rows[enough].sort_values(["network", "source"], kind="stable")
