"""What a ranked table says of what is known: never an empty column without a word."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.references.cards import COLLECTRI
from ugrn_core.markdown import literal


def sentence(table: pd.DataFrame, species: str) -> str:
    """Return why no row of `table` is known, which has a column in_<name> a reference; empty where
    one is."""
    flags = [name for name in table.columns if name.startswith("in_")]
    if not flags:
        return f"No reference of {species} genes is on this machine, so nothing is marked as known."
    if table[flags].fillna(False).to_numpy(dtype=bool).any():
        return ""
    names = ", ".join(name.removeprefix("in_") for name in flags)
    pairs = "This pair is" if len(table) == 1 else f"None of these {len(table):,} pairs is"
    said = f"{pairs}{' not' if len(table) == 1 else ''} in a reference here (looked at: {names})."
    return literal(said)


def draw(view: View, table: pd.DataFrame) -> None:
    """Draw the sentence where no row is known, and the way to more references."""
    said = sentence(table, view.species)
    if not said:
        return
    st.caption(said)
    fetch = view.species == "human" and f"in_{COLLECTRI}" not in table
    label = f"Fetch {COLLECTRI}, or add known edges" if fetch else "Add known edges"
    navigation.link("data", label, ":material/library_add:", part="references")
