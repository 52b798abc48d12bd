"""How far can I trust it: every probe beside controls that know no biology."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard import benchmark_panel, downloads, layout
from ugrn_core.dashboard.queries import benchmark
from ugrn_core.dashboard.sidebar import View
from ugrn_core.errors import MissingDataError


@layout.page(
    "Probe benchmark",
    "How far can I trust it: each probe against known networks, beside controls that know no "
    "biology. Zero-shot: the translators saw one dataset and are judged on the others.",
)
def probe_benchmark(view: View) -> None:
    try:
        table, published, about = benchmark(view.settings)
    except MissingDataError as error:
        st.info(str(error), icon=":material/hourglass_empty:")
        st.markdown("It is made by one command, from a folder with BEELINE's data:")
        st.code("python -m ugrn_core benchmark --help", language="bash")
        return
    choice = benchmark_panel.switches(table)
    rows = benchmark_panel.asked(table, choice)
    st.markdown(benchmark_panel.MEANING[choice[0]])
    if rows["auprc"].notna().sum() == 0:
        st.info("Nothing was measured under this choice; the table below says why.")
    else:
        colours = layout.colours()
        st.subheader("All cells at once", anchor=False)
        benchmark_panel.map_of_cells(rows, choice[0], colours)
        st.caption(
            "BEELINE has 22 cells of dataset and network: LOF/GOF was measured for mESC only, so "
            "its other six do not exist. A blank is a method without a number; the table says why."
        )
        benchmark_panel.one_cell(rows, published, choice[0], colours)
    st.subheader("Every number", anchor=False)
    benchmark_panel.whole_table(rows)
    downloads.rows_button(lambda: table, about, "ugrn-benchmark")
    st.subheader("The paper's figures, as published", anchor=False)
    st.caption(
        "Qi et al., ICML 2026 (arXiv 2605.08128), scGPT backbone, AUPRC. Not measured here, and "
        "not with this backbone: shown to compare with."
    )
    wide = published.pivot(index=["network", "dataset"], columns="probe", values="auprc")
    st.dataframe(
        wide[list(dict.fromkeys(published["probe"]))].reset_index(),
        hide_index=True,
        alt="AUPRC published by the paper",
    )
    st.subheader("The commands that made the numbers", anchor=False)
    for command in (
        list(dict.fromkeys(rows["command"])) if "command" in rows else [about["command"]]
    ):
        st.code(command, language="bash", wrap_lines=True)
    made = [f"{k.replace('_', ' ')} {about[k]}" for k in ("date", "ugrn", "data") if k in about]
    st.caption(" · ".join(made))
