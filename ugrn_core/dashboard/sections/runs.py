"""The Runs page's parts: what computes, what stopped before its end, and finished results."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.sections import shelf
from ugrn_core.dashboard.shell import navigation, own_sets
from ugrn_core.dashboard.shell.sentences import fragment, sentences
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import probe_now
from ugrn_core.errors import InputError
from ugrn_core.experiment.catalog import backbones as installed
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.catalog.backbones import NO_TORCH, can_compute
from ugrn_core.experiment.catalog.datasets import PASTED
from ugrn_core.experiment.runs import run_list
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.run_list import Job
from ugrn_core.markdown import literal
from ugrn_core.quantities import duration, size
from ugrn_core.settings import Settings

_BUSY_SECONDS, _IDLE_SECONDS = 2.0, 15.0  # between two looks at the jobs
_SILENT_SECONDS = 300.0  # without a step, after which a job at work may hang
_MANY = 30  # jobs drawn of a kind
_FEW = 3  # jobs that stopped before their end, drawn unfolded
_STATES = {
    "queued": ":material/hourglass_empty: waiting to start",
    "running": ":material/sync: at work",
    "done": ":material/check_circle: finished",
    "failed": ":material/error: failed",
    "cancelled": ":material/cancel: cancelled",
}


def draw(view: View, *, alone: bool = True) -> None:
    """Draw the jobs of this machine, newest first, looking again by itself. alone: whether no jobs
    of another kind stand below, so that none at all has to be said."""
    if not alone and not _jobs(view):
        return
    busy = any(job.active for job in _jobs(view))
    fragment(_BUSY_SECONDS if busy else _IDLE_SECONDS)(_listed)(view, busy)


def _jobs(view: View) -> list[Job]:
    """Return the jobs that this session may know of: not those of another's own cells."""
    every = run_list.jobs(view.settings)
    return [job for job in every if own_sets.may_see(job.spec.dataset, view.settings)]


def finished(view: View) -> None:
    """Draw the table of results on disk, or what to do where there are none."""
    shelf.said()
    shelf.way_back(view)
    if shelf.results(view).empty:
        st.info("No result lies on this machine yet. The first run that finishes shows here.")
        return
    rows = shelf.table(view)
    if rows.empty:
        st.info("No result passes this filter.")
        return
    ships = rows["ships"].astype(bool)
    mine, shipped = rows[~ships], rows[ships]
    if mine.empty:
        st.info("No result of your own is among these. The first run that finishes shows here.")
    else:
        _results(view, mine, "finished_runs")
        st.caption(
            "Click a result to open it. A result belongs to exact weights, genes and translators: "
            "change one, and it is a new run."
        )
    if len(shipped):
        with st.expander(f"Comes with UGRN: {len(shipped):,} results", icon=":material/package_2:"):
            _results(view, shipped, "shipped_runs")
    shelf.manage(view, rows)
    shelf.on_disk(view)


def _results(view: View, rows: pd.DataFrame, key: str) -> None:
    """Draw results as a table; a click opens one."""
    table = rows.assign(bytes=[size(n) for n in rows["bytes"]]).drop(columns=["ships", "origin"])
    table = table.drop(columns=[c for c in ("name", "note") if not table[c].any()])
    event = st.dataframe(
        table,
        hide_index=True,
        column_config=shelf.columns(),
        on_select="rerun",
        selection_mode="single-cell",
        key=key,
        alt=f"Table of {len(table)} finished runs",
    )
    if event.selection.cells:
        opened(view, str(table.iloc[event.selection.cells[0][0]]["run"]))


def opened(view: View, run: str) -> None:
    """Go to the table of the finished run `run` where what it was asked for is here, else say why
    not."""
    spec = run_list.spec_of(view.settings, run)
    if spec is None or not _is_of_today(view.settings, spec, run):
        st.info(
            "This result cannot be opened here: the backbone, genes or translators it was made "
            "from are gone or have changed since. Probe again; its curves are kept where they fit."
        )
        return
    navigation.go("regulators", backbone=spec.backbone, dataset=_address(view.settings.home, spec))


def _is_of_today(settings: Settings, spec: run_spec.Spec, run: str) -> bool:
    """Whether asking `spec` now, as its address would, is asking for `run`."""
    try:
        return run_spec.run_id(settings, replace(spec, regulators=())) == run
    except InputError:
        return False


def _address(home: Path, spec: run_spec.Spec) -> str:
    """Return what an address calls the data set or list of `spec`."""
    return f"{PASTED}-{_mark(home, spec.genes)}" if spec.dataset == PASTED else spec.dataset


def _listed(view: View, was_busy: bool) -> None:
    jobs = _jobs(view)
    if was_busy != any(job.active for job in jobs):
        st.rerun()  # the sidebar's status and the table of results have changed, too
    if not jobs:
        st.info("No job has been started here. Choose a backbone and a dataset on the left.")
        navigation.link("start", "Probe it from the Start page", ":material/play_arrow:")
        return
    active = [job for job in jobs if job.active]
    stopped = [job for job in jobs if not job.active and job.state.status != "done"]
    done = [job for job in jobs if not job.active and job.state.status == "done"]
    if not active:
        st.caption("Nothing is being computed now.")
    _cards(view, active)
    if stopped:
        st.markdown("**Stopped before the end**")
        _cards(view, stopped[:_FEW])
        _folded(view, stopped[_FEW:], "more that stopped")
    _folded(view, done, "that came to their end")


def _folded(view: View, jobs: list[Job], words: str) -> None:
    if jobs:
        with st.expander(f"{len(jobs):,} {words}", icon=":material/history:"):
            _cards(view, jobs)


def _cards(view: View, jobs: list[Job]) -> None:
    names = {card.name: card.title for card in installed.backbones(view.settings)}
    titles = {card.name: card.title for card in own_sets.cards(view.settings)}
    for job in jobs[:_MANY]:
        _job(view, job, names.get(job.spec.backbone), titles.get(job.spec.dataset))
    if len(jobs) > _MANY:
        st.caption(f"The newest {_MANY} of {len(jobs):,} jobs.")


def _job(view: View, job: Job, backbone: str | None, dataset: str | None) -> None:
    state, own = job.state, job.spec.dataset == PASTED
    pasted = f"a list of {gene_lists.gene_count(job.spec.genes):,} genes"
    what = pasted if own else dataset or job.spec.dataset
    with st.container(border=True):
        words, ways = st.columns([4, 1], vertical_alignment="center")
        words.markdown(
            f"**{literal(what)}**, {literal(backbone or job.spec.backbone)}  \n"
            f"{_standing(job)} · {_when(job)}"
        )
        with ways:
            _ways(view, job, gone=backbone is None or not (own or dataset))
        if job.active:
            share = min(max(state.done / state.total, 0.0), 1.0) if state.total else 0.0
            left = f", about {duration(state.seconds_left)} left" if state.seconds_left else ""
            count = f": {state.done:,} of {state.total:,}" if state.total else ""
            st.progress(share, text=f"{state.phase or 'starting'}{count}{left}")
            _silence(job)
        if state.message:
            st.caption(literal(state.message))


def _silence(job: Job) -> None:
    """Say so where a job at work has told of no step for long: it keeps its place in the line."""
    silent = time.time() - job.state.updated
    if job.state.status == "running" and silent > _SILENT_SECONDS and not job.stopping:
        st.caption(
            f":material/hourglass_disabled: No step for {duration(silent)}. One step of a large "
            "model can take long; a job that hangs keeps others waiting until it is cancelled, and "
            "resumes where it was."
        )


def _standing(job: Job) -> str:
    if job.stopping:
        return "stopping ..."
    if job.before:
        return f":material/hourglass_empty: waiting: {job.before:,} before it"
    return _STATES[job.state.status]


def _cancel(view: View, job: Job) -> None:
    with sentences():
        run_list.cancel(view.settings, job)


def _ways(view: View, job: Job, gone: bool) -> None:
    """Draw what one can do with `job`. gone: its backbone or data set is no longer here."""
    if job.active:
        st.button(
            "Stopping ..." if job.stopping else "Cancel",
            key=f"cancel_{job.id}",
            icon=":material/stop:",
            disabled=job.stopping,
            on_click=_cancel,  # before anything is drawn: the answer is there at once
            args=(view, job),
        )
    elif gone:
        st.caption("Its backbone or dataset is no longer on this machine.")
        return
    if job.has_results and not gone:  # its control may be on its way, or stopped
        navigation.link(
            "regulators",
            "Results",
            ":material/table_rows:",
            backbone=job.spec.backbone,
            dataset=_address(view.settings.home, job.spec),
        )
    if not job.active and not (job.state.status == "done" and job.has_results):
        label = "Run again" if job.state.status == "done" else "Resume"
        able = can_compute()
        again = st.button(
            label,
            key=f"resume_{job.id}",
            icon=":material/play_arrow:",
            disabled=not able,
            help=None if able else NO_TORCH,
        )
        if again:
            try:
                probe_now.begin(view.settings, job.spec)
            except InputError as error:
                st.error(literal(str(error)))
            else:
                st.rerun()


@lru_cache(maxsize=64)
def _mark(home: Path, genes: tuple[str, ...]) -> str:
    return gene_lists.keep(home, genes)


def _when(job: Job) -> str:
    state = job.state
    if not state.started:
        return f"asked for {duration(time.time() - state.queued)} ago"
    if job.active:
        return f"for {duration(time.time() - state.started)}"
    ended = f"{duration(time.time() - state.updated)} ago"
    return f"{ended}, after {duration(state.updated - state.started)}"
