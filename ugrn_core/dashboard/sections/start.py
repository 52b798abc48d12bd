"""The Start page's parts: what is covered, ways on from a gene, worked examples."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets.metric_tiles import Tile, metric_tiles
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results


def coverage(view: View) -> None:
    """Draw how much the chosen dataset and backbone cover."""
    card, study = view.dataset, run_spec.prepare(view.settings, view.spec).study
    genes, regulators = len(study.panel), len(study.regulators)
    given = card.n_genes if card else len(view.spec.genes)
    own = card.references if card else ()
    references = tuple(dict.fromkeys([*own, *(one.name for one in view.references)]))
    metric_tiles(
        [
            Tile("Genes the backbone knows", f"{genes:,}", f"of {given:,} given"),
            Tile("Regulators among them", f"{regulators:,}", f"{regulators * (genes - 1):,} pairs"),
            Tile(
                "Reference networks",
                f"{len(references):,}",
                ", ".join(references)[:40] or "none here",
            ),
            Tile("Cells", "yes" if card and card.has_cells else "none", "probing needs none"),
        ]
    )


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
    source, target = edges.summary(view.run_id, results)["top"]
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
