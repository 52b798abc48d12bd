"""An address that no page has: said in our own words, with the pages there are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote, urlsplit

import streamlit as st

from ugrn_core.markdown import literal

TITLE = "There is no such page"


def last_step() -> str:
    """Return the last step of the address the browser shows; empty at the root or without one."""
    return unquote(urlsplit(st.context.url or "").path).rstrip("/").rsplit("/", 1)[-1]


def page(name: str, pages: Mapping[str, st.Page]) -> st.Page:
    """Return a page for the address `name` that is in no menu. pages: title -> those there are."""
    return st.Page(partial(_draw, name, pages), title=TITLE, url_path=name, visibility="hidden")


def _draw(name: str, pages: Mapping[str, st.Page]) -> None:
    """Draw what to do about the address `name`. pages: title -> page."""
    st.title(TITLE, anchor=False)
    shown = "".join(c if c.isprintable() else "·" for c in name[:60])
    st.markdown(f"The dashboard has no page “{literal(shown)}”. Its pages are:")
    for title, page in pages.items():
        st.page_link(page, label=title)
