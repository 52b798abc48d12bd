"""The Probe benchmark's precision-recall curves, and which methods its figures show."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.charts.precision_recall import precision_recall
from ugrn_core.dashboard.theme import Palette

# Variants of what is shown, and random weights of more than the headline: in the table only.
_VARIANTS = ("vvp-", "gdt-", "pert-abs", "pert-virtual")
_RANDOM = ("stacked", "ensemble", "emb")
_CURVES = ("stacked", "ensemble", "attn", "popularity oracle", "corpus SVD")


def pictured(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that figures show: few enough to read."""
    random = _is_random(rows)
    variant = rows["probe"].str.startswith(_VARIANTS)
    return rows[~variant & (~random | rows["probe"].isin(_RANDOM))]


def draw(cell: pd.DataFrame, name: str, colours: Palette) -> None:
    """Draw the curves of one cell's rows; nothing where the table keeps none."""
    if "precision_at_recall" not in cell:
        return
    rows = cell[cell["precision_at_recall"].notna() & cell["probe"].isin(_CURVES)]
    rows = rows[~_is_random(rows)]
    if rows.empty:
        return
    curves = [
        (row.method, row.kind == "control", np.asarray(row.precision_at_recall, dtype=float))
        for row in rows.itertuples()
    ]
    st.plotly_chart(
        precision_recall(curves, float(rows["prevalence"].iloc[0]), colours),
        config=CONFIG,
        key="precision_recall",
        alt=f"Precision over recall of {len(curves)} methods on {name}",
    )
    st.caption("Precision over recall; grey: controls; dotted: chance.")


def _is_random(rows: pd.DataFrame) -> pd.Series:
    """Return which rows are of random weights; older tables do not say."""
    known = rows.get("random_weights", False)
    return pd.Series(known, index=rows.index).fillna(False).astype(bool)
