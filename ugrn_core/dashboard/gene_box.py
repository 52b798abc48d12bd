"""The gene box: the same everywhere, takes any text, and always answers."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ugrn_core.dashboard.sidebar import View
from ugrn_core.dashboard.words import literal
from ugrn_core.experiment import catalogue


def gene_box(
    view: View, label: str, key: str, genes: Sequence[str], first: str | None = None
) -> str | None:
    """Return the gene of `genes` asked for, or None after saying why there is none.

    The text is bound to the address as `key`. first: the gene shown when nothing was asked.
    """
    last = f"ugrn_last_{key}"
    if key not in st.session_state and key not in st.query_params:
        # Set, not defaulted: defaults stay out of the address, and a link must be whole.
        st.session_state[key] = st.session_state.get(last) or first
    asked = st.selectbox(
        label,
        genes,
        index=None,
        key=key,
        bind="query-params",
        accept_new_options=True,
        placeholder="Type a gene symbol, e.g. SPI1",
    )
    if not asked:
        return None
    if asked in genes:
        st.session_state[last] = asked
        return asked
    return answered(view, asked, genes, key)


def answered(view: View, asked: str, genes: Sequence[str], key: str) -> str | None:
    """Return the gene of `genes` meant by `asked`; draw the sentence and near matches."""
    answer = catalogue.gene_lookup(view.settings, view.spec, asked)
    if answer.symbol in genes:
        st.info(literal(answer.sentence), icon=":material/find_replace:")
        return answer.symbol
    sentence = answer.sentence
    if answer.symbol is not None:
        sentence = f"{answer.symbol} is known to the backbone but was not probed in this panel."
    st.warning(literal(sentence), icon=":material/search_off:")
    near = [gene for gene in answer.near if gene in genes][:5]
    if near:
        with st.container(horizontal=True):
            st.markdown("Near it:")
            for gene in near:
                st.button(gene, key=f"{key}_near_{gene}", on_click=_ask, args=(key, gene))
    return None


def _ask(key: str, gene: str) -> None:
    st.session_state[key] = gene
