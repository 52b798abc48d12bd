"""The drawn edges as a table: what the drawing shows, for the keyboard and for reading on."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.network.visjs import STATUSES
from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.text import sign_word


def draw(edges: pd.DataFrame) -> None:
    """Draw `edges` of a Drawing as a table; a click leads to the pair."""
    with st.expander("The drawn edges as a table", icon=":material/table:"):
        shown = edges[["source", "target", "probability", "rank"]].assign(
            sign=[sign_word(s) for s in edges["sign"]]
        )
        if "status" in edges:
            shown["status"] = [STATUSES[s].words for s in edges["status"]]
        picked = st.dataframe(
            shown.dropna(axis=1, how="all"),
            hide_index=True,
            on_select="rerun",
            selection_mode="single-cell",
            key="drawn_rows",
            column_config={
                "source": "Regulator",
                "target": "Target",
                "probability": st.column_config.NumberColumn("Score", format="%.3f"),
                "rank": st.column_config.NumberColumn("Rank", format="localized"),
                "sign": "Proposed sign",
                "status": "Beside the reference",
            },
            alt=f"Table of the {len(shown)} drawn edges",
        )
    if picked.selection.cells:
        row = shown.iloc[picked.selection.cells[0][0]]
        navigation.go("gene_pair", source=row["source"], target=row["target"])
