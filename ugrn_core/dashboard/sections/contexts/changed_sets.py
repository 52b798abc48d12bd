"""Which gene sets change from context to context."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.sections.biology import sets_shown
from ugrn_core.dashboard.shell.address import choice
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.gene_sets import gene_sets
from ugrn_core.enrichment.membership import LEAST_BACKGROUND
from ugrn_core.experiment.biology.changed_sets import changed_sets, gene_changes
from ugrn_core.experiment.biology.listed import human_names
from ugrn_core.experiment.contexts.results import ContextResults
from ugrn_core.markdown import literal

OWN = "in other contexts as well"


def section(view: View, results: ContextResults, colours: Palette) -> None:
    """Draw which sets' genes change most in a chosen context; nothing for a few genes."""
    if len(results.genes) < LEAST_BACKGROUND:
        return
    st.header("Gene sets that change", anchor=False)
    left, right = st.columns([2, 3])
    with left:
        context = choice("In", "sets_context", {name: name for name in results.contexts})
    with right:
        sets = gene_sets(view)
    at = results.contexts.index(context)
    table = _table(results.about["run_id"], sets.checksum, at, (results, sets))
    about = results.about | {"context": context}
    sets_shown.shown(
        table, sets, colours, about, stem="ugrn-context-sets", key="context_sets", others=OWN
    )
    st.caption(
        f"Rank-sum of how far each of the {len(results.genes):,} genes answers otherwise in "
        f"{literal(context)} than in all cells (root mean square over regulators); ▲ more than "
        "other genes, ▼ less. Alike: the share of the contexts, this one counted, that change a "
        "set as much; one that all of them change is hollow."
    )


@st.cache_data(max_entries=64, show_spinner="Asking gene sets")
def _table(mark: str, checksum: str, context: int, _what: tuple) -> pd.DataFrame:
    results, sets = _what
    changes = gene_changes(results.rise, results.arrays["rise_all"])
    return changed_sets(changes, context, results.genes, sets, human_names(results.genes))
