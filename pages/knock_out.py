"""What becomes of the others when a gene is switched off, or turned up?"""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.sections import knock_out
from ugrn_core.dashboard.sections.biology import knock_out_panel
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import probe_now
from ugrn_core.experiment.catalog.backbones import NO_TORCH, can_compute
from ugrn_core.experiment.catalog.datasets import ALL_GENES
from ugrn_core.experiment.runs import spec as run_spec


@page.page("Knock-out", "What becomes of the others when a gene is switched off, or turned up?")
def draw(view: View) -> None:
    first = None
    if view.spec.dataset == ALL_GENES:
        made = knock_out_panel.controls(view, probe_now.results(view))
        if made is None:
            st.info("Choose a gene that the atlas knows.")
            return
        view, first = made
    if not run_spec.prepare(view.settings, view.spec).backbone.defaults.readouts:
        st.info("This backbone reconstructs no expression, so nothing answers. Choose another.")
        return
    chosen = knock_out.controls(view, first)
    if chosen is None:
        st.info("Choose a gene to switch off.")
        return
    if not can_compute():
        st.info(NO_TORCH, icon=":material/download:")
        return
    table, colours = knock_out.table_of(chosen), page.colours()
    st.markdown(knock_out.headline(chosen, table))
    if stand := knock_out.before(chosen, table):
        st.caption(stand)
    knock_out.chart(chosen, table, colours)
    knock_out.rows(chosen, table)
    knock_out.sets(chosen, table, colours)
