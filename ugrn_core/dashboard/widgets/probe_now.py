"""From no results to results: one button, then progress with the time left, and cancel; where the
control stands, once there are results."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ugrn_core.dashboard.shell.sentences import fragment
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets import gene_coverage
from ugrn_core.experiment.catalog import translators
from ugrn_core.experiment.catalog.backbones import NO_TORCH, can_compute
from ugrn_core.experiment.catalog.datasets import ALL_GENES
from ugrn_core.experiment.references import known
from ugrn_core.experiment.runs import jobs as run_jobs
from ugrn_core.experiment.runs import limits
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results
from ugrn_core.jobs.process import GRACE_SECONDS
from ugrn_core.jobs.standby import Standby
from ugrn_core.markdown import literal
from ugrn_core.quantities import duration
from ugrn_core.settings import Settings

NO_CURVES = (
    "It reconstructs no expression, so no network of it can be computed. Its gene vectors and "
    "attention can be judged: `python -m ugrn_core benchmark --probes emb,attn`. Choose another "
    "backbone on the left."
)
COMPUTE = "Compute the network (one time)"


@st.cache_resource(max_entries=12, show_spinner="Opening the results")
def _opened(run_id: str, home: str, references: str, _view: View) -> Results:
    """home: two visitors may have asked the same, and each has his own. references: a digest of
    those that its pairs are held against."""
    return Results(_view.settings, _view.spec, _view.references)


@st.cache_resource(show_spinner=False)
def _standby() -> Standby:
    return Standby()


def begin(settings: Settings, spec: run_spec.Spec) -> None:
    """Start a run, in the process that stands by where there is one."""
    run_jobs.start(settings, spec, _standby())


def results_or_offer(view: View) -> Results | None:
    """Return the run's results; where there are none, draw what to do and return None."""
    state = run_jobs.state(view.settings, view.spec)
    if (results := finished(view)) is not None:
        return results
    if state.active:
        _progress(view)
    else:
        _offer(view, state)
    return None


def finished(view: View) -> Results | None:
    """Return the run's results, or None where it has not finished."""
    if run_jobs.state(view.settings, view.spec).status != "done":
        return None
    return _opened(view.run_id, str(view.settings.home), known.digest(view.references), view)


def control(view: View) -> None:
    """Draw, while the bands that curves are compared with are not all there, how far they are or
    how to get them; the page is drawn anew when they are there."""
    state = run_jobs.state(view.settings, view.spec).control
    if state is None or state.status == "done":
        return
    if state.active:
        _control_progress(view)
        return
    why = {
        "failed": f"The control could not be computed: {literal(state.message)}",
        "cancelled": "The control was stopped.",
    }.get(state.status, "The control of this run is not there.")
    st.info(f"{why} Curves are shown without the band of random weights.", icon=":material/info:")
    able = can_compute()
    pressed = st.button(
        "Compute the control",
        icon=":material/play_arrow:",
        key="compute_control",
        disabled=not able,
        help=None if able else NO_TORCH,
    )
    if pressed:
        begin(view.settings, view.spec)
        st.rerun()


def _offer(view: View, state: run_jobs.RunState) -> None:
    if view.spec.dataset == ALL_GENES:  # hours' work: not begun by a click
        st.info(literal(state.problem), icon=":material/info:")
        return
    ready = run_spec.prepare(view.settings, view.spec)
    if not ready.backbone.defaults.readouts:  # fine-tuned to classify cells, for instance
        st.info(f"**{literal(view.backbone.title)}** answers no curves. {NO_CURVES}")
        return
    if view.settings.standby and can_compute():
        _standby().expect(view.spec.backbone)
    with st.container(border=True):
        title, so_far, label = "Not computed yet", "been asked about", COMPUTE
        if state.problem:
            st.warning(literal(state.problem), icon=":material/healing:")
            label = "Probe again"
        for name in translators.damaged(view.settings, view.spec.backbone):
            st.warning(
                f"Your translator {literal(name)} was damaged on the disk and has been set aside. "
                "Train it again to have its scores.",
                icon=":material/healing:",
            )
        if state.status == "failed":
            st.error(f"The last run failed: {literal(state.message or 'no reason was kept')}")
            label = "Probe again"
        elif state.status == "cancelled":
            st.info("The last run was cancelled. What it had finished is kept.")
            title, so_far, label = "Not finished", "answered everything about", "Resume"
        st.header(title, anchor=False)
        st.markdown(
            f"**{literal(view.backbone.title)}** has not {so_far} **{literal(view.title)}** yet. "
            "It runs in its own process: close this tab and come back."
        )
        if can_compute():
            _start(view, label)
        else:
            st.button(label, icon=":material/play_arrow:", disabled=True)
            st.info(NO_TORCH, icon=":material/download:")
        study = ready.study
        gene_coverage.renamed(study.renamed)
        gene_coverage.coverage(study.left_out, study.counts)


def _start(view: View, label: str) -> None:
    """Draw the button that starts the run, and what it will take."""
    place = st.empty()
    with st.container(horizontal=True):
        if st.button(label, type="primary", icon=":material/play_arrow:"):
            begin(view.settings, view.spec)
            st.rerun()
        # Without a tooltip: the mouse is still there when the answer comes, right above.
        pressed = st.button("How long will it take?", icon=":material/timer:")
    place.markdown(_estimate(view, place, pressed))


def _estimate(view: View, place, measure: bool) -> str:
    """Return what the run will take: from a pace kept before, else when asked to measure."""
    if measure:
        limits.begin(view.settings)
    with place, st.spinner("Measuring this machine for some seconds", show_time=True):
        forecast = run_jobs.for_run(view.settings, view.spec, measure)
    if forecast is None:
        return "It takes from seconds for a short list to some minutes for a large one."
    return f"On this machine: {literal(forecast.sentence())}"


@fragment(0.4)  # a small panel is done in seconds
def _progress(view: View) -> None:
    state = run_jobs.state(view.settings, view.spec)
    if not state.active:
        st.rerun()
    with st.container(border=True):
        st.header(f"Probing {literal(view.title)}", anchor=False)
        bar, button = st.empty(), st.empty()
        if button.button("Cancel", icon=":material/stop:", disabled=state.stopping):
            run_jobs.cancel(view.settings, view.spec)
            state = _stopping(button, state)
        bar.progress(state.share, text=phase_words(state))


@fragment(1.0)
def _control_progress(view: View) -> None:
    state = run_jobs.state(view.settings, view.spec).control
    if state is None or not state.active:
        st.rerun()
    with st.container(border=True):
        st.markdown(
            "**Control still being computed.** The bands of ordinary pairs and of random weights "
            "join these curves by themselves."
        )
        bar, button = st.empty(), st.empty()
        if button.button("Stop the control", icon=":material/stop:", disabled=state.stopping):
            run_jobs.cancel(view.settings, view.spec)
            state = _stopping(button, state)
        bar.progress(state.share, text=phase_words(state))


def _stopping(place, state: run_jobs.RunState) -> run_jobs.RunState:
    """Answer a stop at once, where it was asked for, before the run does."""
    place.button("Stopping ...", icon=":material/stop:", disabled=True)
    return replace(state, stopping=True)


def phase_words(state: run_jobs.RunState) -> str:
    """Return what a run is at, how many steps of how many, and how long it has to go."""
    if state.stopping:
        return f"stopping, in {GRACE_SECONDS:.0f} seconds at most: what is finished is kept"
    if state.status == "queued":
        return f"waiting: {state.before:,} before it" if state.before else "starting"
    phase = state.phase or "starting"
    if not state.total:
        return phase
    left = f", about {duration(state.seconds_left)} left" if state.seconds_left else ""
    return f"{phase}: {state.done:,} of {state.total:,}{left}"


def results(view: View) -> Results:
    """Return the results of the view's run; without them draw how to get them, and stop there."""
    opened = results_or_offer(view)
    if opened is None:
        st.stop()
    return opened
