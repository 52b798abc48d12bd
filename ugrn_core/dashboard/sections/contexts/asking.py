"""What contexts are asked for, and the way from there to results: one button, progress, cancel."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ugrn_core.dashboard.sections import all_genes
from ugrn_core.dashboard.shell.address import choice, step, switch
from ugrn_core.dashboard.shell.sentences import fragment
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.data.own import cell_columns
from ugrn_core.errors import InputError
from ugrn_core.experiment.catalog import identity
from ugrn_core.experiment.catalog.backbones import NO_TORCH, can_compute
from ugrn_core.experiment.catalog.datasets import ALL_GENES, PASTED
from ugrn_core.experiment.contexts import compute, folder, jobs, making, spec
from ugrn_core.experiment.contexts.cells import StudyCells
from ugrn_core.experiment.contexts.pseudotime import COMPUTED
from ugrn_core.experiment.contexts.results import ContextResults, open_results
from ugrn_core.experiment.contexts.spec import ContextSpec, Prepared
from ugrn_core.experiment.contexts.worth import table as worth_table
from ugrn_core.experiment.runs import limits
from ugrn_core.markdown import literal
from ugrn_core.quantities import duration

GROUPS, STAGES = "groups", "stages"
ONE_CELL, MOST_NAMES = "one-cell", 5_000  # cells by name that a box offers
READOUTS = {"masked": "Masked, a fifth at a time", "visible": "Visible"}


def question(view: View) -> ContextSpec | None:
    """Draw what can be chosen; return it, or None after saying why there is nothing to choose."""
    backbone = identity.known(view.spec.backbone, view.settings)
    whole = ContextSpec(view.spec.backbone, view.spec.dataset)
    try:
        _, cells = spec.opened_cells(view.settings, whole, backbone)
    except InputError as error:  # no cells, or none that this backbone can be shown
        st.info(literal(str(error)), icon=":material/info:")
        if view.spec.dataset in (PASTED, ALL_GENES):
            all_genes.instead("contexts", view, cells=True)
        return None
    ways = {GROUPS: "Groups of cells"} if cells.grouped_by else {}
    ways |= {STAGES: "Stages of a pseudotime"}
    left, middle, right = st.columns([2, 2, 2], vertical_alignment="bottom")
    with left:
        way = switch("Contexts are", "contexts", ways)
    with middle:
        told = _groups(cells) if way == GROUPS else _stages(cells)
    with right:
        readout = _readout(backbone)
    return ContextSpec(whole.backbone, whole.dataset, readout=readout, **told)


def _groups(cells: StudyCells) -> dict:
    titles = {c: f"{c} ({len(groups)} groups)" for c, groups in cells.grouped_by.items()}
    return {"by": choice("By the column", "by", titles)}


def _stages(cells: StudyCells) -> dict:
    titles = _branches(cells) | {c: c for c in cells.ordered_by}
    computed = {COMPUTED: "Compute one (diffusion pseudotime)"}
    named = any("time" in c.casefold() for c in titles)
    titles = titles | computed if named else computed | titles
    along = choice("Along", "along", titles)
    root, branchings = "", 0
    if along == COMPUTED:
        root = _root(cells)
        branchings = step(
            *("Branchings", "branchings", tuple(range(spec.MOST_BRANCHINGS + 1)), 0),
            help="How often the course parts: each branch has stages of its own",
        )
    windows = step(
        *("Stages", "stages", (3, 4, 6, 8, 10, 12), 8),
        help="Windows of cells that overlap by half; fewer where they would hold under 30 cells",
    )
    return {"along": along, "root": root, "branchings": branchings, "windows": windows}


def _root(cells: StudyCells) -> str:
    """Draw where a computed pseudotime begins, a type of cells or one cell; return it."""
    starts = {f"{c}={g}": g for c, groups in list(cells.grouped_by.items())[:1] for g in groups}
    starts |= {ONE_CELL: "One cell"}
    root = choice("It begins at", "root", starts)
    if root != ONE_CELL:
        return root
    names = cells.names[:MOST_NAMES]
    return choice("Cell", "root_cell", dict(zip(names, names)))


def _branches(cells: StudyCells) -> dict[str, str]:
    """Return the columns that are each the time of a branch as one choice; nothing where there are
    none."""
    names = cell_columns.lineages({c: cells.columns[c] for c in cells.ordered_by})
    return {",".join(names): f"{len(names)} branches: {', '.join(names)}"[:60]} if names else {}


def _readout(backbone) -> str:
    offered = {r: READOUTS[r] for r in spec.readouts_offered(backbone)}
    return choice("Targets are read", "readout", offered) if len(offered) > 1 else ""


def described(ready: Prepared) -> None:
    """Draw which contexts there are, how many cells each holds, and what is left out."""
    grouping = ready.grouping
    with st.expander(
        f"{len(grouping.names)} contexts of {int(grouping.pool.sum()):,} cells", expanded=False
    ):
        rows = {"Context": grouping.names, "Cells": grouping.counts}
        st.dataframe(rows, hide_index=True, alt="Contexts and their cells")
        for sentence in making.notes(ready)[1:]:
            st.caption(literal(f"{sentence}."))


def results_or_offer(view: View, asked_for: ContextSpec) -> ContextResults | None:
    """Return the results; where there are none, draw what to do and return None."""
    state = jobs.state(view.settings, asked_for)
    if state.status == "done":
        where = folder.where(view.settings, spec.prepare(view.settings, asked_for).id)
        return _opened(str(where), where)
    if state.active:
        progress(view, asked_for, "")
    else:
        _offer(view, asked_for, state)
    return None


@st.cache_resource(max_entries=6, show_spinner="Opening the results")
def _opened(mark: str, _where) -> ContextResults:
    results = open_results(_where)
    _ = results.tested
    return results


def _offer(view: View, asked_for: ContextSpec, state: jobs.ContextState) -> None:
    with st.container(border=True):
        label = {"failed": "Probe again", "cancelled": "Resume"}.get(state.status, "Probe these")
        if state.status == "failed":
            st.error(literal(f"The last run failed: {state.message or 'no reason was kept'}"))
        st.header("Not probed yet", anchor=False)
        ready, place = spec.prepare(view.settings, asked_for), st.empty()
        st.caption(
            "It runs in its own process: close this tab and come back. The curves of the flat "
            "virtual cell stay as they are; contexts stand beside them."
        )
        able = can_compute()
        if not able:
            st.info(NO_TORCH, icon=":material/download:")
        with st.container(horizontal=True):
            pressed = st.button(
                label, type="primary", icon=":material/play_arrow:", disabled=not able
            )
            timed = st.button("How long will it take?", icon=":material/timer:", disabled=not able)
        if pressed:
            limits.check(view.settings, len(ready.study.panel))
            jobs.start(view.settings, asked_for)
            st.rerun()
        place.markdown(_cost(view, ready, place, measure=timed))


def _cost(view: View, ready: Prepared, place, *, measure: bool) -> str:
    """Return what the contexts will take: from a pace kept before, else when asked to measure."""
    if not measure:
        return literal(making.cost(view.settings, ready, measure=False).sentence())
    limits.begin(view.settings)
    with place, st.spinner("Measuring this machine for some seconds", show_time=True):
        return literal(making.cost(view.settings, ready).sentence())


@fragment(0.7)
def progress(view: View, asked_for: ContextSpec, bands_of: str) -> None:
    """Draw how far a job is, looking again by itself, and a button that stops it."""
    state = jobs.state(view.settings, asked_for, bands_of)
    if not state.active:
        st.rerun()
    with st.container(border=True):
        stop = st.button(
            "Stopping ..." if state.stopping else "Cancel",
            icon=":material/stop:",
            disabled=state.stopping,
            key=f"cancel_contexts_{bands_of}",
        )
        if stop:
            jobs.cancel(view.settings, asked_for, bands_of)
        st.progress(state.share, text=words(state))


def words(state: jobs.ContextState) -> str:
    """Return what a job is at, how many steps of how many, and how long it has to go."""
    if state.status == "queued":
        return f"waiting: {state.before:,} before it" if state.before else "starting"
    steps = f": {state.done:,} of {state.total:,}" if state.total else ""
    left = f", about {duration(state.seconds_left)} left" if state.seconds_left else ""
    return f"{state.phase or 'starting'}{steps}{left}"


def bands(view: View, asked_for: ContextSpec, token: str, symbol: str) -> np.ndarray | None:
    """Return half of the 95 % band of a regulator's rises (K, G), or draw how to get it."""
    from ugrn_core.experiment.contexts.chance.bands import DRAWS, half_width

    state = jobs.state(view.settings, asked_for, token)
    if state.status == "done":
        where = folder.where(view.settings, spec.prepare(view.settings, asked_for).id)
        return half_width(where, token)
    if state.active:
        progress(view, asked_for, token)
        return None
    pressed = st.button(
        literal(f"Compute the band of {symbol}"),
        icon=":material/ssid_chart:",
        disabled=not can_compute(),
        help=f"Cells of every context are drawn anew {DRAWS} times, and this regulator is probed "
        "around each of those means",
    )
    if pressed:
        limits.check(view.settings, 0)
        jobs.start(view.settings, asked_for, token)
        st.rerun()
    return None


def random_weights(
    view: View, asked_for: ContextSpec, ready: Prepared
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the rises in each context (K, S, G) and in all cells (S, G) under random weights, or
    draw how to get them; None without a word for a backbone that has no such control."""
    from ugrn_core.experiment.contexts.chance.random_weights import rises

    if not ready.backbone.has_control:
        return None
    state = jobs.state(view.settings, asked_for, jobs.RANDOM)
    if state.status == "done":
        return rises(folder.where(view.settings, ready.id))
    if state.active:
        progress(view, asked_for, jobs.RANDOM)
        return None
    if state.status == "failed":
        st.error(literal(f"Random weights failed: {state.message or 'no reason was kept'}"))
    pressed = st.button(
        "The same under random weights",
        icon=":material/casino:",
        disabled=not can_compute(),
        help="Every regulator is probed again in each context, by the same network with weights "
        "drawn at random: what its shape alone brings out",
    )
    if pressed:
        limits.check(view.settings, 0)
        jobs.start(view.settings, asked_for, jobs.RANDOM)
        st.rerun()
    return None


def worth(view: View) -> None:
    """Say what was measured of this backbone; where nothing was, that nobody knows."""
    backbone = identity.known(view.spec.backbone, view.settings)
    of = view.settings, backbone.name, backbone.checksum
    said = worth_table.sentence(worth_table.measured(*of))
    stages = worth_table.stage_sentence(worth_table.measured_stages(*of))
    said = f"{said} {stages}" if said and stages else said
    st.caption(
        said
        or "Whether real cells as the background help this backbone to know edges has not been "
        "measured here: `python -m ugrn_core bench contexts` does. Read changes, not truth."
    )


def pair_curves(ready: Prepared, view: View, pair: tuple[int, int]) -> np.ndarray | None:
    """Return the responses (K + 2, T) of a pair (row of sources, position of target): contexts, all
    cells, the flat cell; None where curves were cleared away."""
    return compute.pair_curves(view.settings, ready, *pair)
