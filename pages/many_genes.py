"""Which regulators explain my list of genes?"""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.sections import many_genes
from ugrn_core.dashboard.sections.biology import sets_shown
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import probe_now
from ugrn_core.dashboard.widgets.gene_sets import gene_sets


@page.page("Many genes", "Which regulators explain my list of genes?")
def draw(view: View) -> None:
    results, colours = probe_now.results(view), page.colours()
    entries = many_genes.chosen_list(view, results)
    if not entries:
        st.caption(
            "Every regulator of the panel on the left is asked: are your genes among its best "
            "targets, and do they rank higher than random lists of the same popularity?"
        )
        return
    answer, key = many_genes.explained(view, results, entries), f"{view.run_id}-{entries[0]}"
    many_genes.coverage(view, answer, entries, results.whole)
    st.markdown(many_genes.headline(answer.table))
    many_genes.winners(answer.table, colours, key)
    many_genes.take_along(answer, results, entries, view.run_id)
    st.caption(many_genes.how_compared(results))
    st.header("Network of the first", anchor=False)
    many_genes.drawing(results, answer, colours, key)
    st.header("Gene sets in your list", anchor=False)
    sets = gene_sets(view)
    table = many_genes.sets_of_list(view, results, answer, sets)
    about = results.provenance | {"listed": list(answer.genes)}
    sets_shown.shown(table, sets, colours, about, stem="ugrn-list-sets", key="list_sets")
