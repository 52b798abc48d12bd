"""Which gene sets change from context to context."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from ugrn_core.dashboard.sections.biology import sets_shown
from ugrn_core.dashboard.sections.biology.sets_shown import CUT
from ugrn_core.dashboard.sections.contexts import asking
from ugrn_core.dashboard.shell.address import choice
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.dashboard.widgets.gene_sets import gene_sets
from ugrn_core.enrichment.membership import LEAST_BACKGROUND
from ugrn_core.errors import PanelError
from ugrn_core.experiment.biology.changed_sets import Changes, gene_changes
from ugrn_core.experiment.biology.listed import human_names
from ugrn_core.experiment.contexts.results import ContextResults
from ugrn_core.experiment.contexts.spec import ContextSpec, Prepared
from ugrn_core.markdown import literal

AT_RANDOM = "with cells dealt out at random, too"


def section(
    view: View, spec: ContextSpec, ready: Prepared, results: ContextResults, colours: Palette
) -> None:
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
    random = asking.random_weights(view, spec, ready)
    question = (results.about["run_id"], sets.checksum, at, random is not None)
    try:
        table = _table(question, (results, sets, random))
    except PanelError as error:  # nearly all genes are silent there
        st.info(literal(str(error)))
        return
    about = results.about | {"context": context}
    sets_shown.shown(
        table, sets, colours, about, stem="ugrn-context-sets", key="context_sets", others=AT_RANDOM
    )
    if random is not None and not table.empty:
        st.markdown(_under_random_weights(table))
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
def _table(question: tuple, _what: tuple) -> pd.DataFrame:
    *_, context, _ = question
    results, sets, random = _what
    whole = results.arrays["rise_all"]
    dealt = results.arrays["drawn"].astype(float)
    dealt[:, :, np.arange(len(results.own)), results.own] = np.nan
    genes = results.genes
    changes = Changes(
        changes=gene_changes(results.rise, whole),
        dealt=gene_changes(dealt, whole),
        genes=genes,
        named=human_names(genes),
        random=None if random is None else gene_changes(results.heard(random[0]), random[1]),
    )
    return changes.sets(context, sets)


def _under_random_weights(table: pd.DataFrame) -> str:
    """Return how many sets random weights put beyond chance, and how many of the model's those
    are."""
    beyond, random = table["q"] < CUT, table["q_random"] < CUT
    side = np.sign(table["auroc"] - 0.5) == np.sign(table["auroc_random"] - 0.5)
    alike = int((beyond & random & side).sum())
    said = (
        f"Under random weights **{int(random.sum()):,} sets** are beyond chance here, and "
        f"**{alike:,}** of the model's {int(beyond.sum()):,} to the same side"
    )
    return f"{said}: those owe nothing to what was learned." if alike else f"{said}."
