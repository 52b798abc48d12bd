"""What one can do with a model: fetch it, follow that, train translators, remove it, add one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ugrn_core.dashboard.shell import navigation, own_sets
from ugrn_core.dashboard.shell.sentences import fragment, sentences
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.errors import InputError
from ugrn_core.experiment.catalog import added_models, identity
from ugrn_core.experiment.catalog.backbones import NO_TORCH, can_compute
from ugrn_core.experiment.models import fetching, listing
from ugrn_core.experiment.models.listing import Model
from ugrn_core.jobs.state import ACTIVE, JobState
from ugrn_core.markdown import literal
from ugrn_core.quantities import duration, size
from ugrn_core.settings import Settings

_DONE = "ugrn_model_done"  # what was done, to say on the next page
_SECONDS = 1.0  # between two looks at a job


def said() -> None:
    """Draw what was done just now."""
    if sentence := st.session_state.pop(_DONE, None):
        st.success(literal(sentence), icon=":material/check:")


def why_not(view: View) -> str:
    """Return why models cannot be brought from this page; empty where they can."""
    if view.settings.serve is not None:
        return fetching.ONLY_HERE
    return "" if can_compute() else NO_TORCH


def buttons(view: View, model: Model) -> None:
    """Draw the buttons of a model that is not being fetched or trained."""
    if _active(view.settings, model) is not None:
        return
    with st.container(horizontal=True, horizontal_alignment="right"):
        if model.is_here:
            _of_one_here(view, model)
        elif model.where == listing.TO_FETCH:
            _fetch(view, model)


def _of_one_here(view: View, model: Model) -> None:
    if view.backbone.name == model.name:
        st.caption(":material/check: chosen on the left", width="content")
    else:
        navigation.link("start", "Use it", ":material/play_arrow:", backbone=model.name)
    if why_not(view):
        return
    if not model.translators and _has_curves(model):
        _train(view, model)
    if model.can_be_removed:
        with st.popover("Remove", icon=":material/delete:"):
            stays = (
                "its files stay in your folder" if model.where == listing.LINKED else "all of it"
            )
            st.markdown(f"Remove **{literal(model.title)}** from this machine: {stays}.")
            st.button(
                "Remove it", key=f"remove_{model.name}", on_click=_remove, args=(view, model.name)
            )


def lost_one(view: View, name: str, folder: Path) -> None:
    """Draw a name that was added and whose folder is gone: moved, or on a disk not mounted."""
    with st.container(border=True, key=f"lost_{name}", horizontal=True):
        st.markdown(
            f"**{literal(name)}**  \n:small[Its folder is not there any more: "
            f"{literal(str(folder))}. Put it back, and it can be used again.]"
        )
        if not why_not(view):
            st.button("Remove", key=f"remove_{name}", on_click=_remove, args=(view, name))


def _has_curves(model: Model) -> bool:
    return not model.answers or model.answers[0].startswith("responses")


def _train(view: View, model: Model) -> None:
    here = view.settings.beeline is not None
    with st.popover("Train translators", icon=":material/school:"):
        st.markdown(
            "Scores come from translators, trained for this model on the known network of "
            "BEELINE's hESC. Its regulators are probed first: minutes for a small model, "
            "hours for a large one on a laptop; it can be stopped and goes on where it was."
        )
        if not here:
            st.markdown(
                "BEELINE's data are not on this machine. They are **downloaded from zenodo.org** "
                "first (Pratapa et al. 2020), and checked."
            )
        label = "Train" if here else "Download BEELINE's data, and train"
        pressed = st.button(label, key=f"train_{model.name}", type="primary")
        if pressed:
            _do(lambda: fetching.start_training(view.settings, model.name))


def _fetch(view: View, model: Model) -> None:
    if why_not(view) or model.published is None:
        return
    last = fetching.fetching(view.settings, model.name)
    resumes = last is not None and last.status in ("failed", "cancelled")
    label = "Go on fetching" if resumes else "Fetch"
    if not model.published.must_accept:
        if st.button(label, key=f"fetch_{model.name}", icon=":material/download:"):
            _do(lambda: fetching.start_fetch(view.settings, model.name))
        return
    with st.popover(label, icon=":material/download:"):
        st.markdown(
            f"**{literal(model.title)}** comes under this licence: "
            f"**{literal(model.published.licence)}**.\n\nFrom {literal(model.published.origin)}."
        )
        accepted = st.checkbox("I accept that", key=f"accept_{model.name}")
        pressed = st.button(label, key=f"fetch_{model.name}", type="primary", disabled=not accepted)
        if pressed:
            _do(lambda: fetching.start_fetch(view.settings, model.name, accepted))


def under_way(view: View, model: Model) -> None:
    """Draw how far the fetch or the training of a model is, or why it ended as it did."""
    if _active(view.settings, model) is not None:
        _progress(view, model)
        return
    if model.where == listing.BY_HAND and model.published:
        st.caption(model.published.folder_only)  # our own sentence, with a command in it
    of_work = fetching.training if model.is_here else fetching.fetching
    state = of_work(view.settings, model.name)
    if state is None and model.is_here:
        state = fetching.fetching(view.settings, model.name)  # trained right after it
    if state is not None and state.status == "failed":
        what = "It could not be made ready" if model.is_here else "It could not be fetched"
        st.error(f"{what}: {literal(state.message)}", icon=":material/error:")
    elif state is not None and state.status == "cancelled":
        st.caption(literal(state.message))


def _active(settings: Settings, model: Model) -> JobState | None:
    states = (of(settings, model.name) for of in (fetching.fetching, fetching.training))
    return next((s for s in states if s is not None and s.status in ACTIVE), None)


@fragment(_SECONDS)
def _progress(view: View, model: Model) -> None:
    state = _active(view.settings, model)
    if state is None:
        st.rerun()
    stopping = fetching.is_stopping(view.settings, model.name)
    share = min(max(state.done / state.total, 0.0), 1.0) if state.total else 0.0
    bar, way = st.columns([4, 1], vertical_alignment="center")
    bar.progress(share, text="stopping ..." if stopping else _phase(state))
    way.button(
        "Stopping ..." if stopping else "Cancel",
        key=f"cancel_{model.name}",
        icon=":material/stop:",
        disabled=stopping,
        on_click=fetching.cancel,
        args=(view.settings, model.name),
    )


def _phase(state: JobState) -> str:
    if state.status == "queued":
        return "waiting for its turn: other jobs are at work (page Runs)"
    if not state.total:
        return literal(state.phase or "starting")
    counts = state.done, state.total
    words = map(size, counts) if state.phase.startswith(fetching.FETCHING) else map(str, counts)
    left = f", about {duration(state.seconds_left)} left" if state.seconds_left else ""
    return f"{literal(state.phase)}: {' of '.join(words)}{left}"


def add_a_folder(view: View) -> None:
    """Draw the form that adds a checkpoint by its path, on the machine itself only."""
    if why_not(view) or not own_sets.is_local():
        return
    expander = st.expander("Add a folder with a checkpoint", icon=":material/folder_open:")
    with expander, st.form("add_model", border=False):
        folder = st.text_input("Path on this machine", placeholder="/data/scGPT_human")
        name = st.text_input("Name (default: the folder's)", max_chars=60)
        st.caption(
            "scGPT, scBenchmark, Tahoe-x1, scBERT, Geneformer or scFoundation, in the files "
            "their authors publish. They stay where they are, and no code in them is run."
        )
        if st.form_submit_button("Add", icon=":material/add:"):
            with sentences(), st.spinner("Opening it"):
                _add(view.settings, folder.strip(), name.strip())


def _add(settings: Settings, folder: str, name: str) -> None:
    if not folder:
        raise InputError("Give the path of the folder that holds the weights.")
    added = added_models.add_folder(Path(folder), name or None, settings)
    identity.known(added, settings)  # noted, so that no page opens the weights for it
    st.session_state[_DONE] = f"Added {added}. It can be chosen on the left, on every page."
    st.rerun()


def _remove(view: View, name: str) -> None:
    try:
        st.session_state[_DONE] = added_models.remove_model(name, view.settings)
    except InputError as error:
        st.toast(literal(str(error)))


def _do(start) -> None:
    with sentences():
        start()
        st.rerun()
