"""The network of a cell type, along a trajectory: what real cells as the background change."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.sections.contexts import asking, cells_map, changed_sets, showing
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.contexts import spec as context_spec


@page.page("Contexts", "How do edges change from cell type to cell type, from stage to stage?")
def draw(view: View) -> None:
    spec, colours = asking.question(view), page.colours()
    if spec is None:
        return
    with st.spinner("Grouping the cells"):
        ready = context_spec.prepare(view.settings, spec)
    asking.described(ready)
    asking.worth(view)
    results = asking.results_or_offer(view, spec)
    if results is None:
        cells_map.draw(view, spec, ready, colours)
        return
    showing.numbers(results)
    st.header("One pair across contexts", anchor=False)
    showing.pair(view, spec, ready, results, colours)
    st.header("Regulators whose targets change most", anchor=False)
    showing.regulators(results, colours)
    changed_sets.section(view, spec, ready, results, colours)
    st.header("Edges gained and lost", anchor=False)
    showing.contrast(results, colours)
    cells_map.draw(view, spec, ready, colours)
    st.header("Take it with you", anchor=False)
    showing.downloads(results)
