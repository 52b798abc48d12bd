"""What this machine is computing and has computed; it goes on when the tab is closed."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.sections import runs
from ugrn_core.dashboard.sections.contexts import on_runs
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sidebar import View


@page.page(
    "Runs",
    "What is this machine computing, and what has it finished? A run has a process of its own: "
    "close the tab, come back, and find it here.",
)
def draw(view: View) -> None:
    st.header("Computing now", anchor=False)
    runs.draw(view, alone=not on_runs.there(view))
    on_runs.draw(view)
    st.header("Finished", anchor=False)
    runs.finished(view)
