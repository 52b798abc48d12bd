"""The gene box: the same everywhere, takes any text, and always answers."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.shell.address import choose, keep, made, restore
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import add_genes, elsewhere
from ugrn_core.experiment.catalog import gene_lookup
from ugrn_core.experiment.catalog.datasets import ALL_GENES
from ugrn_core.experiment.catalog.gene_lookup import GeneAnswer
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.markdown import literal

# Options that a browser draws when the box is opened; it draws all there are, and 24,410 of them
# kept it busy for seconds.
MOST_OFFERED = 2_000
_OTHERS = "The list offers the regulators. Any other gene: type it and press Enter."
_ANSWER = "ugrn_answer_{}"  # what was last typed into a box, the answer to it, and of what run


def gene_box(
    view: View, label: str, key: str, genes: Sequence[str], first: str | None = None
) -> str | None:
    """Return the gene of `genes` asked for, or None after saying why there is none.

    What somebody types or a link asks for is taken as the best match: the symbol itself, then
    another case of it, another name of the gene, the beginning of a symbol. The gene is in the
    address as `key`. first: the gene shown when nothing was asked. Of more than MOST_OFFERED genes
    the box lists the regulators, and takes them all.
    """
    restore(label, key, lambda text: bool(text.strip()), first)
    _take_best_match(view, key, genes)
    offered = _offered(view, genes)
    st.selectbox(
        label,
        offered,
        key=key,
        index=None,
        accept_new_options=True,
        # Of a few among many: only those that begin so, or the list would seem to be all there is.
        filter_mode="fuzzy" if offered is genes else "prefix",
        help=None if offered is genes else _OTHERS,
        on_change=made,
        args=(key,),
        persist_state="session",
        placeholder="Type a gene symbol, e.g. SPI1",
    )
    gene = keep(key)
    if not gene:
        return None
    typed, answer, of_run = st.session_state.get(_ANSWER.format(key), (None, None, None))
    if answer is not None and of_run == view.spec and gene in (typed, answer.symbol):
        _say(answer, genes, key)
        if answer.elsewhere and view.spec.dataset != ALL_GENES:
            elsewhere.links(view, answer.elsewhere)
            add_genes.offer(view, answer.elsewhere, key)
    return gene if gene in genes else None


def _offered(view: View, genes: Sequence[str]) -> Sequence[str]:
    """Return the genes that the open box lists: all of them, or of very many the regulators."""
    if len(genes) <= MOST_OFFERED:
        return genes
    study = run_spec.prepare(view.settings, view.spec).study
    driven = {study.labels.get(token, token) for token in study.regulators}
    return tuple(gene for gene in genes if gene in driven)[:MOST_OFFERED]


def _take_best_match(view: View, key: str, genes: Sequence[str]) -> None:
    """Put the gene meant by the text of the box in its place, and keep the answer to it."""
    typed = st.session_state[key]
    if not typed or typed in genes:
        return
    ready = run_spec.prepare(view.settings, view.spec)
    answer = gene_lookup.gene_lookup(ready.study, ready.backbone, typed)
    st.session_state[_ANSWER.format(key)] = typed, answer, view.spec
    if answer.symbol in genes:
        choose(key, answer.symbol)
        st.session_state[key] = answer.symbol


def _say(answer: GeneAnswer, genes: Sequence[str], key: str) -> None:
    """Draw the answer to what was typed, with what else may have been meant."""
    if answer.symbol is not None and answer.symbol not in genes:
        _no_regulator(answer.symbol, len(genes))
        return
    if answer.symbol is None:
        st.warning(literal(answer.sentence), icon=":material/search_off:")
    elif answer.how != "found":
        st.info(literal(answer.sentence), icon=":material/find_replace:")
    near = [gene for gene in answer.near if gene in genes][:5]
    if near:
        with st.container(horizontal=True):
            st.markdown("Near it:" if answer.symbol is None else "Or:")
            for gene in near:
                st.button(
                    literal(gene), key=f"{key}_near_{gene}", on_click=choose, args=(key, gene)
                )


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
