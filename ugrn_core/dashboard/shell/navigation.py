"""The pages: file, title, address; links that carry a view; and what to do without the router.

Streamlit runs a page file by itself when its address is the first request after a restart (the
folder `pages/` is also its older way to find pages). So every page declares the pages itself then.
"""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.shell import address, not_found
from ugrn_core.markdown import literal
from ugrn_core.settings import shipped

# The menu: group -> pages of it, file -> title; the first group stands without a heading.
# No icons: Streamlit fetches a page's icon from the web, as the browser tab's picture.
_GROUPS: dict[str, dict[str, str]] = {
    "": {
        "start": "Start",
    },
    "Explore": {
        "regulators": "Regulators",
        "gene_pair": "Gene pair",
        "network": "Network",
        "many_genes": "Many genes",
        "knock_out": "Knock-out",
        "compare": "Compare",
        "contexts": "Contexts",
        "probe_lab": "Probe lab",
    },
    "Trust": {
        "probe_benchmark": "Probe benchmark",
        "methods": "Methods",
    },
    "Manage": {
        "data": "Data",
        "runs": "Runs",
        "downloads": "Downloads",
    },
}
_PAGES = {name: title for group in _GROUPS.values() for name, title in group.items()}
HOME = "start"  # the page at the root
_ROUTED = "ugrn_routed"
_ASKED = "ugrn_asked"


def page(name: str) -> st.Page:
    """Return the page called `name` (the stem of its file)."""
    path = shipped("pages") / f"{name}.py"
    return st.Page(path, title=_PAGES[name], url_path=name, default=name == HOME)


def routed() -> st.Page:
    """Declare the pages and return the one to run; the router calls this."""
    st.session_state[_ROUTED] = True
    groups = _menu()
    name = not_found.last_step()
    if name and name not in _PAGES:
        known = {p.title: p for pages in groups.values() for p in pages}
        groups[""].append(not_found.page(name, known))
    return st.navigation(groups, expanded=True)


def _menu() -> dict[str, list[st.Page]]:
    """Return every page in its group, as st.navigation takes them."""
    return {group: [page(name) for name in pages] for group, pages in _GROUPS.items()}


def stand_alone() -> bool:
    """Return False under the router; else declare the pages and, once, start over through it."""
    if st.session_state.pop(_ROUTED, False):  # set anew by the router in each run
        return False
    st.navigation(_menu(), expanded=True)
    if not st.session_state.get(_ASKED):
        st.session_state[_ASKED] = True
        st.rerun()
    return True


def link(name: str, label: str, icon: str | None = None, **view: str) -> None:
    """Draw a link to page `name` with `view` and the sidebar's choices in its address."""
    st.page_link(page(name), label=literal(label), icon=icon, query_params=_whole(view))


def go(name: str, **view: str) -> None:
    """Open page `name` with `view` and the sidebar's choices in its address."""
    st.switch_page(page(name), query_params=_whole(view))


def _whole(view: dict[str, str]) -> dict[str, str]:
    """Return `view` with what all pages share, for a tab that knows nothing of this session."""
    shared = address.everywhere()
    if "dataset" in view:  # its reference networks are others
        shared.pop("reference", None)
    return shared | view
