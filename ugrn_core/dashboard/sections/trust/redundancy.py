"""What a backbone's curves say that its own gene table does not, as `bench redundancy` measured."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.evaluation.shipped import redundancy_table
from ugrn_core.markdown import literal

EXPLAINED = "variance explained by a_i(v) b_j cos_ij"
SHARES = {
    EXPLAINED: "variance of all responses that the gene table explains",
    "correlation of VVP and GDT": "correlation of VVP and GDT (1: one number)",
    "antisymmetric share": "share of the response that depends on the direction",
    "curvature": "share of the response that no straight line explains",
    "sign changes of VVP": "pairs whose response has both signs",
}
SCORES = {
    "AUPRC of centred cosine": "the gene table's centred cosine",
    "AUPRC of VVP": "mean response (VVP)",
    "VVP ahead of centred cosine": "mean response, ahead of that cosine",
    "AUPRC of residual": "what the gene table leaves of the response",
}


def draw(view: View) -> None:
    """Draw the table of the backbone in use, or say how to make one."""
    st.header("What the curves add to the gene table", anchor=False)
    everything, name = redundancy_table(view.settings), view.backbone.name
    rows = everything[everything["backbone"] == name]
    if rows.empty:
        st.caption(
            f"Not measured for {literal(name)}: `python -m ugrn_core bench redundancy --backbone "
            "NAME --data BEELINE --out redundancy.csv` does it."
        )
        return
    st.markdown(sentence(rows))
    st.dataframe(table(rows), hide_index=True)
    st.caption(
        "The gene table's product is a number of the regulator at each value, times one of the "
        "target, times the cosine of their vectors. Scores: AUPRC under matched sampling (chance "
        "0.5), everything centred, with 95 % intervals; nothing trained. Made by `python -m "
        f"ugrn_core bench redundancy --backbone {literal(name)} --data BEELINE`."
    )


def sentence(rows: pd.DataFrame) -> str:
    """Return in words how much of the curves is the gene table's, from one backbone's `rows`."""
    told = [
        f"{100 * row.value:.0f} % on {row.dataset}"
        for row in rows[rows["quantity"] == EXPLAINED].itertuples()
    ]
    ahead = rows[rows["quantity"] == "VVP ahead of centred cosine"]
    better, worse = int((ahead["low"] > 0).sum()), int((ahead["high"] < 0).sum())
    return (
        f"**The backbone's own gene table explains {' and '.join(told)} of its responses.** Ranked "
        f"by response alone, pairs come out better than by the table's cosine in {better} of "
        f"{len(ahead)} tests and worse in {worse}; in the others the interval includes no "
        "difference."
    )


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row a quantity and network, one column a data set, with intervals where known."""
    names = {**SHARES, **SCORES}
    told = rows[rows["quantity"].isin(names)].copy()
    told["what"] = told["quantity"].map(names)
    told["order"] = told["quantity"].map(list(names).index)
    told["shown"] = [
        f"{r.value:.3f}" if pd.isna(r.low) else f"{r.value:.3f} ({r.low:.3f} to {r.high:.3f})"
        for r in told.itertuples()
    ]
    wide = told.pivot(index=["network", "order", "what"], columns="dataset", values="shown")
    wide = wide.sort_index().reset_index().drop(columns="order").fillna("–")
    return wide.rename(columns={"network": "reference network", "what": "quantity"})
