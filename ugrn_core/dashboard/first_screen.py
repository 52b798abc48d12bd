"""The first screen of a page is drawn before what stands below it.

A browser draws every chart it has been sent before it shows any of them. So a page with many lets
the first ones go ahead when somebody comes to it.
"""

from __future__ import annotations

import time

import streamlit as st

_PAGE, _SHOWN = "ugrn_first_screen_of", "ugrn_first_screen"
_DRAWS = 0.2  # seconds in which a browser has been sent, and draws, a screen of charts


def begin(page: str) -> None:
    """Take note of the page that is drawn now: whoever comes from another sees it anew."""
    if st.session_state.get(_PAGE) != page:
        st.session_state[_PAGE] = page
        st.session_state.pop(_SHOWN, None)


def drawn(*shown: str) -> None:
    """Call after the first screen: return once a browser has had the time to draw it, at once
    where this page has `shown` the same before."""
    if st.session_state.get(_SHOWN) != shown:
        st.session_state[_SHOWN] = shown
        time.sleep(_DRAWS)
