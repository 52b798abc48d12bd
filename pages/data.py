"""My own cells: bring a file, see what it was taken for, correct it, add it, probe it."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.sections import data
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sentences import sentences
from ugrn_core.dashboard.shell.sidebar import View


@page.page("Data", "How do I ask about my own cells? Bring a file; nothing leaves this machine.")
def draw(view: View) -> None:
    data.added(view)
    st.header("Add cells", anchor=False)
    with sentences():
        given = data.file_in(view)
        if given is not None:
            data.form(view, given)
    st.header("My data sets", anchor=False)
    data.mine(view)
    st.caption("Depth, sex and batch of the cells are as they came: nothing is corrected for them.")
