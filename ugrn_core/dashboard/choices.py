"""Choices bound to the address: a link restores them, and says so when it cannot.

Streamlit writes an option into the address as it is shown. Links may also use its short name, as
the command line does: `?dataset=krumsiek2011`.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st


def choice(label: str, key: str, titles: Mapping[str, str]) -> str:
    """Draw a select box over `titles` (name: as shown); return the chosen name."""
    _take_name(label, key, titles)
    return st.selectbox(
        label, list(titles), format_func=lambda k: titles.get(k, k), key=key, bind="query-params"
    )


def switch(label: str, key: str, titles: Mapping[str, str]) -> str:
    """Draw a switch over `titles` (name: as shown), the first unless asked; return the name."""
    _take_name(label, key, titles)
    return st.segmented_control(
        label,
        list(titles),
        format_func=lambda k: titles.get(k, k),
        default=next(iter(titles)),
        required=True,
        key=key,
        bind="query-params",
    )


def _take_name(label: str, key: str, titles: Mapping[str, str]) -> None:
    """Accept a name from the address where the widget knows titles only; warn of strangers."""
    asked = st.query_params.get(key)
    if asked is None or asked in titles.values():
        return
    if asked in titles:
        if key not in st.session_state:
            st.session_state[key] = asked
        return
    shown = "".join(c if c.isalnum() or c in " -_." else "·" for c in asked[:40])
    st.warning(
        f"The link asks for “{shown}” as {label.lower()}, which is not here. "
        f"Showing {next(iter(titles.values()))} instead.",
        icon=":material/link_off:",
    )
