"""The Start page's parts: what is covered, ways on from a gene, worked examples."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard import navigation, queries
from ugrn_core.dashboard.sidebar import View
from ugrn_core.experiment.results import Results


def coverage(view: View) -> None:
    """Draw how much the chosen dataset and backbone cover."""
    card = view.dataset
    n_genes = card.n_genes if card else len(view.spec.genes)
    first, second, third, fourth = st.columns(4)
    first.metric("Genes in the dataset", f"{n_genes:,}", border=True)
    if card is not None:
        second.metric("Regulators", f"{card.n_regulators:,}", border=True)
        third.metric("Reference networks", len(card.references), border=True)
        fourth.metric("Cells", "yes" if card.has_cells else "none needed", border=True)


def ways(gene: str, is_regulator: bool) -> None:
    """Draw links from `gene` to the pages that answer for it."""
    with st.container(border=True):
        navigation.link(
            "regulators",
            f"Who regulates {gene}?",
            ":material/south_east:",
            gene=gene,
            side="regulators",
        )
        if is_regulator:
            navigation.link(
                "regulators",
                f"What does {gene} regulate?",
                ":material/north_east:",
                gene=gene,
                side="targets",
            )
        navigation.link("network", f"The network around {gene}", ":material/hub:", centre=gene)


def examples(view: View, results: Results) -> None:
    """Draw three links into this very run, made from its best pair."""
    source, target = queries.summary(view.run_id, results)["top"]
    navigation.link(
        "gene_pair",
        f"The top pair, {source} → {target}: its curves",
        ":material/show_chart:",
        source=source,
        target=target,
    )
    navigation.link(
        "regulators",
        f"Regulators of {target}, ranked",
        ":material/format_list_numbered:",
        gene=target,
        side="regulators",
    )
    navigation.link("network", f"The network around {source}", ":material/hub:", centre=source)
