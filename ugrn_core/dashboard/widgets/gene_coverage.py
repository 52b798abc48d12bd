"""Which genes of a data set or list were translated or left out, and why."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

_MANY = 500  # rows of the table of genes left out


def renamed(changed: Sequence) -> None:
    """Draw which names of a pasted list were taken as another; nothing when none was."""
    if not len(changed):
        return
    with st.expander(f"Names of your list that were translated ({len(changed):,}): which, and why"):
        rows = [(given, used, f"{given} is {why}") for given, used, why in changed]
        frame = pd.DataFrame(rows[:_MANY], columns=["given", "used", "why"])
        st.dataframe(frame, hide_index=True, height=240, alt="Names that were translated")
        if len(rows) > _MANY:
            st.caption(f"The first {_MANY} of {len(rows):,}.")


def coverage(left_out: Sequence, counts: str = "") -> None:
    """Draw which genes of the dataset were left out, and why; nothing when none was.

    counts: of a pasted list, what became of all its entries.
    """
    if not len(left_out):
        return
    title = f"Your list: {counts}" if counts else f"Genes that were left out ({len(left_out):,})"
    with st.expander(f"{title}: which, and why"):
        rows = pd.DataFrame([tuple(item)[:2] for item in left_out], columns=["gene", "reason"])
        high = 240 if len(rows) > 5 else "content"
        st.dataframe(rows.head(_MANY), hide_index=True, height=high, alt="Genes left out")
        if len(rows) > _MANY:
            st.caption(f"The first {_MANY} of {len(rows):,}.")
