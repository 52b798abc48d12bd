"""What a regulator drives: gene sets among its targets, beside what others alike drive."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.queries.best_targets import best_targets
from ugrn_core.dashboard.queries.target_ranks import target_ranks
from ugrn_core.dashboard.sections.biology import sets_shown
from ugrn_core.dashboard.shell.address import step, switch, toggle
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.gene_sets import gene_sets
from ugrn_core.enrichment.membership import LEAST_BACKGROUND
from ugrn_core.experiment.atlas import scoring
from ugrn_core.experiment.biology import drives, listed
from ugrn_core.experiment.catalog.backbones import NO_TORCH, can_compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal

TOPS = (10, 25, 50, 75, 100, 150, 200, 300)


def section(view: View, results: Results, regulator: str, colours: Palette) -> None:
    """Draw which gene sets the targets of a regulator belong to; of an atlas the best ones."""
    st.header("What it drives", anchor=False)
    if not results.whole:
        _in_atlas(view, results, regulator, colours)
        return
    ranks = target_ranks(results)
    if len(ranks.genes) <= LEAST_BACKGROUND:
        st.caption("This panel has too few genes to ask which gene sets its targets are of.")
        return
    sets = gene_sets(view)
    left, right = st.columns([3, 2])
    with left:
        way = switch("Ask of", "drives", drives.WAYS)
    top = listed.usual_top(ranks)
    with right:
        if way == drives.TOP:
            tops = tuple(sorted({*(t for t in TOPS if t < len(ranks.genes)), top}))
            top = step("Best targets", "targets", tops, top, help="That count as its own")
    question = view.run_id, sets.checksum, regulator, way, top
    table = _table(question, (view, results, sets))
    about = results.provenance | {"regulator": regulator, "by": way, "top": top}
    stem = f"ugrn-{regulator}-drives"
    sets_shown.shown(table, sets, colours, about, stem=stem, key="drives")
    alike = ranks.alike(ranks.row(regulator))
    st.caption(
        f"Background: the {len(ranks.genes) - 1:,} genes asked about as its targets. Alike: the "
        f"{len(alike)} regulators with most nearly as many pairs among the best 5 %; a set that "
        "they have as much of, such as ribosomes for everybody, says nothing of this one "
        "(hollow). Enrichment here is of what the model says, not of a measurement."
    )
    _random(view, results, regulator, top, sets)


@st.cache_data(max_entries=128, show_spinner="Asking gene sets")
def _table(question: tuple, _what: tuple) -> pd.DataFrame:
    *_, regulator, way, top = question
    asked_of = _against(_what, regulator)
    by_top = way == drives.TOP
    return drives.best_targets(asked_of, top) if by_top else drives.whole_ranking(asked_of)


def _against(what: tuple, regulator: str) -> drives.Against:
    view, results, sets = what
    study = run_spec.prepare(view.settings, view.spec).study
    return drives.against(target_ranks(results), regulator, sets, drives.symbols(study))


def _in_atlas(view: View, results: Results, regulator: str, colours: Palette) -> None:
    sets = gene_sets(view)
    table = _atlas_table(view.run_id, sets.checksum, regulator, (view, results, sets))
    about = results.provenance | {
        "regulator": regulator,
        "by": drives.TOP,
        "top": scoring.BEST_TARGETS,
    }
    stem, others = f"ugrn-{regulator}-drives", "for other regulators, too"
    sets_shown.shown(table, sets, colours, about, stem=stem, key="drives", others=others)
    count = len(best_targets(results).regulators) - 1
    st.caption(
        f"Its {scoring.BEST_TARGETS} best targets against the {len(results.genes) - 1:,} genes of "
        f"the atlas, which keeps no more of a regulator. Alike: the {count:,} other regulators; a "
        "set that a tenth of them have as much of says nothing of this one (hollow). Enrichment "
        "here is of what the model says, not of a measurement. The whole ranking and random "
        "weights: put the genes into a list of your own, on the left."
    )


@st.cache_data(max_entries=128, show_spinner="Asking gene sets")
def _atlas_table(run_id: str, checksum: str, regulator: str, _what: tuple) -> pd.DataFrame:
    view, results, sets = _what
    named = drives.symbols(run_spec.prepare(view.settings, view.spec).study)
    return drives.best_targets_in_atlas(best_targets(results), regulator, sets, named)


def _random(view: View, results: Results, regulator: str, top: int, sets) -> None:
    """Draw the switch of the control and, where it is on, what random weights would drive."""
    if not run_spec.prepare(view.settings, view.spec).backbone.has_control:
        return
    if not toggle(
        "The same under random weights", "random_sets", help="One sweep of the regulator"
    ):
        return
    if not can_compute():
        st.caption(NO_TORCH)
        return
    table = _under_random(view.run_id, sets.checksum, regulator, top, (view, results, sets))
    passed = table[table["q"] < sets_shown.CUT]
    best = ", ".join(literal(sets_shown.set_title(s)) for s in passed["set"].head(5))
    said = f"**{len(passed):,} sets** are beyond chance" + (f": {best}." if best else ".")
    st.markdown(
        f"Under random weights, among the {top} genes that answer {literal(regulator)} most (by "
        f"|VVP|; no translator reads random weights): {said}"
    )


@st.cache_data(max_entries=64, show_spinner="Asking random weights")
def _under_random(
    run_id: str, checksum: str, regulator: str, top: int, _what: tuple
) -> pd.DataFrame:
    view, _, _ = _what
    asked_of = _against(_what, regulator)
    return drives.under_random_weights(view.settings, view.spec, asked_of, top)
