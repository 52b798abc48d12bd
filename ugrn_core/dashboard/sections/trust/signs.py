"""How often a proposed sign is right, by backbone and data set, as `bench signs` measured."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import probe_now
from ugrn_core.experiment.references.judging import FEWEST
from ugrn_core.experiment.references.measured import CHANCE, GOES_WITH_SIGN, signs_table
from ugrn_core.markdown import literal

CENTRED = f"{GOES_WITH_SIGN}, centred"


def draw(view: View) -> None:
    """Draw AUROC and intervals of every backbone measured, the one in use first."""
    st.header("Signs: activation or repression", anchor=False)
    _shipped(view)
    _here(view)


def _shipped(view: View) -> None:
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


def _here(view: View) -> None:
    """Draw how right the signs of the view's own run are by each signed reference looked at."""
    results = None if view.backbone.is_control else probe_now.finished(view)
    if results is None:
        return
    rows = by_reference(results.worth)
    st.subheader(literal(f"{view.backbone.name} on {view.title}"), anchor=False)
    if rows.empty:
        st.caption(
            f"No reference knows the sign of {FEWEST} pairs of this run or more. Give a table of "
            "known signs (TRRUST's, CollecTRI's, your own), and it is judged here, on Regulators "
            "and on Gene pair."
        )
    else:
        filled = "filled" if results.signs_shown else "empty: an interval reaches down to 0.5"
        st.dataframe(rows, hide_index=True, key="signs_here", alt="Signs of this run, by reference")
        st.caption(
            "AUROC of up against down on the run's own pairs, 95 % interval over regulators; "
            "right: share whose proposed sign is the known one. The column `sign` of this run is "
            f"{filled}."
        )
    navigation.link("data", "Add known signs", ":material/library_add:", part="references")


def by_reference(worth: Mapping) -> pd.DataFrame:
    """Return one row a signed reference of what a run is worth: pairs, AUROC and its interval."""
    rows = [
        {
            "Reference": name,
            "Pairs": score["edges"],
            "Activating": f"{score['activating']:.0%}",
            "Right": f"{score['right']:.0%}",
            "AUROC": _interval(score.get("auroc"), score.get("low"), score.get("high")),
        }
        for name, score in worth["sign"].items()
    ]
    return pd.DataFrame(rows)


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
    ends = (None if pd.isna(v) else v for v in (row.auroc_low, row.auroc_high))
    return _interval(row.auroc, *ends)


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "of one kind of sign there is none"
    return f"{value:.2f}" if low is None or high is None else f"{value:.2f} ({low:.2f}-{high:.2f})"
