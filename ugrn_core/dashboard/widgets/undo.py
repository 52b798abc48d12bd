"""What was removed on a page, and the way back to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from ugrn_core.errors import InputError
from ugrn_core.markdown import literal


def remove(key: str, name: str, removing: Callable[[], Path]) -> None:
    """Remove what is called `name`, in a callback, and note under `key` where it lies for a day;
    say why not where it cannot be done."""
    try:
        st.session_state[key] = name, removing()
    except InputError as error:
        st.toast(literal(str(error)))


def offer(key: str, put_back: Callable[[Path], object], more: str = "") -> None:
    """Draw, after something was removed under `key`, that it was, `more`, and the way back."""
    gone = st.session_state.get(key)
    if gone is None:
        return
    said, back = st.columns([4, 1], vertical_alignment="center")
    said.info(f"Removed **{literal(gone[0])}**.{more} For a day it can be had back.")
    back.button(
        "Undo", icon=":material/undo:", on_click=_back, args=(key, put_back), width="stretch"
    )


def _back(key: str, put_back: Callable[[Path], object]) -> None:
    name, place = st.session_state.pop(key)
    try:
        put_back(place)
    except InputError as error:
        st.toast(f"{literal(name)} cannot be put back: {literal(str(error))}")
