"""Choices that live in the address and for the whole session: no way of leaving a page loses one.

What somebody chose, by hand or through a link, is kept as text under the name it has in the
address, apart from the widgets: those come and go with the pages. A page shows what was chosen
where it can be chosen there, else its own first; the choice stays and comes back where it can.
A link names things as the command line does, and says everything, defaults included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

_CHOSEN = "ugrn_chosen"  # name: text somebody chose; empty where somebody cleared it
_SEEN = "ugrn_in_address"  # name: text last read from or written to the address
_DRAWN = "ugrn_drawn"  # name: text shown in this run; None where nothing is
_OWN = "ugrn_names"  # every name drawn in this session
_UNUSABLE = "ugrn_unusable"  # name: sentence about what the link asked for; while the page is open
_WAITING = "ugrn_waiting"  # sentences of the sidebar, for the page to draw
_PAGE = "ugrn_page"
_EVERYWHERE = ("backbone", "dataset", "reference")


def choice(label: str, key: str, titles: Mapping[str, str], *, help: str | None = None) -> str:
    """Draw a select box over `titles` (name: as shown), first unless chosen; return the name."""
    return _one_of(partial(st.selectbox, help=help), label, key, titles)


def switch(label: str, key: str, titles: Mapping[str, str], *, help: str | None = None) -> str:
    """Draw a switch over `titles` (name: as shown), first unless chosen; return the name."""
    return _one_of(partial(st.segmented_control, required=True, help=help), label, key, titles)


def _one_of(widget: Callable, label: str, key: str, titles: Mapping[str, str]) -> str:
    restore(label, key, titles.__contains__, next(iter(titles)))
    names = {"options": list(titles), "format_func": lambda name: titles.get(name, name)}
    widget(label, **names, **_remembered(key))
    _say_missing(key, titles.__contains__)
    return keep(key)


def _remembered(key: str) -> dict:
    """Return what every widget is given whose choice is kept as `key`."""
    return {"key": key, "on_change": made, "args": (key,), "persist_state": "session"}


def slider(
    label: str, key: str, bounds: tuple[float, float], first: float, *, step: float, help: str
) -> float:
    """Draw a slider from bounds[0] to bounds[1], `first` unless chosen; return its value."""
    restore(label, key, between(*bounds), first, float)
    st.slider(label, *bounds, step=step, help=help, **_remembered(key))
    return keep(key)


def span(
    label: str, key: str, bounds: tuple[float, float], first: tuple[float, float], *, step: float
) -> tuple[float, float]:
    """Draw a slider with two ends from bounds[0] to bounds[1], `first` unless chosen; return both
    values. In the address they are joined by two dots."""
    one = between(*bounds)

    def known(text: str) -> bool:
        ends = text.split("..")
        return len(ends) == 2 and all(map(one, ends)) and float(ends[0]) <= float(ends[1])

    def read(text: str) -> tuple[float, float]:
        low, high = map(float, text.split(".."))
        return low, high

    restore(label, key, known, first, read)
    st.slider(label, *bounds, step=step, **_remembered(key))
    return keep(key)


def step(
    label: str, key: str, values: tuple[float, ...], first: float, *, help: str | None = None
) -> float:
    """Draw a slider over `values`, whole numbers or such as `:g` writes in full, `first` unless
    chosen; return the value."""
    known = {_text(value): value for value in values}
    restore(label, key, known.__contains__, first, known.__getitem__)
    st.select_slider(label, values, help=help, **_remembered(key))
    return keep(key)


def several(label: str, key: str, names: list[str], *, help: str) -> list[str]:
    """Draw a box that takes several of `names`, none unless chosen; return them. In the address
    they are joined by commas; those that are not offered here wait until they are."""
    there = set(names)

    def known(text: str) -> bool:
        return bool(there.intersection(text.split(",")))

    def read(text: str) -> list[str]:
        return [name for name in dict.fromkeys(text.split(",")) if name in there]

    restore(label, key, known, [], read)
    st.session_state[key] = st.session_state[key] or []  # cleared by hand
    st.multiselect(label, names, help=help, **_remembered(key))
    return keep(key)


def toggle(label: str, key: str, *, help: str) -> bool:
    """Draw a toggle, off unless chosen; return whether it is on."""
    restore(label, key, ("true", "false").__contains__, False, "true".__eq__)
    st.toggle(label, help=help, **_remembered(key))
    return keep(key)


def restore(
    label: str,
    key: str,
    known: Callable[[str], bool],
    first: object,
    read: Callable[[str], object] = str,
) -> None:
    """Set the state of widget `key` to what was chosen; call before drawing it, with `made` as its
    on_change.

    known: whether a text can be chosen here. first: the value where nothing was, or what was cannot
    be chosen here. read: the value of a text.
    """
    _from_address(label, key, known, read is str)
    text = st.session_state[_CHOSEN].get(key)
    value = first
    if text == "":
        value = None
    elif text is not None and known(text):
        value = read(text)
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def _from_address(label: str, key: str, known: Callable[[str], bool], named: bool) -> None:
    """Take over what the address asks for where that is new, or say why not. named: by a name."""
    seen, unusable = st.session_state[_SEEN], st.session_state[_UNUSABLE]
    given = st.query_params.get_all(key)
    if given and given != [seen.get(key)]:
        seen[key] = given[-1]
        if len(given) == 1 and known(given[0]):
            choose(key, given[0])
        else:
            unusable[key] = (
                f"The link asks for “{_shown(given[-1])}” under “{label}”, which cannot be chosen "
                "here."
                if named
                else f"The link's value of “{label}” cannot be used."
            )
    if key in unusable:
        refuse(unusable[key])


def choose(key: str, value: object) -> None:
    """Choose `value` under `key`, as by hand; in a callback or before the widget is drawn."""
    st.session_state[_CHOSEN][key] = _text(value) or ""
    st.session_state[_UNUSABLE].pop(key, None)


def made(key: str) -> None:
    """Take over what somebody chose in widget `key`: its on_change."""
    choose(key, st.session_state[key])


def chosen(key: str) -> str | None:
    """Return what was chosen under `key` or is asked for by the address, the newer of the two."""
    given = st.query_params.get(key)
    if given is not None and given != st.session_state[_SEEN].get(key):
        return given
    return st.session_state[_CHOSEN].get(key)


def _say_missing(key: str, known: Callable[[str], bool]) -> None:
    """Say so below a widget that cannot show what was chosen for it elsewhere."""
    text = st.session_state[_CHOSEN].get(key)
    if text and not known(text):
        st.caption(f"You chose “{_shown(text)}”, which is not offered here.")


def _shown(text: str) -> str:
    """Return a text that may come from anywhere so that it is shown as it is."""
    return "".join(c if c.isalnum() or c in " -_.·+" else "·" for c in text[:40])


def refuse(sentence: str) -> None:
    """Say what of a link cannot be used: on the page, also where the sidebar found it out."""
    waiting = st.session_state.get(_WAITING)
    if waiting is None:
        st.warning(sentence, icon=":material/link_off:")
    else:
        waiting.append(sentence)


def refused() -> None:
    """Draw what the sidebar refused; from now on `refuse` draws at once."""
    for sentence in st.session_state.get(_WAITING) or ():
        st.warning(sentence, icon=":material/link_off:")
    st.session_state[_WAITING] = None


def between(low: float, high: float) -> Callable[[str], bool]:
    """Return whether a text is a number from `low` to `high`."""

    def known(text: str) -> bool:
        try:
            return low <= float(text) <= high
        except ValueError:
            return False

    return known


def _text(value: object) -> str | None:
    """Return a value as it stands in the address."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return "..".join(f"{end:g}" for end in value)
    if isinstance(value, list):
        return ",".join(value) or None
    return None if value is None else str(value)


def keep(key: str):
    """Return the state of widget `key`, for the address, too; call after drawing it."""
    value = st.session_state[key]
    st.session_state[_DRAWN][key] = _text(value)
    st.session_state[_OWN].add(key)
    return value


def everywhere() -> dict[str, str]:
    """Return the choices that all pages share, as drawn in this run: what a link carries along."""
    drawn = st.session_state.get(_DRAWN, {})
    return {key: drawn[key] for key in _EVERYWHERE if drawn.get(key)}


def begin(page: str) -> None:
    """Forget what was drawn before: a run of the script for `page` begins."""
    state = st.session_state
    state[_DRAWN], state[_WAITING] = {}, []
    state.setdefault(_CHOSEN, {})
    state.setdefault(_OWN, set())
    seen = state.get(_SEEN, {})
    state[_SEEN] = {key: text for key, text in seen.items() if key in st.query_params}
    if state.get(_PAGE) != page:
        state[_UNUSABLE] = {}
    state[_PAGE] = page


def to_address(whole: bool) -> None:
    """Write the choices drawn so far into the address, all at once: each write is a message.

    whole: the page has drawn all of its own, too; choices of other pages are taken out, then.
    """
    drawn, seen = st.session_state[_DRAWN], st.session_state[_SEEN]
    for key in list(st.query_params):
        elsewhere = whole and key not in drawn and key in st.session_state[_OWN]
        if elsewhere or drawn.get(key, "") is None:
            del st.query_params[key]
            seen.pop(key, None)
    texts = {key: text for key, text in drawn.items() if text is not None}
    new = {key: text for key, text in texts.items() if st.query_params.get_all(key) != [text]}
    if new:
        st.query_params.update(new)
        seen.update(new)
