"""Why this pair: what the model does to the target when the regulator's value changes."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard import first_screen
from ugrn_core.dashboard.queries import edges
from ugrn_core.dashboard.sections import all_genes, gene_pair
from ugrn_core.dashboard.sections.known import of_a_pair
from ugrn_core.dashboard.sections.pair import curves as pair_curves
from ugrn_core.dashboard.sections.pair import first_pair, pathways
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import links_out, probe_now, verdict_card
from ugrn_core.dashboard.widgets.gene_box import gene_box
from ugrn_core.experiment.catalog.backbones import can_compute
from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal


def explain(view: View, results: Results, row: dict) -> None:
    """Draw the evidence of one probed pair and the ways on. row: of the edge table; of a pair that
    an atlas asked and did not keep its two genes alone."""
    if not (results.whole or can_compute()):
        all_genes.without_weights(view, results, row)
        return
    colours, names = page.colours(), (str(row["source"]), str(row["target"]))
    source, target = names
    curves = results.curves(source, target)
    if "rank" in row:
        gene_pair.card(view, results, row, curves)
    else:
        all_genes.below_the_best(names)
    verdict_card.draw(view, results.worth)
    of_a_pair.draw(results, names)
    pair_curves.curves_chart(results, curves, names, colours)
    probe_now.control(view)
    if results.whole:
        first_screen.drawn(view.run_id, *names)
        gene_pair.attribution_charts(results, names, colours)
        pathways.section(view, results, names, colours)
        gene_pair.other_backbones(view, names, colours)
        gene_pair.cells_chart(results, names, colours)
    else:
        all_genes.of_an_atlas(results)
    gene_pair.caveats(view, results)
    gene_pair.take_along(view, results, curves, names)
    gene_pair.ways_on(results, names)
    links_out.of_pair(source, target, view.species)


@page.page("Gene pair", "Why this pair: how the model answers when the regulator's value changes.")
def draw(view: View) -> None:
    results = probe_now.results(view)
    first = first_pair.regulator(view, results) if first_pair.wanted("source") else None
    left, right = st.columns(2)
    with left:
        source = gene_box(view, "Regulator", "source", tuple(results.regulators), first)
    with right:
        first = first_pair.target(view, results, source) if first_pair.wanted("target") else None
        target = gene_box(view, "Target", "target", tuple(results.genes), first)
    if source is None or target is None:
        if source is not None:
            st.info(literal(f"Choose a target of {source}."))
        return
    if source == target:
        st.info("A gene is not its own target here: choose two different genes.")
        return
    row = edges.pair(results, source, target)
    if row is None and not results.whole:
        row = {"source": source, "target": target}
    if row is None:
        pair = literal(f"{source} → {target}")
        st.warning(f"{pair} was not probed in this run. Choose another pair.")
        return
    explain(view, results, row)
