"""The cells on a small map: by context, gene or pseudotime; where stages and branches lie."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ugrn_core.dashboard.charts import cell_map as charts
from ugrn_core.dashboard.charts.frame import CONFIG
from ugrn_core.dashboard.sections.contexts import asking
from ugrn_core.dashboard.shell.address import choice, switch
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette
from ugrn_core.errors import InputError
from ugrn_core.experiment.catalog.backbones import can_compute
from ugrn_core.experiment.contexts import jobs, placing
from ugrn_core.experiment.contexts.groups import Grouping
from ugrn_core.experiment.contexts.spec import ContextSpec, Prepared
from ugrn_core.experiment.runs import limits
from ugrn_core.markdown import literal

AXES = {
    "pca": ("first component", "second component"),
    "umap": ("UMAP 1", "UMAP 2"),
}


def draw(view: View, asked_for: ContextSpec, ready: Prepared, colours: Palette) -> None:
    """Draw the cells, coloured by context, by a gene, or by pseudotime."""
    st.header("The cells", anchor=False)
    cells, grouping = ready.cells, ready.grouping
    ways = {"context": "Context", "gene": "A gene"}
    ways |= {"time": "Pseudotime"} if grouping.along is not None else {}
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        way = switch("Colour the cells by", "cells_by", ways)
    with right:
        kind = switch("Map", "cells_map", {"pca": "Components", "umap": "UMAP"})
    xy, kind = _places(view, asked_for, ready, kind)
    course = courses(xy, grouping)
    look = charts.Look(AXES[kind], course)
    if way == "context":
        first = np.where(grouping.pool, grouping.members.argmax(axis=0), len(grouping.names))
        named = np.array([*grouping.names, "in no context"], dtype=object)[first]
        drawing = charts.cell_groups(xy, named, colours, look)
    elif way == "time":
        drawing = charts.cell_values(xy, grouping.along, "pseudotime", colours, look)
    else:
        labels = [ready.study.labels.get(t, t) for t in ready.study.panel.genes]
        gene = choice("Gene", "cells_gene", dict(zip(labels, labels)))
        values = cells.values[:, labels.index(gene)]
        drawing = charts.cell_values(xy, values, gene, colours, look)
    words = "two principal components of the panel's genes" if kind == "pca" else "a UMAP"
    st.plotly_chart(
        drawing, config=CONFIG, key="cells_map_drawn", alt=f"{len(cells)} cells by {words}"
    )
    if course:
        st.caption("Lines: the middles of the stages, from the first of each branch to its last.")


def _places(
    view: View, asked_for: ContextSpec, ready: Prepared, wanted: str
) -> tuple[np.ndarray, str]:
    """Return places of the cells (C, 2) and what they are; components until a UMAP is there."""
    if wanted == "pca":
        return _components(ready.id, ready), "pca"
    umap = placing.kept_umap(view.settings, ready.cells)
    if umap is not None:
        return umap, "umap"
    state = jobs.state(view.settings, asked_for, jobs.MAP)
    if state.active:
        asking.progress(view, asked_for, jobs.MAP)
    elif len(ready.cells) < placing.FEWEST:
        st.info(f"A UMAP needs {placing.FEWEST} cells; the components stand in its place.")
    else:
        if state.status == "failed":
            st.error(literal(f"The UMAP failed: {state.message or 'no reason was kept'}"))
        _offer(view, asked_for, ready)
    return _components(ready.id, ready), "pca"


def _offer(view: View, asked_for: ContextSpec, ready: Prepared) -> None:
    pressed = st.button(
        "Compute the UMAP",
        icon=":material/scatter_plot:",
        disabled=not can_compute(),
        help=f"Once for these {len(ready.cells):,} cells; components are shown meanwhile",
    )
    if pressed:
        try:
            limits.check(view.settings, 0)
            jobs.start(view.settings, asked_for, jobs.MAP)
        except InputError as error:
            st.error(literal(str(error)))
        else:
            st.rerun()


def courses(xy: np.ndarray, grouping: Grouping) -> list[tuple[str, np.ndarray]]:
    """Return name and the middles (k, 2) of the stages of each branch, in their order; nothing for
    contexts without one."""
    if grouping.at is None:
        return []
    branch = np.array(grouping.branch or [""] * len(grouping.names), dtype=object)
    middles = np.array([np.median(xy[m], axis=0) for m in grouping.members])
    out = []
    for name in dict.fromkeys(branch.tolist()):
        here = np.flatnonzero(branch == name)
        out.append((str(name), middles[here[np.argsort(grouping.at[here], kind="stable")]]))
    return out


@st.cache_data(max_entries=6, show_spinner="Placing the cells")
def _components(mark: str, _ready: Prepared) -> np.ndarray:
    return placing.components_of(_ready.cells)
