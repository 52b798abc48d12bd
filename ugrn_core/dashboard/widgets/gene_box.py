"""The gene box: the same everywhere, takes any text, and always answers."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.shell.address import keep, restore
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.text import literal
from ugrn_core.experiment.catalog import gene_lookup


def gene_box(
    view: View, label: str, key: str, genes: Sequence[str], first: str | None = None
) -> str | None:
    """Return the gene of `genes` asked for, or None after saying why there is none.

    The text is in the address as `key`. first: the gene shown when nothing was asked.
    """
    restore(label, key, lambda text: bool(text.strip()), first)
    st.selectbox(
        label,
        genes,
        key=key,
        index=None,
        accept_new_options=True,
        persist_state="session",
        placeholder="Type a gene symbol, e.g. SPI1",
    )
    asked = keep(key)
    if not asked:
        return None
    return asked if asked in genes else answered(view, asked, genes, key)


def answered(view: View, asked: str, genes: Sequence[str], key: str) -> str | None:
    """Return the gene of `genes` meant by `asked`; draw the sentence and near matches."""
    answer = gene_lookup.gene_lookup(view.settings, view.spec, asked)
    if answer.symbol in genes:
        st.info(literal(answer.sentence), icon=":material/find_replace:")
        return answer.symbol
    if answer.symbol is not None:
        _no_regulator(answer.symbol, len(genes))
        return None
    st.warning(literal(answer.sentence), icon=":material/search_off:")
    near = [gene for gene in answer.near if gene in genes][:5]
    if near:
        with st.container(horizontal=True):
            st.markdown("Near it:")
            for gene in near:
                st.button(gene, key=f"{key}_near_{gene}", on_click=_ask, args=(key, gene))
    return None


def _no_regulator(gene: str, count: int) -> None:
    """Say that a gene of the panel was driven by others only, and lead to those."""
    st.warning(
        literal(
            f"{gene} is in this panel, but is not among the {count:,} regulators probed: it can "
            "be a target here."
        ),
        icon=":material/search_off:",
    )
    navigation.link(
        "regulators",
        f"Regulators of {gene}",
        ":material/south_east:",
        gene=gene,
        side="regulators",
    )


def _ask(key: str, gene: str) -> None:
    st.session_state[key] = gene
