"""How far can I trust it: every probe beside controls that know no biology."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.queries import benchmark as benchmark_rows
from ugrn_core.dashboard.queries.benchmark import benchmark
from ugrn_core.dashboard.sections import probe_benchmark
from ugrn_core.dashboard.sections.trust import redundancy
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import download_buttons
from ugrn_core.errors import MissingDataError


@page.page(
    "Probe benchmark",
    "How far can I trust it: each probe against known networks, beside controls that know no "
    "biology. Zero-shot: the translators saw one dataset and are judged on the others.",
)
def draw(view: View) -> None:
    try:
        table, published, about = benchmark(view.settings)
    except MissingDataError as error:
        st.info(str(error), icon=":material/hourglass_empty:")
        st.markdown("It is made by one command, from a folder with BEELINE's data:")
        st.code("python -m ugrn_core benchmark --help", language="bash")
        return
    everything = table
    table, shown = benchmark_rows.of_backbone(table, view.backbone.name)
    if not view.backbone.name.startswith(shown):
        st.info(f"{view.backbone.name} was not judged here: the rows are those of {shown}.")
    choice = probe_benchmark.switches(table)
    rows = benchmark_rows.chosen_rows(table, choice)
    probe_benchmark.draw_verdict(rows, choice.sampling)
    st.caption(probe_benchmark.MEANING[choice.sampling])
    if rows["auprc"].notna().sum() == 0:
        st.info("Nothing was measured under this choice; the table below says why.")
    else:
        colours = page.colours()
        st.header("All cells at once", anchor=False)
        pictured = probe_benchmark.pictured(rows)
        probe_benchmark.map_of_cells(pictured, choice.sampling, colours)
        st.caption(
            "BEELINE has 22 cells of dataset and network: LOF/GOF was measured for mESC only. A "
            "blank is a method without a number; the table says why. “Random”: the same network "
            "with random weights. Popularity oracle: knows how many test edges each gene has. "
            "Corpus SVD: how alike two genes' expression is in the training data, no model."
        )
        probe_benchmark.one_cell(pictured, published, choice, colours)
        probe_benchmark.draw_sources(table, choice.sampling, choice.genes, colours)
    redundancy.draw(view)
    st.header("Every number", anchor=False)
    probe_benchmark.whole_table(rows)
    download_buttons.rows_button(lambda: everything, about, "ugrn-benchmark")
    probe_benchmark.published_table(published)
    probe_benchmark.commands(rows, about)
