"""Choices written into the address, by name and in full: a link restores them, or says why not.

Streamlit's own binding (`bind="query-params"`) writes options as they are shown and leaves defaults
out; a link should name things as the command line does and say everything. So these choices write
the address themselves. Sliders, whose values are numbers, use the binding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

_DRAWN = "ugrn_drawn"
_REFUSED = "ugrn_refused"
_SEEN = "ugrn_seen_{}"


def choice(label: str, key: str, titles: Mapping[str, str], warn: bool = True) -> str:
    """Draw a select box over `titles` (name: as shown); return the chosen name.

    warn: say so where the address asks for another name.
    """
    restore(label, key, titles.__contains__, next(iter(titles)), warn)
    if st.session_state.get(key) not in titles:  # chosen for another data set, which offered more
        st.session_state[key] = next(iter(titles))
    st.selectbox(
        label,
        list(titles),
        format_func=lambda k: titles.get(k, k),
        key=key,
        persist_state="session",
    )
    return keep(key)


def switch(label: str, key: str, titles: Mapping[str, str]) -> str:
    """Draw a switch over `titles` (name: as shown), the first unless asked; return the name."""
    restore(label, key, titles.__contains__, next(iter(titles)))
    st.segmented_control(
        label,
        list(titles),
        format_func=lambda k: titles.get(k, k),
        required=True,
        key=key,
        persist_state="session",
    )
    return keep(key)


def restore(
    label: str, key: str, known: Callable[[str], bool], first: str | None, warn: bool = True
) -> None:
    """Set the state of widget `key` from the address where that is new; call before drawing it.

    known: whether a text from the address can be chosen. first: the value of a fresh session.
    """
    asked = st.query_params.get(key)
    if asked is not None and asked != st.session_state.get(_SEEN.format(key)):
        if known(asked):
            st.session_state[key] = asked
        elif warn:
            shown = "".join(c if c.isalnum() or c in " -_." else "·" for c in asked[:40])
            refuse(f"The link asks for “{shown}” under “{label}”, which cannot be chosen here.")
    if key not in st.session_state:
        st.session_state[key] = first


def refuse(sentence: str) -> None:
    """Say what of a link cannot be used: on the page, also where the sidebar found it out."""
    waiting = st.session_state.get(_REFUSED)
    if waiting is None:
        st.warning(sentence, icon=":material/link_off:")
    else:
        waiting.append(sentence)


def refused() -> None:
    """Draw what the sidebar refused; from now on `refuse` draws at once."""
    for sentence in st.session_state.get(_REFUSED) or ():
        st.warning(sentence, icon=":material/link_off:")
    st.session_state[_REFUSED] = None


def bound(label: str, key: str, known: Callable[[str], bool]) -> None:
    """Say so where the address asks for what `known` refuses; call before drawing a widget bound to
    the address, which would pass over it in silence."""
    asked = st.query_params.get_all(key)
    if len(asked) > 1 or not all(map(known, asked)):
        st.warning(f"The link's value of “{label}” cannot be used.", icon=":material/link_off:")


def between(low: float, high: float) -> Callable[[str], bool]:
    """Return whether a text is a number from `low` to `high`."""

    def known(text: str) -> bool:
        try:
            return low <= float(text) <= high
        except ValueError:
            return False

    return known


def keep(key: str) -> str | None:
    """Return the state of widget `key`, for the address, too; call after drawing it."""
    value = st.session_state[key]
    st.session_state[_SEEN.format(key)] = value
    st.session_state.setdefault(_DRAWN, {})[key] = value
    return value


def begin() -> None:
    """Forget what was drawn before: a run of the script begins."""
    st.session_state[_DRAWN], st.session_state[_REFUSED] = {}, []


def to_address(whole: bool) -> None:
    """Write the choices drawn so far into the address, all at once: each write is a message.

    whole: the page has drawn all of its own, too; choices of other pages are taken out, then.
    """
    drawn = st.session_state.get(_DRAWN, {})
    for key in list(st.query_params):
        elsewhere = whole and key not in drawn and _SEEN.format(key) in st.session_state
        if elsewhere or drawn.get(key, "") is None:
            del st.query_params[key]
    new = {k: v for k, v in drawn.items() if v is not None and st.query_params.get(k) != v}
    if new:
        st.query_params.update(new)
