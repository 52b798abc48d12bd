"""Buttons for a figure in the formats and widths that journals take; drawn after a click."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ugrn_core.dashboard.figures.pair import FORMATS, WIDTHS
from ugrn_core.dashboard.widgets.download_buttons import safe_stem


def draw(figure: Callable[[str, str], bytes], stem: str) -> None:
    """Draw one button a format and width in a box that opens. figure: of a format and a width."""
    with st.popover("Figure: SVG, PDF, PNG", icon=":material/image:"):
        for width, millimetres in WIDTHS.items():
            st.markdown(f"One {width} wide, {millimetres:g} mm")
            with st.container(horizontal=True):
                for kind, mime in FORMATS.items():
                    st.download_button(
                        kind.upper(),
                        data=lambda kind=kind, width=width: figure(kind, width),
                        file_name=f"{safe_stem(stem)}-{width}.{kind}",
                        mime=mime,
                        key=f"figure_{width}_{kind}",
                        on_click="ignore",
                        icon=":material/download:",
                    )
