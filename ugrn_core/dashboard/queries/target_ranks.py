"""The ranks of every target under every regulator of a run, read once a run."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.queries import edges
from ugrn_core.enrichment import ranks
from ugrn_core.experiment.runs.results import Results


def target_ranks(results: Results) -> ranks.TargetRanks:
    """Return the ranks of all pairs of a run."""
    return _ranks(str(results.edges_path), results)


@st.cache_resource(max_entries=8, show_spinner="Reading all pairs")
def _ranks(path: str, _results: Results) -> ranks.TargetRanks:
    return ranks.target_ranks(edges.everything(_results)[["source", "target", "rank"]])
