"""Which genes of a drawn neighbourhood are shown, and how large their labels; all in the link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from ugrn_core.dashboard.network.drawing import Drawing
from ugrn_core.dashboard.sections import network
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


def show(every: Drawing, colours: Palette, run_id: str, regulators: frozenset[str]) -> Drawing:
    """Draw the choices and the genes of `every` that they leave; return the drawing of these."""
    drawing = applied(every, controls(every))
    said(every, drawing)
    if drawing.edges.empty:
        st.info("No drawn edge joins the genes that you chose.", icon=":material/filter_alt_off:")
    else:
        more = partial(hide_button, drawing=drawing)
        network.show(drawing, colours, run_id, regulators, more)
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


def said(every: Drawing, drawing: Drawing) -> None:
    """Say what is left out of the drawing, and offer to bring it back."""
    out = len(every.edges) - len(drawing.edges)
    if not out:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{out:,} of these {len(every.edges):,} edges are left out as chosen.")
        st.button("Show all genes", icon=":material/visibility:", on_click=_everything)


def hide_button(gene: str, drawing: Drawing) -> None:
    """Draw the button that hides `gene`; none for the centre."""
    if gene == drawing.centre:
        return
    st.button("Hide it", icon=":material/visibility_off:", on_click=_hide, args=(gene,))


def _hide(gene: str) -> None:
    before = (address.chosen("hide") or "").split(",")
    address.choose("hide", [*filter(None, before), gene])


def _everything() -> None:
    for key in ("hide", "only"):
        address.choose(key, [])


def _of(table: dict, genes: Iterable[str]) -> dict:
    return {gene: value for gene, value in table.items() if gene in genes}
