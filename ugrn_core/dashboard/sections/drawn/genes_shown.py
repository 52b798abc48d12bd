"""Which genes of a drawn neighbourhood are shown, and how large their labels; all in the link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from ugrn_core.dashboard.network.drawing import Drawing
from ugrn_core.dashboard.sections import network
from ugrn_core.dashboard.sections.drawn import pins
from ugrn_core.dashboard.shell import address
from ugrn_core.dashboard.theme import Palette

LABELS = {"normal": "Normal", "small": "Small", "large": "Large"}
_SCALES = {"small": 0.75, "normal": 1.0, "large": 1.4}


@dataclass(frozen=True)
class Shown:
    """hidden: genes left out. only: the genes to stay, with the centre; empty: all. label_scale: of
    Drawing."""

    hidden: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    label_scale: float = 1.0


def show(
    every: Drawing, colours: Palette, run_id: str, regulators: frozenset[str], scope: str
) -> Drawing:
    """Draw the choices and the genes of `every` that they leave; return the drawing of these.

    scope: which neighbourhood it is, for the genes that are moved in it.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        drawing = pins.pinned(applied(every, controls(every)), scope)
        said(every, drawing, scope)
    if drawing.edges.empty:
        st.info("No drawn edge joins the genes that you chose.", icon=":material/filter_alt_off:")
    else:
        more = partial(buttons, drawing=drawing, scope=scope)
        moved = partial(pins.take, scope)
        network.show(drawing, colours, run_id, regulators, more, moved=moved)
    return drawing


def controls(drawing: Drawing) -> Shown:
    """Draw the choices in a box that opens, and what they leave out; return them."""
    genes = sorted(set(drawing.positions) - {drawing.centre})
    with st.popover("Genes and labels", icon=":material/tune:"):
        only = address.several(
            "Only these genes", "only", genes, help="Edges between these and the centre"
        )
        hidden = address.several("Hide these genes", "hide", genes, help="They keep their places")
        size = address.switch("Labels", "labels", LABELS)
    return Shown(tuple(hidden), tuple(only), _SCALES[size])


def applied(drawing: Drawing, shown: Shown) -> Drawing:
    """Return `drawing` with those genes alone and the edges between them; none moves."""
    stay = set(shown.only) | {drawing.centre} if shown.only else set(drawing.positions)
    stay -= set(shown.hidden)
    edges = drawing.edges
    edges = edges[edges["source"].isin(stay) & edges["target"].isin(stay)]
    left = {*edges["source"], *edges["target"]}
    return replace(
        drawing,
        edges=edges,
        positions=_of(drawing.positions, left),
        regulators=drawing.regulators & left,
        groups=_of(drawing.groups, left),
        places=drawing.places or drawing.positions,
        label_scale=shown.label_scale,
    )


def said(every: Drawing, drawing: Drawing, scope: str) -> None:
    """Say what is left out of the drawing and what was moved, and offer to bring it back."""
    out, moved = len(every.edges) - len(drawing.edges), len(drawing.pinned)
    if out:
        words = f"{out:,} of these {len(every.edges):,} edges are left out as chosen."
        st.caption(words, width="content")
        st.button("Show all genes", icon=":material/visibility:", on_click=_everything)
    if moved:
        one = "1 gene is" if moved == 1 else f"{moved:,} genes are"
        st.caption(f"{one} pinned where you put {'it' if moved == 1 else 'them'}.", width="content")
        st.button(
            "Unpin all",
            icon=":material/keep_off:",
            on_click=pins.release,
            args=(scope, sorted(drawing.pinned)),
        )


def buttons(gene: str, drawing: Drawing, scope: str) -> None:
    """Draw what can be done to `gene`: pin it where it is, let it go, hide it, but not the
    centre."""
    if gene in drawing.pinned:
        icon, act, args = ":material/keep_off:", pins.release, (scope, [gene])
        st.button("Unpin it", icon=icon, on_click=act, args=args, width="stretch")
    else:
        place = dict(zip("xy", drawing.positions[gene]))
        icon, act, args = ":material/keep:", pins.take, (scope, {gene: place})
        st.button("Pin it here", icon=icon, on_click=act, args=args, width="stretch")
    if gene != drawing.centre:
        icon = ":material/visibility_off:"
        st.button("Hide it", icon=icon, on_click=_hide, args=(gene,), width="stretch")


def _hide(gene: str) -> None:
    before = (address.chosen("hide") or "").split(",")
    address.choose("hide", [*filter(None, before), gene])


def _everything() -> None:
    for key in ("hide", "only"):
        address.choose(key, [])


def _of(table: dict, genes: Iterable[str]) -> dict:
    return {gene: value for gene, value in table.items() if gene in genes}
