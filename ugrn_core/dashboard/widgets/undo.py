"""What was removed on a page within a day, and the way back to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from ugrn_core import removed
from ugrn_core.errors import InputError
from ugrn_core.markdown import literal
from ugrn_core.quantities import duration, size
from ugrn_core.removed import Removed


@dataclass(frozen=True)
class Bin:
    """What of a home's removed things a page offers. kind: of `removed`. may: whether this session
    may have one back. put_back: what has it back. more: said of the one removed last."""

    home: Path
    kind: str
    may: Callable[[Removed], bool]
    put_back: Callable[[Removed], object] = removed.put_back
    more: str = ""

    @property
    def key(self) -> str:
        """Where this session notes what it removed last."""
        return f"ugrn_removed_{self.kind}"


def remove(bin_: Bin, removing: Callable[[], Removed | None]) -> None:
    """Remove something, in a callback, and note it as the last of this session; say why not where
    it cannot be done."""
    try:
        gone = removing()
    except InputError as error:
        st.toast(literal(str(error)))
        return
    if gone is None:
        st.toast("Deleted. The disk is full: there was no room to keep it for a day.")
    else:
        st.session_state[bin_.key] = gone.place.name


def offer(bin_: Bin) -> None:
    """Draw the way back to what this session removed last, and to all else of a day."""
    every = [one for one in removed.listed(bin_.home, bin_.kind) if bin_.may(one)]
    last = st.session_state.get(bin_.key)
    for one in every:
        if one.place.name == last:
            said, back = st.columns([4, 1], vertical_alignment="center")
            said.info(f"Removed **{literal(one.name)}**.{bin_.more} For a day it can be had back.")
            with back:
                _way("Undo", ":material/undo:", one, partial(_back, bin_, one), width="stretch")
    others = [one for one in every if one.place.name != last]
    if others:
        with st.expander(f"Removed within a day: {len(others):,}", icon=":material/restore:"):
            for one in others:
                _row(bin_, one)


def _row(bin_: Bin, one: Removed) -> None:
    said, ways = st.columns([1, 1], vertical_alignment="center")
    ago = duration(time.time() - one.when)
    said.markdown(f"{literal(one.name)}  \n:small[{ago} ago, {size(one.bytes)}]")
    with ways, st.container(horizontal=True, horizontal_alignment="right"):
        _way("Put back", ":material/undo:", one, partial(_back, bin_, one))
        _way("Delete for good", ":material/delete_forever:", one, partial(removed.delete, one))


def _way(
    label: str, icon: str, one: Removed, do: Callable[[], None], width: str = "content"
) -> None:
    key = f"{label}_{one.place.name}"
    st.button(label, icon=icon, key=key, on_click=do, width=width)


def _back(bin_: Bin, one: Removed) -> None:
    try:
        bin_.put_back(one)
    except InputError as error:
        st.toast(f"{literal(one.name)} cannot be put back: {literal(str(error))}")
