"""The best targets of every regulator of an atlas, read once."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.queries import edges
from ugrn_core.enrichment.explaining_best import BestTargets, best_targets_of
from ugrn_core.experiment.atlas.scoring import BEST_TARGETS
from ugrn_core.experiment.runs.results import Results


def best_targets(results: Results) -> BestTargets:
    """Return the BEST_TARGETS best targets of each regulator, against all genes of the atlas."""
    return _best(str(results.edges_path), results)


@st.cache_resource(max_entries=2, show_spinner="Reading the atlas")
def _best(path: str, _results: Results) -> BestTargets:
    table = edges.everything(_results)[["source", "target", "rank"]]
    return best_targets_of(table, _results.genes, BEST_TARGETS)
