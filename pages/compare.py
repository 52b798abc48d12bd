"""Two backbones, probes or datasets: what they share, and what only one of them says."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.queries import agreement, edges
from ugrn_core.dashboard.queries.agreement import Side
from ugrn_core.dashboard.sections import compare, network
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.address import step
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import download_buttons, probe_now, worth
from ugrn_core.experiment.references.measured import without_signs


@page.page("Compare", "Do two backbones, probes or datasets agree, and where do they not?")
def draw(view: View) -> None:
    results, colours = probe_now.results(view), page.colours()
    facts = edges.summary(view.run_id, results)
    chosen = compare.other_view(view, facts["scored"])
    if chosen is None:
        return
    other, titles, scores = chosen
    theirs = results if other.run_id == view.run_id else compare.results_of(other)
    if theirs is None:
        return
    first = Side(str(results.edges_path), scores[0], titles[0])
    second = Side(str(theirs.edges_path), scores[1], titles[1])
    comparison = agreement.agreement(first, second)
    if not comparison["pairs"]:
        st.info("The two have no pair in common: no regulator and target are in both panels.")
        return
    compare.numbers(comparison, first, second, whole=results.whole and theirs.whole)
    compare.shared_training(view, other)
    k = step(
        "Best pairs of each",
        "best",
        compare.MOST,
        50,
        help="Drawn below, and marked in the rank plot",
    )
    table = agreement.top(first, second, k)
    table = table if results.signs_shown else without_signs(table)
    st.header("Both in one drawing", anchor=False)
    regulators = frozenset(results.regulators)
    drawing = network.placed(table, None, regulators, "compared")
    network.show(drawing, colours, f"{view.run_id}-{other.run_id}-{scores}", regulators)
    compare.charts(comparison, first, second, k, colours)
    st.header("The pairs of the drawing", anchor=False)
    compare.rows(table, worth.sign_sentence(results.worth, facts["best_signs"]))
    about = {"first": results.provenance, "second": theirs.provenance} | {
        "ranked_by": list(scores),
        "best_of_each": k,
        "rank": "the better of rank_first and rank_second, both counted among the common pairs",
    }
    download_buttons.rows_button(lambda: table, about, "ugrn-compare", "These pairs, CSV")
