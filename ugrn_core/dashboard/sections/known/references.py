"""The Data page's part References: a table of known edges in, and the references there are."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.shell import own_sets
from ugrn_core.dashboard.shell.browser_mark import owner
from ugrn_core.dashboard.shell.sentences import sentences
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import undo
from ugrn_core.dashboard.widgets.metric_tiles import Tile, metric_tiles
from ugrn_core.data.own.formats.given import of_bytes
from ugrn_core.data.references import store
from ugrn_core.data.references.store import KeptReference
from ugrn_core.experiment.references import adding, cards, collectri
from ugrn_core.experiment.references.adding import TableGiven
from ugrn_core.experiment.runs import limits
from ugrn_core.markdown import literal
from ugrn_core.quantities import size
from ugrn_core.removed import REFERENCE, Removed
from ugrn_core.settings import Settings

_READ = "ugrn_edges"  # (what was given, TableGiven) of this session
_ADDED = "ugrn_reference_added"
_ROUND = "ugrn_edges_round"  # a new uploader, emptied, after a table was added
_MOST_MB = 200
_TOLD = "as the genes say"
_HOW = (
    "A line an edge: **source** (or TF, regulator), **target**, and where there are **sign** (+1, "
    "activates, -1, represses ...) and **weight**. csv, tsv, sif, also packed, or xlsx."
)


def draw(view: View) -> None:
    """Draw how a table comes in, the references of this browser, and those of this machine."""
    name = st.session_state.pop(_ADDED, None)
    if name is not None:
        st.success(f"**{literal(name)}** is added: choose it on the left as reference network.")
    undo.offer(_bin(view.settings))
    st.header("Add known edges", anchor=False)
    with sentences():
        _form(view)
    st.header("My references", anchor=False)
    mine = own_sets.my_references(view.settings)
    if not mine:
        st.info("Nothing is here yet. What you add is listed in this browser, and in no other.")
    for one in mine:
        _own(view.settings, one)
    st.header("References on this machine", anchor=False)
    _public(view.settings)
    st.caption(
        "Any data set, a list of your own and all genes included, can be held against any "
        "reference of its species. Scores are not made anew: what is known stands beside them."
    )


def _form(view: View) -> None:
    round_ = st.session_state.setdefault(_ROUND, 0)
    file = st.file_uploader(
        f"A table of edges, up to {size(_MOST_MB * 1_000_000)}",
        key=f"ugrn_edges_{round_}",
        max_upload_size=_MOST_MB,
    )
    st.caption(_HOW)
    if file is None:
        return
    species = st.segmented_control(
        "Species",
        [_TOLD, "human", "mouse"],
        default=_TOLD,
        required=True,
        key=f"ugrn_edges_species_{round_}",
    )
    key = file.file_id, file.size, species
    known = st.session_state.get(_READ)
    if known is None or known[0] != key:
        limits.begin(view.settings)
        with st.spinner(f"Reading {literal(file.name[:60])}"):
            said = None if species == _TOLD else species
            known = key, adding.read(of_bytes(file.name, file.getvalue()), said)
        st.session_state[_READ] = known
    _summary(known[1])
    name = st.text_input(
        "Name", value=known[1].suggested, key=f"ugrn_edges_name_{round_}", max_chars=48
    )
    if st.button("Add", type="primary", icon=":material/add:", key="add_edges"):
        limits.check_disk(view.settings)
        one = adding.add(view.settings, name, known[1], owner=owner())
        st.session_state[_ADDED] = one.name
        st.session_state[_ROUND] += 1
        st.session_state.pop(_READ, None)
        st.rerun()


def _summary(given: TableGiven) -> None:
    edges = given.edges
    signed = edges.n_signed
    up = (edges.signs > 0).sum() / max(1, signed)
    metric_tiles(
        [
            Tile("Edges", f"{len(edges.edges):,}", f"{edges.species} genes"),
            Tile("Regulators", f"{len(set(edges.edges[:, 0].tolist())):,}", None),
            Tile("Genes", f"{len(edges.genes):,}", f"{len(edges.lost):,} names are no gene"),
            Tile("With a sign", f"{signed:,}", f"{up:.0%} activate" if signed else "none"),
        ]
    )
    for note in edges.notes[:6]:
        st.caption(literal(note))
    if edges.lost:
        table = pd.DataFrame(list(edges.lost.items()), columns=["name", "reason"])
        with st.expander(f"{len(table):,} names that are no gene here", icon=":material/help:"):
            st.dataframe(table.head(2_000), hide_index=True, alt="Names that are no gene, and why")


def _own(settings: Settings, one: KeptReference) -> None:
    with st.container(border=True):
        words, way = st.columns([4, 1], vertical_alignment="center")
        about = one.about
        words.markdown(
            f"**{literal(one.name)}**  \n:small[{about['edges']:,} edges, {about['signed']:,} with "
            f"a sign, {about['species']}; from {literal(about['source'].get('name', '')[:60])}]"
        )
        way.button(
            "Remove",
            key=f"remove_{one.mark}",
            icon=":material/delete:",
            on_click=undo.remove,
            args=(_bin(settings), partial(store.remove, settings.home, one.mark)),
        )
        with st.expander("What it is"):
            for sentence in adding.sentences(about):
                st.markdown(f"- {literal(sentence)}")


def _bin(settings: Settings) -> undo.Bin:
    def may(one: Removed) -> bool:
        return own_sets.is_mine(one.about.get("owner", ""), settings)

    more = " Runs stay."
    return undo.Bin(settings.home, REFERENCE, may, put_back=store.put_back, more=more)


def _public(settings: Settings) -> None:
    every = [card for card in cards.cards(settings) if card.owner is None]
    table = pd.DataFrame(
        {
            "Reference": [card.name for card in every],
            "Species": [card.species for card in every],
            "Edges": pd.array([card.edges for card in every], dtype="Int64"),
            "With a sign": pd.array([card.signed for card in every], dtype="Int64"),
            "From": [card.source for card in every],
        }
    )
    st.dataframe(table, hide_index=True, placeholder="–", alt="References on this machine")
    if any(card.name == cards.COLLECTRI for card in every):
        return
    what = (
        f"**CollecTRI**: 42,990 edges of human regulators, signs where somebody saw them; "
        f"{size(collectri.BYTES)}, {collectri.LICENCE}, from {collectri.ADDRESS}."
    )
    if settings.serve is not None or not own_sets.is_local():
        st.caption(f"{what} Who runs this server can fetch it: `data fetch collectri`.")
        return
    with st.container(border=True):
        words, way = st.columns([4, 1], vertical_alignment="center")
        words.markdown(what)
        if way.button("Fetch", icon=":material/download:", key="fetch_collectri"):
            _fetch(settings)


def _fetch(settings: Settings) -> None:
    bar = st.progress(0.0, text="asking zenodo.org")

    def progress(done: int, total: int) -> None:
        bar.progress(min(1.0, done / max(1, total)), text=f"{size(done)} of {size(total)}")

    with sentences():
        collectri.fetch(settings, progress=progress)
        st.rerun()
    bar.empty()
