"""Which regulators act on my gene, and which targets has my transcription factor?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.sections import regulators
from ugrn_core.dashboard.sections.biology import drives, negative
from ugrn_core.dashboard.sections.known import of_a_table
from ugrn_core.dashboard.shell import navigation, page
from ugrn_core.dashboard.shell.address import switch
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import download_buttons, gene_coverage, links_out, probe_now
from ugrn_core.dashboard.widgets.gene_box import gene_box
from ugrn_core.experiment.runs.results import Results


def take_along(view: View, results: Results, table: pd.DataFrame, stem: str) -> None:
    """Draw downloads of the rows on the page and of the whole run."""
    here, everything = st.columns(2)
    with here:
        st.markdown(f"**This table** ({len(table):,} rows)")
        download_buttons.table_buttons(
            lambda: table, results.provenance, stem, ("tsv", "csv", "xlsx"), key="here"
        )
    with everything:
        facts = edges.summary(view.run_id, results)
        what = f"All {facts['pairs']:,}" if results.whole else f"The best {facts['kept']:,}"
        st.markdown(f"**{what} pairs of this run**")
        download_buttons.table_buttons(
            lambda: edges.everything(results),
            results.provenance,
            f"ugrn-{view.spec.dataset}-{view.spec.backbone}",
            ("tsv", "csv", "parquet", "xlsx", "h5ad", "h5ad-prediction"),
            key="all",
            extent=(facts["kept"], facts["scored"]),
        )


@page.page("Regulators", "Which regulators act on my gene, and which targets has my regulator?")
def draw(view: View) -> None:
    results = probe_now.results(view)
    box, choice = st.columns([2, 1])
    with box:
        genes = tuple(results.genes)
        best = edges.summary(view.run_id, results)["top"][1]
        gene = gene_box(view, "Gene", "gene", genes, best)
    with choice:
        side = switch("Show", "side", regulators.SIDES)
    if gene is None:
        return
    of_gene = "target" if side == "regulators" else "source"
    table = edges.ranked(results, gene, of_gene)
    if table.empty:
        regulators.nothing(gene, of_gene, len(results.regulators))
        return
    said, more = st.columns([4, 3], vertical_alignment="center")
    said.markdown(regulators.headline(results, gene, of_gene, table))
    with more:
        whole = regulators.more_columns()
    key = f"ranked-{view.run_id}-{gene}-{side}-{whole}"
    row = regulators.ranked(table, of_gene, view.reference, key, results, whole=whole)
    if row is not None:
        navigation.go("gene_pair", source=row["source"], target=row["target"])
    st.caption("Click a row to see its curves. Scores rank pairs; they are not effect sizes.")
    of_a_table.draw(view, table)
    regulators.what_it_is_worth(view, results, whole)
    links_out.of_gene(gene, view.species)
    take_along(view, results, table, f"ugrn-{gene}-{side}")
    if of_gene == "source":
        negative.section(results, gene, view.run_id)
        drives.section(view, results, gene, page.colours())
    gene_coverage.renamed(results.renamed)
    gene_coverage.coverage(results.coverage, results.counts)
