"""What is this, and where do I begin?"""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.sections import start
from ugrn_core.dashboard.shell import navigation, page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import probe_now
from ugrn_core.dashboard.widgets.gene_box import gene_box

READING = (
    "A score between 0 and 1 is a translator's opinion that the model's answer looks like that of "
    "a known regulator and target; it is not a measured binding or a causal effect.",
    "Compare by rank and percentile within one dataset: the size of a score changes with the genes "
    "that share the panel.",
    "Before you trust it, look at the pair's two curves beside those of random pairs, and at the "
    "Probe benchmark, where each score stands next to controls that know no biology.",
)


@page.page(
    "Who regulates my gene?",
    "UGRN reads gene regulation out of a single-cell foundation model: it changes one gene's value "
    "in a virtual cell and watches what the model writes for every other gene.",
)
def draw(view: View) -> None:
    start.coverage(view)
    results = probe_now.results_or_offer(view)
    if results is not None:
        search, examples = st.columns([3, 2], gap="large")
        with search:
            st.header("Find a gene or a transcription factor", anchor=False)
            gene = gene_box(view, "Gene or transcription factor", "search", tuple(results.genes))
            if gene is not None:
                start.ways(gene, gene in set(results.regulators))
        with examples:
            st.header("Or begin with an example", anchor=False)
            start.examples(view, results)
    st.header("How to read a score", anchor=False)
    for sentence in READING:
        st.markdown(f"- {sentence}")
    st.caption(
        "Method: Qi, Li, Cui, Zheng, Huang, “Towards Universal Gene Regulatory Network "
        "Inference”, ICML 2026 (arXiv 2605.08128)."
    )
    navigation.link("probe_benchmark", "How far can I trust it?", ":material/verified:")
