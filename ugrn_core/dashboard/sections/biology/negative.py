"""The targets that a regulator moves furthest below what others do: candidates for repression."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.widgets.download_buttons import rows_button
from ugrn_core.experiment.biology.signs import most_negative
from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal

COUNT = 25


def section(results: Results, regulator: str, run_id: str) -> None:
    """Draw, folded away, the most negative targets of a regulator; of an atlas, which keeps the
    best pairs alone, say where to ask."""
    if not results.whole:
        st.caption(
            f"What {literal(regulator)} may repress is not among these: the atlas keeps the best "
            "pairs. In a panel (a list of your own, on the left) its most negative targets are a "
            "list of their own."
        )
        return
    title = f"What {literal(regulator)} may repress: its most negative targets"
    with st.expander(title, icon=":material/south:"):
        table = _table(str(results.edges_path), regulator, results)
        event = _drawn(table, f"negative-{run_id}-{regulator}")
        st.caption(
            "The ranking by score has hardly any repression at its top. These are the targets that "
            "answer this regulator furthest below what they answer the others. On over-expression "
            "in real cells the centred sign of our backbones is chance (docs/biology.md): "
            "candidates, no more."
        )
        rows_button(
            lambda: table, results.provenance, f"ugrn-{regulator}-negative", "These rows, CSV"
        )
        if cells := event["selection"]["cells"]:
            target = str(table.iloc[cells[0][0]]["target"])
            navigation.go("gene_pair", source=regulator, target=target)


def _drawn(table: pd.DataFrame, key: str):
    """Draw the rows; return what is picked of them."""
    return st.dataframe(
        table[["target", "centred", "vvp_effect", "rank"]],
        hide_index=True,
        height=320,
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        alt=f"The {len(table)} most negative targets",
        column_config={
            "target": st.column_config.TextColumn("Target"),
            "centred": st.column_config.NumberColumn(
                "Below the others by",
                format="%.4f",
                help="VVP effect, less its mean over all regulators of the target",
            ),
            "vvp_effect": st.column_config.NumberColumn("VVP effect", format="%.4f"),
            "rank": st.column_config.NumberColumn("Rank", format="localized"),
        },
    )


@st.cache_data(max_entries=128, show_spinner=False)
def _table(path: str, regulator: str, _results: Results) -> pd.DataFrame:
    return most_negative(edges.everything(_results), COUNT, source=regulator)
