"""Which gene sets the communities of a drawing are of, beside groups of genes alike and the same
network with random weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.charts.enrichment import dots
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.network.drawing import Drawing
from ugrn_core.dashboard.network.layout import communities
from ugrn_core.dashboard.queries.target_ranks import target_ranks
from ugrn_core.dashboard.sections.biology.sets_shown import CUT, OWN
from ugrn_core.dashboard.shell import page
from ugrn_core.dashboard.shell.address import toggle
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.download_buttons import rows_button
from ugrn_core.dashboard.widgets.gene_sets import gene_sets, set_title
from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.enrichment.communities import LEAST, community_sets
from ugrn_core.enrichment.membership import LEAST_BACKGROUND
from ugrn_core.experiment.biology import drives
from ugrn_core.experiment.catalog.backbones import NO_TORCH, can_compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal

MOST_DRIVEN = 40  # regulators of a drawing that random weights are asked of
_SEED = 0


def section(view: View, results: Results, drawing: Drawing) -> None:
    """Draw the sets of each community of five genes or more; nothing of other colourings."""
    if not drawing.groups or not results.whole or len(results.genes) <= LEAST_BACKGROUND:
        return
    st.header("Gene sets of the communities", anchor=False)
    sets = gene_sets(view)
    table = _of(view, results, drawing.groups, sets)
    passed = table[table["q"] < CUT]
    st.markdown(sentence(table, sets))
    if not passed.empty:
        _shown(passed.assign(set=[set_title(name) for name in passed["set"]]))
    rows_button(
        lambda: table, {**results.provenance, "sets": sets.about()}, "ugrn-communities", "All, CSV"
    )
    st.caption(
        f"Hypergeometric against the {len(results.genes):,} genes of the panel, Benjamini-Hochberg "
        f"over all communities of {LEAST} genes or more and all sets. Alike: the share of random "
        "groups that have as much of a set, of as many regulators of each degree and as many genes "
        "of each popularity (exact): the best edges are those of popular genes, so a set that such "
        f"groups have, too, says nothing of this community (hollow). {literal(sets.title)}, "
        f"licence {sets.licence}."
    )
    _random(view, results, drawing, sets)


def _of(view: View, results: Results, groups: Mapping[str, int], sets: GeneSets) -> pd.DataFrame:
    """Return the sets of communities, beside groups alike."""
    return _table(view.run_id, sets.checksum, tuple(groups.items()), (view, results, sets))


@st.cache_data(max_entries=64, show_spinner="Asking gene sets")
def _table(run_id: str, checksum: str, groups: tuple, _what: tuple) -> pd.DataFrame:
    view, results, sets = _what
    named = drives.symbols(run_spec.prepare(view.settings, view.spec).study)
    return community_sets(dict(groups), results.genes, named, sets.sets, target_ranks(results))


def sentence(table: pd.DataFrame, sets: GeneSets) -> str:
    """Return how many sets are beyond chance, and how many of these are a community's own."""
    passed = table[table["q"] < CUT]
    if passed.empty:
        return f"**No community has more of a set** of {literal(sets.title)} than chance."
    own = passed[passed["alike"] <= OWN] if "alike" in passed else passed
    said = f"**{len(passed):,} sets are beyond chance** at q < {CUT:g}"
    if own.empty:
        return f"{said}, and groups of genes alike have every one of them, too."
    first = own.iloc[0]
    return (
        f"{said}, {len(own):,} of them a community's own; first "
        f"{literal(set_title(first['set']))} of community {first['community']}."
    )


def _shown(shown: pd.DataFrame) -> None:
    _chart(shown, page.colours())
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns = ["community", "genes_in", "set", "overlap", "expected", "q", "alike", "genes"]
    st.dataframe(
        shown[columns],
        hide_index=True,
        key="community_sets",
        alt=f"Gene sets of the communities, {len(shown)} rows",
        column_config={
            "community": number("Community"),
            "genes_in": number("Its genes"),
            "set": text("Gene set"),
            "overlap": number("Overlap"),
            "expected": number("Expected", format="%.1f"),
            "q": number("q", format="%.2g"),
            "alike": number("Alike", format="%.2f", help="Share of groups alike with as much"),
            "genes": text("Genes", width="large"),
        },
    )


def _chart(shown: pd.DataFrame, colours: Palette) -> None:
    rows = pd.DataFrame(
        {
            "name": [f"{row.community}: {row.set}" for row in shown.itertuples()],
            "value": -np.log10(np.maximum(shown["q"].to_numpy(), 1e-300)),
            "own": shown["alike"] <= OWN,
            "size": shown["overlap"],
            "hover": [
                f"Community {r.community}, {r.set}: {r.overlap} of {r.size} genes, "
                f"{r.expected:.1f} expected, {r.overlap_alike:.1f} in groups alike, q {r.q:.2g}"
                for r in shown.itertuples()
            ],
        }
    )
    names = ("beyond chance, its own", "groups alike, too")
    st.plotly_chart(
        dots(rows, colours, "−log10 q", -np.log10(CUT), names=names),
        config=CONFIG,
        key="community_dots",
        alt="Gene sets of the communities, those furthest from chance",
    )


def _random(view: View, results: Results, drawing: Drawing, sets: GeneSets) -> None:
    """Draw the switch of the control and, where it is on, what random weights would group."""
    if not run_spec.prepare(view.settings, view.spec).backbone.has_control:
        return
    help = "Two virtual cells for each regulator of the drawing"
    if not toggle("The same under random weights", "random_communities", help=help):
        return
    if not can_compute():
        st.caption(NO_TORCH)
        return
    driven = drawing.edges["source"].value_counts(sort=True).head(MOST_DRIVEN)
    regulators = tuple(sorted(map(str, driven.index)))
    question = view.run_id, sets.checksum, regulators, int(driven.sum())
    table, groups = _under_random(question, (view, results, sets))
    passed = table[table["q"] < CUT]
    named = dict.fromkeys(literal(set_title(s)) for s in passed["set"])
    best = f": {', '.join(list(named)[:5])}." if named else "."
    own = int((passed["alike"] <= OWN).sum()) if len(passed) else 0
    st.markdown(
        f"Under random weights the {int(driven.sum()):,} largest answers to these "
        f"{len(regulators):,} regulators (|VVP|; no translator reads random weights) make "
        f"{groups:,} communities, and **{len(passed):,} sets** are beyond chance, {own:,} of them "
        f"beyond groups alike{best}"
    )


@st.cache_data(max_entries=32, show_spinner="Asking random weights")
def _under_random(question: tuple, _what: tuple) -> tuple[pd.DataFrame, int]:
    """Return the sets of the communities of as many edges under random weights, and how many
    communities there are."""
    _, _, regulators, count = question
    view, results, sets = _what
    edges = drives.edges_under_random_weights(view.settings, view.spec, regulators, count)
    groups = communities(edges, _SEED)
    return _of(view, results, groups, sets), len(set(groups.values()))
