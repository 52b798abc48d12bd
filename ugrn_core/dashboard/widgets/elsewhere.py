"""A gene that this panel lacks, in what has been computed already: links to it."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.queries import panels
from ugrn_core.dashboard.shell import navigation, own_sets
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.catalog import datasets
from ugrn_core.experiment.catalog.datasets import ALL_GENES, PASTED
from ugrn_core.experiment.runs import run_folder, run_list
from ugrn_core.experiment.runs import spec as run_spec

_MOST = 3  # links; of runs looked into, the newest _LOOKED
_LOOKED = 24


def links(view: View, gene: str) -> None:
    """Draw where `gene` has been answered under this backbone; nothing where it has not."""
    tables = _tables(view)
    there = panels.holding(tuple(tables), gene)[:_MOST]
    if not there:
        return
    titles = {card.name: card.title for card in datasets.cards(view.settings)}
    titles[ALL_GENES] = "All genes"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("Computed already, with:")
        for path in there:
            name = tables[path]
            navigation.link(
                "regulators",
                titles.get(name, name),
                ":material/south_east:",
                dataset=name,
                gene=gene,
                side="regulators",
            )


def _tables(view: View) -> dict:
    """Return the edge tables of this backbone's other finished runs, path -> data set, newest
    first, all genes before all."""
    rows = run_list.results(view.settings)
    rows = rows[rows["run"] != view.run_id].head(_LOOKED)
    listed = {}
    for run in rows["run"]:
        spec = run_list.spec_of(view.settings, run)
        if spec is None or spec.backbone != view.backbone.name or spec.dataset == PASTED:
            continue
        # A run of before something changed is not what its data set would show now.
        is_current = run_spec.run_id(view.settings, spec) == run
        if is_current and own_sets.may_see(spec.dataset, view.settings):
            listed[run_folder.where(view.settings, run) / run_folder.EDGES] = spec.dataset
    return dict(sorted(listed.items(), key=lambda item: item[1] != ALL_GENES))
