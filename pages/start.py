"""What is this, and where do I begin?"""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.sections import start
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import probe_now


@page.page(
    "Who regulates my gene?",
    "Type a gene: see what a single-cell foundation model has learned about who regulates it.",
)
def draw(view: View) -> None:
    gene, ways_on = start.search(view), st.container()
    results = probe_now.results_or_offer(view)
    if gene is not None:
        with ways_on:
            start.ways(*gene, results)
    if results is not None:
        start.examples(view, results, page.colours())
    start.what_this_is()
