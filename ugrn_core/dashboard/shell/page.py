"""The frame of every page: sidebar, heading, and what of it is kept."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import streamlit as st

from ugrn_core.dashboard import first_screen, login
from ugrn_core.dashboard.shell import address, navigation, share, sidebar
from ugrn_core.dashboard.shell.sentences import sentences
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.theme import Palette, palette
from ugrn_core.markdown import literal
from ugrn_core.settings import SHARED, shipped

_VIEW = "ugrn_view"
_ALL_IN_COMMON = (
    ":material/groups: Shared server: everybody who uses it sees, and can stop, the lists and runs "
    "of all."
)
_WHERE_ONES_OWN_IS = ("Data", "Runs")
# Where no number of an atlas is shown: these ask the backbone that was chosen, or none.
_BY_ITSELF = ("Data", "Runs", "Probe benchmark", "Probe lab")
_NOT_OF_ALL = ("Many genes", "Knock-out", "Contexts")
_FIRST = "Who regulates my gene?"  # Start
_THAW_SECONDS = 150
_LATER = 1.0  # seconds after which what a page was drawn with has been sent
_FORGETS = (
    ":material/auto_delete: What is yours here is deleted once you have not come for {:,} days."
)


def frame(title: str) -> None:
    """Draw what surrounds all pages and keep the sidebar's choices for the page called `title`."""
    assets = shipped("assets")
    icon = str(assets / "logo-icon.svg")
    st.set_page_config(page_title=f"{title} · UGRN", page_icon=icon, layout="wide")
    st.logo(str(_logo()), icon_image=icon, size="large")
    address.begin(title)
    first_screen.begin(title)
    st.session_state[_VIEW] = None
    with sentences():
        login.require()
        try:
            st.session_state[_VIEW] = sidebar.draw()
        finally:
            address.to_address(whole=False)  # a slow page has its address from the start


def page(title: str, question: str) -> Callable[[Callable[[View], None]], None]:
    """Decorate a page's function: run it at once with the View, in the frame, errors as words."""

    def run(body: Callable[[View], None]) -> None:
        if navigation.stand_alone():
            frame(title)
        view = st.session_state.get(_VIEW)
        heading, aside = st.columns([5, 2], vertical_alignment="center")
        heading.title(title, anchor=False)
        with aside:
            share.buttons(view.run_id if view else None)
        st.markdown(question)
        if view is not None:
            with st.container(key="where"):  # on a phone, where the sidebar is folded away
                st.caption(f"{literal(view.title)} · {literal(view.backbone.title)}")
        address.refused()
        if view is None:
            st.info("Choose another backbone, dataset or gene list on the left.")
            return
        if view.settings.keep_days and view.settings.common and title in _WHERE_ONES_OWN_IS:
            st.caption(_FORGETS.format(view.settings.keep_days))
        if view.settings.serve == SHARED:
            st.caption(_ALL_IN_COMMON)  # not in the sidebar, which a phone folds away
        whole = False
        with sentences():
            if title in _BY_ITSELF:
                view = sidebar.as_chosen(view)
            if title != _FIRST:
                _tell_whose(title, view)
            body(view)
            if title == _FIRST:  # whoever comes first comes to type a gene
                _tell_whose(title, view)
            whole = True
        address.to_address(whole)
        _settled(title)
        _thawed()

    return run


def _tell_whose(title: str, view: View) -> None:
    """Say so on the page called `title` where one backbone's atlas answers for another."""
    if view.stands_in_for is None or title in _NOT_OF_ALL:
        return
    answers, chosen = view.backbone, view.stands_in_for
    st.caption(
        f":material/swap_horiz: These numbers are from {literal(answers.title)} "
        f"({literal(answers.name)}): {literal(chosen.title)}, chosen on the left, has no atlas.",
        help="To see its own answers choose a dataset or a list on the left, or make its atlas on "
        f"this machine, which takes hours: `python -m ugrn_core atlas --backbone {chosen.name}`.",
    )


@st.cache_resource(show_spinner=False)
def _settled(title: str) -> None:
    """Once a page, when all it needs is imported: take what lives now out of garbage collection.

    Streamlit collects after every run of a page. Over everything that torch, pandas and plotly
    bring along that took a tenth of a second; with many users it was a seventh of all work.
    """
    gc.freeze()
    atexit.register(gc.unfreeze)  # or libraries report on leaving what they think has leaked


@st.cache_resource(ttl=_THAW_SECONDS, show_spinner=False)
def _thawed() -> None:
    """Collect, now and then, what was frozen alive and has died since: sessions that have ended,
    and with them what was uploaded. Once this page has gone out: nothing else runs meanwhile."""
    later = Timer(_LATER, _collected)
    later.daemon = True
    later.start()


def _collected() -> None:
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def colours() -> Palette:
    """Return the palette of the reader's theme."""
    return palette(st.context.theme.type)


def _logo() -> Path:
    dark = st.context.theme.type == "dark"
    return shipped("assets") / ("logo-dark.svg" if dark else "logo.svg")
