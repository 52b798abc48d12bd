"""My own cells and other models: bring a file of cells, or bring a model to ask."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.sections import data
from ugrn_core.dashboard.sections.models import shown
from ugrn_core.dashboard.shell import address, page
from ugrn_core.dashboard.shell.sentences import sentences
from ugrn_core.dashboard.shell.sidebar import View

PARTS = {"cells": "My cells", "models": "Models"}


def cells(view: View) -> None:
    """Draw how a file of cells comes in, and the data sets that came so."""
    data.added(view)
    st.header("Add cells", anchor=False)
    with sentences():
        given = data.file_in(view)
        if given is not None:
            data.form(view, given)
    st.header("My data sets", anchor=False)
    data.mine(view)
    st.caption("Depth, sex and batch of the cells are as they came: nothing is corrected for them.")


@page.page(
    "Data",
    "How do I ask about my own cells, or ask another model? Bring a file of cells, which never "
    "leaves this machine, or bring a model.",
)
def draw(view: View) -> None:
    if address.switch("Bring", "part", PARTS) == "models":
        shown.draw(view)
    else:
        cells(view)
