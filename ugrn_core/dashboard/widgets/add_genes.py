"""Adding what a panel lacks: a gene, all transcription factors, or a pasted list, as a list of
one's own that keeps the rest of the panel."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.shell.address import choose
from ugrn_core.dashboard.shell.sidebar import View, use_list
from ugrn_core.dashboard.widgets import probe_now
from ugrn_core.dashboard.widgets.gene_sets import set_title
from ugrn_core.data.gene_lists import GeneList, genes_from_text
from ugrn_core.data.gene_sets import shipped_sets
from ugrn_core.data.tfs import human_tfs
from ugrn_core.errors import InputError
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.catalog.backbones import NO_TORCH, can_compute
from ugrn_core.experiment.catalog.datasets import PASTED
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.markdown import literal

_PROBLEM = "ugrn_add_problem"


def offer(view: View, gene: str, key: str) -> None:
    """Draw the buttons that add `gene`, asked for in the box `key`, or a set to the panel."""
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(literal(problem), icon=":material/error:")
    with st.container(horizontal=True):
        st.button(
            f"Add {literal(gene)} and probe",
            type="primary",
            icon=":material/add:",
            key=f"{key}_add",
            on_click=_add_gene,
            args=(view, gene, key),
            disabled=not can_compute(),
            help=None if can_compute() else NO_TORCH,
        )
        with st.popover("Add a set", icon=":material/playlist_add:"):
            st.markdown(
                "A panel of your own, with all genes of this one. It is probed when you say so."
            )
            st.button(
                f"All {len(human_tfs()):,} human transcription factors",
                key=f"{key}_add_tfs",
                on_click=_add,
                args=(view, tuple(sorted(human_tfs()))),
            )
            named = f"{key}_add_set"
            st.selectbox(
                "Or a hallmark set",
                shipped_sets("hallmark").sets,
                key=named,
                index=None,
                format_func=set_title,
                placeholder="Interferon gamma response, ...",
            )
            st.button("Add this set", key=f"{named}_now", on_click=_add_set, args=(view, named))
            box = f"{key}_add_paste"
            st.text_area("Or genes", key=box, height=90, placeholder="GATA1, KLF1, HBB, ...")
            st.button("Add these", key=f"{key}_add_these", on_click=_add_pasted, args=(view, box))


def entries(view: View, more: tuple[str, ...]) -> tuple[str, ...]:
    """Return the panel of `view` with `more` as the entries of a list: of a list as it was given,
    of a data set by the names it shows."""
    if view.spec.dataset == PASTED:
        before = view.spec.genes
    else:
        study = run_spec.prepare(view.settings, view.spec).study
        before = tuple(study.labels.get(t, t) for t in study.panel.genes)
    return (*before, *(gene for gene in dict.fromkeys(more) if gene not in set(before)))


def _add(view: View, more: tuple[str, ...]) -> tuple[str, ...] | None:
    """Choose the panel with `more` and return its entries; None where there can be none."""
    try:
        listed = gene_lists.checked(GeneList(entries(view, more)))
        use_list(view.settings, listed)
    except InputError as error:
        st.session_state[_PROBLEM] = str(error)
        return None
    return listed.entries


def _add_gene(view: View, gene: str, key: str) -> None:
    listed = _add(view, (gene,))
    if listed is None:
        return
    choose(key, gene)
    try:
        probe_now.begin(view.settings, run_spec.Spec(view.spec.backbone, PASTED, listed))
    except InputError as error:
        st.session_state[_PROBLEM] = str(error)


def _add_set(view: View, box: str) -> None:
    name = st.session_state.get(box)
    if name is None:
        st.session_state[_PROBLEM] = "No set was chosen."
    else:
        _add(view, shipped_sets("hallmark").sets[name])


def _add_pasted(view: View, box: str) -> None:
    listed = genes_from_text(st.session_state.get(box) or "")
    if listed.genes:
        _add(view, listed.entries)
    else:
        st.session_state[_PROBLEM] = "No gene was pasted. Write some symbols, such as GATA1, KLF1."
