"""How Methods begins: three sentences and a picture; and the words, all in one place."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.charts import thumbnails
from ugrn_core.dashboard.shell import navigation
from ugrn_core.dashboard.text import TERMS
from ugrn_core.dashboard.theme import Palette

SENTENCES = (
    "A **virtual cell** is given to a frozen **backbone**: every gene carries the same value, and "
    "one gene, the **regulator**, is set to eight values in turn.",
    "What the backbone then writes for each other gene, the **target**, makes two curves a pair: "
    "how far its answer moves (**VVP**) and how steeply (**GDT**).",
    "A small **translator**, trained on known pairs of another dataset, reads the curves and gives "
    "a **score** from 0 to 1; the benchmark says how often that is right.",
)


def opening(colours: Palette) -> None:
    """Draw the three sentences, the picture, and the way to try it."""
    st.container(key="picture_steps").html(thumbnails.steps(colours))
    for sentence in SENTENCES:
        st.markdown(f"- {sentence}")
    navigation.link(
        "probe_lab", "Try it: turn a knob, watch every gene", ":material/tune:", lab_tour="1"
    )


def glossary() -> None:
    """Draw what the pages' words mean."""
    st.header("Words", anchor=False)
    with st.expander("What the words on these pages mean", icon=":material/menu_book:"):
        for term, meaning in TERMS.items():
            st.markdown(f"**{term}**: {meaning}")
