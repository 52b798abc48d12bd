"""The neighbourhood of a gene as a drawing whose every gene and edge leads somewhere."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.network.drawing import Drawing
from ugrn_core.dashboard.queries import edges as queries
from ugrn_core.dashboard.queries.neighbourhood import Cut, neighbourhood
from ugrn_core.dashboard.sections import network
from ugrn_core.dashboard.sections.biology import communities
from ugrn_core.dashboard.sections.drawn import genes_shown
from ugrn_core.dashboard.shell import navigation, page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import download_buttons, probe_now, verdict_card, worth
from ugrn_core.dashboard.widgets.gene_box import gene_box
from ugrn_core.experiment.runs.results import Results


def take_along(view: View, results: Results, drawing: Drawing, scored: bool) -> None:
    """Draw the edges as a table, the figure, and the files of what is predicted."""
    network.edge_table(drawing.edges, drawing.colour_by)
    st.header("Take it with you", anchor=False)
    stem = drawing.centre or "all"
    about = f"{view.backbone.title}, {view.title}, run {view.run_id[:8]}"
    if drawing.colour_by == "sign":
        about += f"; proposed signs: {worth.sign_words(results.worth)}"
    network.picture_downloads(drawing, stem, about, results.provenance)
    edges = network.predicted(drawing.edges)
    pairs = tuple(zip(edges["source"], edges["target"]))
    if pairs:  # under a reference all that is drawn may be below the cut
        download_buttons.edge_buttons(
            lambda: queries.shown_edges(results, pairs),
            results.provenance,
            f"ugrn-network-{stem}",
            (len(pairs), scored),
        )
    side = "targets" if drawing.centre in drawing.regulators else "regulators"
    gene = {"gene": drawing.centre, "side": side} if drawing.centre else {}
    navigation.link("regulators", "The same as a ranked table", ":material/table_rows:", **gene)


@page.page("Network", "The neighbourhood of a gene: click a gene or an edge to go on from there.")
def draw(view: View) -> None:
    results, colours = probe_now.results(view), page.colours()
    facts = queries.summary(view.run_id, results)
    box, reach, colouring = st.columns([4, 5, 7])
    with reach:
        extent = network.extent()
    with colouring:
        colour_by = network.colour_choice(view.reference, results.signs_shown)
    with box:
        if extent == "all":
            st.markdown(f"**The whole network**: {facts['pairs']:,} pairs probed")
            centre = None
        else:
            centre = gene_box(view, "Around", "centre", tuple(results.genes), facts["top"][0])
            if centre is None:
                return
    score, least, most = network.cut_controls(facts["scored"])
    looked_at = {"centre": centre, "depth": 2 if extent == "2" else 1, "reference": view.reference}
    cut = Cut(most=most, score=score, least=least, **looked_at)
    neighbours = neighbourhood(view.run_id, results, cut)
    network.counts(neighbours, cut, colour_by)
    drawing = network.drawing(neighbours, cut, frozenset(results.regulators), colour_by)
    if drawing.edges.empty:
        network.nothing(view, results, cut)
        return
    drawing = genes_shown.show(
        drawing, colours, view.run_id, frozenset(results.regulators), f"{centre or '*'}~{extent}"
    )
    if drawing.edges.empty:
        return
    if colour_by == "sign":
        st.caption(worth.sign_sentence(results.worth, facts["best_signs"]))
    verdict_card.draw(view, results.worth)
    communities.section(view, results, drawing)
    take_along(view, results, drawing, facts["scored"])
