"""Jobs of contexts on the page Runs: what each is at, Cancel, Resume, the way to its page."""

from __future__ import annotations

import time

import streamlit as st

from ugrn_core.dashboard.sections.contexts import asking
from ugrn_core.dashboard.shell import navigation, own_sets
from ugrn_core.dashboard.shell.sentences import fragment, sentences
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.errors import InputError
from ugrn_core.experiment.catalog.backbones import can_compute
from ugrn_core.experiment.contexts import jobs
from ugrn_core.experiment.contexts.jobs import ContextJob
from ugrn_core.experiment.contexts.spec import ContextSpec
from ugrn_core.experiment.runs import limits
from ugrn_core.markdown import literal
from ugrn_core.quantities import duration

_BUSY_SECONDS, _IDLE_SECONDS = 2.0, 15.0  # between two looks
_MANY = 12
_ENDED = {
    "done": ":material/check_circle: finished",
    "failed": ":material/error: failed",
    "cancelled": ":material/cancel: cancelled",
}


def there(view: View) -> bool:
    """Return whether this session may see a job of contexts."""
    return bool(_jobs(view))


def draw(view: View) -> None:
    """Draw the jobs of contexts that this session may see, newest first; nothing where there are
    none."""
    if _jobs(view):
        busy = any(job.state.active for job in _jobs(view))
        fragment(_BUSY_SECONDS if busy else _IDLE_SECONDS)(_listed)(view, busy)


def _jobs(view: View) -> list[ContextJob]:
    every = jobs.listed(view.settings)
    return [job for job in every if own_sets.may_see(job.spec.dataset, view.settings)]


def _listed(view: View, was_busy: bool) -> None:
    every = _jobs(view)
    if was_busy != any(job.state.active for job in every):
        st.rerun()
    titles = {card.name: card.title for card in own_sets.cards(view.settings)}
    st.markdown("**Contexts**")
    active = [job for job in every if job.state.active]
    ended = [job for job in every if not job.state.active]
    for job in active[:_MANY]:
        _job(view, job, titles.get(job.spec.dataset))
    if ended:
        with st.expander(f"{len(ended):,} that ended", icon=":material/history:"):
            for job in ended[:_MANY]:
                _job(view, job, titles.get(job.spec.dataset))
            if len(ended) > _MANY:
                st.caption(f"The newest {_MANY} of {len(ended):,} jobs.")


def _job(view: View, job: ContextJob, dataset: str | None) -> None:
    state = job.state
    with st.container(border=True):
        said, ways = st.columns([4, 1], vertical_alignment="center")
        standing = _ENDED.get(state.status) or asking.words(state)
        ago = "" if state.active else f" · {duration(time.time() - state.updated)} ago"
        said.markdown(
            f"**{literal(dataset or job.spec.dataset)}**, {literal(job.spec.backbone)}: "
            f"{literal(what(job))}  \n{standing if not state.active else literal(standing)}{ago}"
        )
        with ways:
            _ways(view, job, gone=dataset is None)
        if state.active:
            st.progress(state.share)
        if state.message:
            st.caption(literal(state.message))


def what(job: ContextJob) -> str:
    """Return in words what a job was asked for."""
    spec = job.spec
    along = f"stages of {spec.along}" if spec.along else ""
    contexts = spec.by or spec.condition or along
    if job.what == jobs.MAP:
        return "a map of the cells"
    if job.what == jobs.RANDOM:
        return f"contexts by {contexts}, random weights"
    return f"bands of {job.what}, {contexts}" if job.what else f"contexts by {contexts}"


def address_of(spec: ContextSpec) -> dict[str, str]:
    """Return what the page's address says of a spec; what it has no choice for is left out."""
    if spec.condition:
        return {}
    chosen = {"by": spec.by, "along": spec.along, "readout": spec.readout}
    one = spec.root and "=" not in spec.root
    chosen |= {"root": asking.ONE_CELL, "root_cell": spec.root} if one else {"root": spec.root}
    kind = {"contexts": "groups" if spec.by else "stages"}
    if spec.along:
        kind |= {"stages": str(spec.windows), "branchings": str(spec.branchings)}
    return kind | {k: v for k, v in chosen.items() if v}


def _ways(view: View, job: ContextJob, *, gone: bool) -> None:
    state = job.state
    if state.active:
        st.button(
            "Stopping ..." if state.stopping else "Cancel",
            key=f"cancel_{job.id}",
            icon=":material/stop:",
            disabled=state.stopping,
            on_click=_cancel,
            args=(view, job),
        )
        return
    if gone:
        st.caption("Its dataset is no longer on this machine.")
        return
    if state.status != "done":
        again = st.button(
            "Resume",
            key=f"again_{job.id}",
            icon=":material/play_arrow:",
            disabled=not can_compute(),
        )
        if again:
            _resume(view, job)
    where = {"backbone": job.spec.backbone, "dataset": job.spec.dataset} | address_of(job.spec)
    navigation.link("contexts", "Open", ":material/table_rows:", **where)


def _cancel(view: View, job: ContextJob) -> None:
    with sentences():
        jobs.cancel_job(view.settings, job)


def _resume(view: View, job: ContextJob) -> None:
    try:
        limits.check(view.settings, 0)
        jobs.start(view.settings, job.spec, job.what)
    except InputError as error:
        st.error(literal(str(error)))
    else:
        st.rerun()
