"""My own cells, other models, known edges: bring a file of cells, a model to ask, a table."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.sections import data
from ugrn_core.dashboard.sections.known import references
from ugrn_core.dashboard.sections.models import shown
from ugrn_core.dashboard.shell import address, page
from ugrn_core.dashboard.shell.sentences import sentences
from ugrn_core.dashboard.shell.sidebar import View

PARTS = {"cells": "My cells", "models": "Models", "references": "References"}


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
    "How do I ask about my own cells, ask another model, or hold scores against what is known? "
    "Bring a file, which never leaves this machine, or bring a model.",
)
def draw(view: View) -> None:
    draws = {"cells": cells, "models": shown.draw, "references": references.draw}
    draws[address.switch("Bring", "part", PARTS)](view)
