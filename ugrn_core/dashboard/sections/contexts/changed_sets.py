"""Which gene sets change from context to context."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.sections.biology import sets_shown
from ugrn_core.dashboard.shell.address import choice
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.gene_sets import gene_sets
from ugrn_core.enrichment.membership import LEAST_BACKGROUND
from ugrn_core.errors import PanelError
from ugrn_core.experiment.biology.changed_sets import Changes, gene_changes
from ugrn_core.experiment.biology.listed import human_names
from ugrn_core.experiment.contexts.results import ContextResults
from ugrn_core.markdown import literal

AT_RANDOM = "with cells dealt out at random, too"


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
    try:
        table = _table(results.about["run_id"], sets.checksum, at, (results, sets))
    except PanelError as error:  # nearly all genes are silent there
        st.info(literal(str(error)))
        return
    about = results.about | {"context": context}
    sets_shown.shown(
        table, sets, colours, about, stem="ugrn-context-sets", key="context_sets", others=AT_RANDOM
    )
    deals = results.about["draws"] * len(results.contexts)
    st.caption(
        f"Rank-sum of how far each gene answers otherwise in {literal(context)} than in all cells "
        "(root mean square over regulators; genes silent there are left out); ▲ more than other "
        "genes, ▼ less. Genes that answer much change much around any cells: alike is the share "
        f"of {deals:,} contexts of cells dealt out at random that change a set as much (hollow "
        "above a tenth). Contexts: in how many of these, this one counted, it is "
        "beyond chance to the same side."
    )


@st.cache_data(max_entries=64, show_spinner="Asking gene sets")
def _table(mark: str, checksum: str, context: int, _what: tuple) -> pd.DataFrame:
    results, sets = _what
    whole = results.arrays["rise_all"]
    dealt = results.arrays["drawn"].astype(float)
    dealt[:, :, np.arange(len(results.own)), results.own] = np.nan
    genes = results.genes
    changes = Changes(
        gene_changes(results.rise, whole), gene_changes(dealt, whole), genes, human_names(genes)
    )
    return changes.sets(context, sets)
