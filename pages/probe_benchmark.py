"""How far can I trust it: every probe beside controls that know no biology."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard import first_screen
from ugrn_core.dashboard.queries import benchmark as benchmark_rows
from ugrn_core.dashboard.queries.benchmark import benchmark
from ugrn_core.dashboard.sections import probe_benchmark
from ugrn_core.dashboard.sections.benchmark import by_network
from ugrn_core.dashboard.sections.trust import parts
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets import download_buttons, verdict_card
from ugrn_core.errors import MissingDataError
from ugrn_core.markdown import literal


def every_test(rows: pd.DataFrame, sampling: str, colours: Palette) -> None:
    """Draw the map of all tests once it is open: the largest picture of the page, and few look at
    it."""
    every = st.expander(
        "Every method in every test",
        icon=":material/grid_on:",
        key="every_test",
        on_change="rerun",
    )
    if every.open:
        with every:
            probe_benchmark.map_of_cells(rows, sampling, colours)


@page.page(
    "Probe benchmark",
    "How far can I trust it? Scores against known networks, beside controls that know no biology; "
    "no test's data set was seen in training.",
)
def draw(view: View) -> None:
    try:
        table, published, about = benchmark(view.settings)
    except MissingDataError as error:
        st.info(literal(str(error)), icon=":material/hourglass_empty:")
        st.markdown("It is made by one command, from a folder with BEELINE's data:")
        st.code("python -m ugrn_core benchmark --help", language="bash")
        return
    everything, (table, shown) = table, benchmark_rows.of_backbone(table, view.backbone.name)
    if not view.backbone.name.startswith(shown):
        st.info(literal(f"{view.backbone.name} was not judged here: the rows are of {shown}."))
    choice = probe_benchmark.switches(table)
    rows = benchmark_rows.chosen_rows(table, choice)
    probe_benchmark.draw_verdict(rows, choice.sampling)
    if rows["auprc"].notna().sum() == 0:
        st.info("Nothing was measured under this choice; the table below says why.")
    else:
        colours, chosen = page.colours(), (view.spec.dataset, view.reference)
        by_network.draw(rows, *probe_benchmark.yardstick(choice.sampling), colours, chosen[1])
        st.caption(probe_benchmark.MEANING[choice.sampling])
        verdict_card.draw(view)
        first_screen.drawn(shown)
        pictured = probe_benchmark.pictured(rows)
        every_test(pictured, choice.sampling, colours)
        probe_benchmark.one_cell(pictured, published, choice, colours, chosen)
        probe_benchmark.draw_sources(table, choice.sampling, choice.genes, colours)
    parts.draw(view)
    st.header("Every number", anchor=False)
    probe_benchmark.whole_table(rows)
    download_buttons.rows_button(lambda: everything, about, "ugrn-benchmark")
    probe_benchmark.published_table(published)
    probe_benchmark.commands(rows, about)
