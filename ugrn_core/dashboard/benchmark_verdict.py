"""The Probe benchmark's answer at first sight: how often above chance, and how far."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

_MAIN = ("stacked", "ensemble", "gdt", "vvp")  # the first that was measured speaks for the rest
# What knows no regulation, by sampling: the strongest of its kind there, and what to call it.
_YARDSTICK = {
    "matched": ("corpus SVD", "co-expression"),
    "paper": ("popularity oracle", "popularity"),
    "full": ("popularity oracle", "popularity"),
}
_CELL = ["network", "dataset"]


@dataclass(frozen=True, eq=False)
class Verdict:
    """method: whose numbers. cells, above, ahead, behind: measured cells, those whose interval lies
    above chance, those where the method is ahead of the yardstick (None without one) and those
    where it is not. networks: network, auprc, chance, yardstick (medians over its cells)."""

    method: str
    cells: int
    above: int
    ahead: int | None
    behind: int
    yardstick: str
    networks: pd.DataFrame


def verdict(rows: pd.DataFrame, sampling: str) -> Verdict | None:
    """Return what `rows` (benchmark_rows.asked) come to; None where no main method was measured."""
    measured = rows[rows["auprc"].notna()]
    learned = measured[measured["kind"] == "probe"]
    probe = next((p for p in _MAIN if (learned["probe"] == p).any()), None)
    if probe is None:
        return None
    main = learned[learned["probe"] == probe].set_index(_CELL)
    name, words = _YARDSTICK[sampling]
    rival = measured[measured["probe"] == name].set_index(_CELL)["auprc"]
    rival = rival[~rival.index.duplicated()].reindex(main.index)
    networks = (
        main.assign(chance=main["prevalence"], yardstick=rival)
        .groupby("network", sort=False)[["auprc", "chance", "yardstick"]]
        .median()
        .reset_index()
    )
    return Verdict(
        str(main["method"].iloc[0]),
        len(main),
        int((main["auprc_low"] > main["prevalence"]).sum()),
        int((main["auprc"] > rival).sum()) if rival.notna().any() else None,
        int((main["auprc"] <= rival).sum()),
        words,
        networks,
    )


def draw(rows: pd.DataFrame, sampling: str) -> None:
    """Draw the verdict as one sentence and a tile a network; nothing where there is none."""
    found = verdict(rows, sampling)
    if found is None:
        return
    ahead = (
        ""
        if found.ahead is None
        else f"; it is ahead of {found.yardstick} alone in {found.ahead}, not in {found.behind}"
    )
    st.markdown(
        f"**{found.method} lies above chance in {found.above} of {found.cells} cells** of data set "
        f"and network (95 % interval){ahead}. Median AUPRC of each network's cells:"
    )
    for column, row in zip(st.columns(len(found.networks)), found.networks.itertuples()):
        note = f"chance {row.chance:.2f}"
        if not pd.isna(row.yardstick):
            note += f", {found.yardstick} {row.yardstick:.2f}"
        column.metric(
            row.network.removesuffix(" ChIP-seq"), f"{row.auprc:.2f}", delta=note,
            delta_color="off", delta_arrow="off", border=True, height="stretch",
        )  # fmt: skip
