"""How it is computed, from what, how far to trust it, and how to cite it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.sections import methods
from ugrn_core.dashboard.sections.method import opening
from ugrn_core.dashboard.shell import navigation, page
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.widgets.probe_now import NO_CURVES
from ugrn_core.experiment.runs import spec as run_spec


def formulas(ready: run_spec.Prepared) -> None:
    """Draw the three formulas and the settings of this backbone."""
    able = ready.backbone.defaults
    made = methods.formulas(ready.translator, able.differentiable, able.relaxation)
    for k, (title, formula, words) in enumerate(made):
        st.markdown(f"**{title}**")
        st.container(key=f"formula_{k}").latex(formula, width="content")
        st.markdown(words)
    chosen = ready.settings
    if not able.readouts:
        st.markdown(f"The chosen backbone answers none of this. {NO_CURVES}")
        return
    grid = ", ".join(f"{v:g}" for v in chosen.grid)
    scale = ready.backbone.defaults.value_phrase
    st.markdown(
        f"Here $M$ is the chosen backbone, its output read as “{chosen.readout}”; the baseline "
        f"$v_b$ is {chosen.baseline:g} and the grid {grid} ({scale})."
    )


def from_readme(title: str) -> None:
    """Draw a section of the README, or where to find it."""
    text = methods.section(title)
    st.markdown(text or f"See the section “{title}” of README.md in the repository.")


@page.page(
    "Methods", "How is a score made, from what, how far can I trust it, and how do I cite it?"
)
def draw(view: View) -> None:
    ready = run_spec.prepare(view.settings, view.spec)
    opening.opening(page.colours())
    opening.glossary()
    st.header("How a score is made", anchor=False)
    formulas(ready)
    st.header("How far to trust it", anchor=False)
    from_readme("How far to trust it")
    navigation.link("probe_benchmark", "Every number of the benchmark", ":material/verified:")
    st.header("What the benchmark can judge", anchor=False)
    methods.judged()
    st.header("The columns of an edge table", anchor=False)
    st.table(pd.Series(methods.COLUMNS, name="what it holds").rename_axis("column"))
    st.header("Backbone", anchor=False)
    methods.backbone(view, ready)
    st.header("Translator", anchor=False)
    methods.translators(ready)
    st.header("Datasets on this machine", anchor=False)
    methods.dataset_cards(view)
    st.header("How to cite", anchor=False)
    from_readme("How to cite")
    navigation.link("downloads", "All files, with checksums", ":material/download:")
