"""Whether real cells as the background help a backbone to know edges, as `bench contexts`
measured."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.catalog import identity
from ugrn_core.experiment.contexts.worth import table as worth
from ugrn_core.experiment.contexts.worth.stages import FALLING, RISING
from ugrn_core.experiment.contexts.worth.trial import FLAT, OTHER, OWN
from ugrn_core.markdown import literal


def draw(view: View) -> None:
    """Draw what real cells in place of the flat virtual cell are worth, or say how to measure."""
    st.header("Real cells as the background", anchor=False)
    backbone = identity.known(view.spec.backbone, view.settings)
    of = view.settings, backbone.name, backbone.checksum
    rows = worth.measured(*of)
    command = (
        f"`python -m ugrn_core bench contexts --backbone {literal(backbone.name)} --data BEELINE "
        "--out contexts.csv --stages context-stages.csv`"
    )
    if rows.empty:
        st.caption(f"Not measured for the weights of {literal(backbone.name)}: {command} does it.")
        return
    st.markdown(f"**{worth.verdict(rows).capitalize()}.** {worth.sentence(rows)}")
    st.dataframe(
        by_network(rows),
        hide_index=True,
        column_config={c: st.column_config.NumberColumn(format="%.3f") for c in (FLAT, OWN, OTHER)},
        alt="AUPRC of the flat virtual cell, own cells and another data set's cells",
    )
    stages = worth.measured_stages(*of)
    if not stages.empty:
        st.markdown(worth.stage_sentence(stages))
        with st.expander("Regulators of known stage", icon=":material/timeline:"):
            known = stages[stages["known"].isin((RISING, FALLING))]
            st.dataframe(
                known[["dataset", "regulator", "known", "expression", "rise", "effect"]],
                hide_index=True,
                alt="Regulators whose stage is known, and their course over six stages",
            )
            st.caption(
                "Spearman's correlation with the order of six stages of pseudotime. Rise: root "
                "mean square over targets of what the regulator could do there; effect: of the "
                "answer to its knock-out, which falls with its own expression by itself."
            )
    st.caption(
        "AUPRC under matched sampling (chance 0.5) of the rise, less the means of regulator and "
        "target; nothing trained. Another data set: the one that measures the most of the genes "
        f"and shares no cell; genes it lacks carry 0. Made by {command}."
    )


def by_network(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a data set, network and readout: AUPRC of each background, centred."""
    centred = rows[(rows["score"] == "centred") & rows["condition"].isin((FLAT, OWN, OTHER))]
    wide = centred.pivot_table(
        index=["dataset", "network", "readout", "edges"], columns="condition", values="auprc"
    ).reset_index()
    wide.columns.name = None
    return wide.rename(columns={"network": "reference network", "edges": "known edges"})
