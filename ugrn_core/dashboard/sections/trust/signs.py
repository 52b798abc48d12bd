"""How often a proposed sign is right, by backbone and data set, as `bench signs` measured."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.references.measured import CHANCE, GOES_WITH_SIGN, signs_table
from ugrn_core.markdown import literal

CENTRED = f"{GOES_WITH_SIGN}, centred"


def draw(view: View) -> None:
    """Draw AUROC and intervals of every backbone measured, the one in use first."""
    st.header("Signs: activation or repression", anchor=False)
    everything, name = signs_table(view.settings), view.backbone.name
    if everything.empty:
        st.caption(
            "Not measured: `python -m ugrn_core bench signs --backbone NAME --known TABLE --data "
            "BEELINE --out signs.csv` does it."
        )
        return
    st.markdown(sentence(everything, name))
    st.dataframe(
        table(everything, name),
        hide_index=True,
        key="signs_measured",
        alt="AUROC of proposed signs, one row a data set, one column a backbone",
    )
    known = ", ".join(sorted(everything["known"].unique()))
    st.caption(
        f"AUROC of up against down by the mean slope, whose sign the column `sign` is, on pairs of "
        f"each panel whose sign is known ({literal(known)}); in brackets the 95 % interval over "
        "regulators, 0.5 is chance. Where it reaches down to 0.5 the column stays empty, on pages "
        "and in files. Centred: less what the target answers all regulators."
    )


def sentence(everything: pd.DataFrame, backbone: str) -> str:
    """Return on how many data sets the signs of a backbone are better than chance."""
    rows = everything[everything["backbone"] == backbone]
    if rows.empty:
        return f"**{literal(backbone)} was not measured**; others were:"
    plain, centred = (rows[rows["number"] == number] for number in (GOES_WITH_SIGN, CENTRED))
    above, own = ((part["auroc_low"] > CHANCE).sum() for part in (plain, centred))
    tests = plain.groupby(["dataset", "known"]).ngroups
    return (
        f"**The proposed sign of {literal(backbone)} is better than chance on {above} of {tests} "
        f"data sets**, and on {own} once what each target answers everybody is taken out: "
        "elsewhere it tells of the target, not of the pair."
    )


def table(everything: pd.DataFrame, backbone: str) -> pd.DataFrame:
    """Return one row a data set and reference of signs: pairs, and AUROC with its interval under
    each backbone, that of `backbone` first and centred, too."""
    names = list(dict.fromkeys(everything["backbone"]))
    names.sort(key=lambda name: name != backbone)
    keys = ["dataset", "known"]
    counts = everything.drop_duplicates(keys)
    columns = {
        "Data set": [d.removeprefix("beeline-") for d in counts["dataset"]],
        "Pairs": counts["pairs"].to_list(),
        "Regulators": counts["regulators"].to_list(),
    }
    for name in names:
        for number, title in ((GOES_WITH_SIGN, name), (CENTRED, f"{name}, centred")):
            if number == CENTRED and name != backbone:
                continue
            part = everything[(everything["backbone"] == name) & (everything["number"] == number)]
            cells = {(row.dataset, row.known): _shown(row) for row in part.itertuples()}
            pairs = zip(counts["dataset"], counts["known"])
            columns[title] = [cells.get(key, "–") for key in pairs]
    if everything["known"].nunique() > 1:
        columns["Known from"] = counts["known"].to_list()
    return pd.DataFrame(columns)


def _shown(row) -> str:
    if pd.isna(row.auroc_low):
        return f"{row.auroc:.2f}"
    return f"{row.auroc:.2f} ({row.auroc_low:.2f}-{row.auroc_high:.2f})"
