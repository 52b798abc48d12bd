"""The map of all tests as a list, for narrow screens: one line a test, what matters in it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.queries.benchmark import MAIN
from ugrn_core.markdown import literal


def draw(rows: pd.DataFrame) -> None:
    """Draw the list of `rows` of `queries.benchmark.chosen_rows`; the style sheet shows it where
    the map would be too small to read."""
    with st.container(key="map_as_list"):
        for network, lines in listed(rows).items():
            st.markdown(f"**{literal(network)}**\n\n" + "\n".join(f"- {line}" for line in lines))


def listed(rows: pd.DataFrame) -> dict[str, list[str]]:
    """Return network -> one line a data set: AUPRC of the main method, of the best control, and
    chance; or why there is none."""
    rows = rows.assign(_main=rows["probe"].isin(MAIN) & (rows["kind"] == "probe"))
    table: dict[str, list[str]] = {}
    for (network, dataset), test in rows.groupby(["network", "dataset"], sort=False):
        table.setdefault(str(network), []).append(f"{literal(str(dataset))}: {_line(test)}")
    return table


def _line(test: pd.DataFrame) -> str:
    measured = test[test["auprc"].notna()]
    if measured.empty:
        reasons = [r for r in dict.fromkeys(test["reason"].dropna()) if r]
        return f"not measured{': ' + literal(reasons[0]) if reasons else ''}"
    words = []
    main = measured[measured["_main"]]
    if len(main):
        words.append(f"{literal(main['method'].iloc[0])} **{main['auprc'].iloc[0]:.2f}**")
    controls = measured[measured["kind"] == "control"]
    if len(controls):
        best = controls.loc[controls["auprc"].idxmax()]
        words.append(f"best control {best['auprc']:.2f} ({literal(best['method'])})")
    return ", ".join([*words, f"chance {measured['prevalence'].iloc[0]:.2f}"])
