"""The list of models: what each answers, its licence and size, and what one can do with it."""

from __future__ import annotations

import streamlit as st

from ugrn_core.dashboard.sections.models import ways
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.experiment.catalog.backbones import lost
from ugrn_core.experiment.models import listing
from ugrn_core.experiment.models.listing import Model
from ugrn_core.markdown import literal
from ugrn_core.quantities import size

_LONGEST = 240  # characters of a sentence that a file says


def draw(view: View) -> None:
    """Draw all models, those of this machine first, then the way to add a folder."""
    ways.said()
    every = listing.models(view.settings)
    st.header("On this machine", anchor=False)
    for model in (m for m in every if m.is_here):
        _model(view, model)
    for name, folder in lost(view.settings).items():
        ways.lost_one(view, name, folder)
    ways.add_a_folder(view)
    st.header("Published by others", anchor=False)
    others = [m for m in every if not m.is_here]
    if not others:
        st.info("All published models that UGRN knows are on this machine.")
    elif why := ways.why_not(view):
        st.info(literal(why))
    for model in others:
        _model(view, model)
    st.caption(
        "Every file is checked by size and checksum, an interrupted download goes on where it was, "
        "and no code in it is run. HF_ENDPOINT names a mirror of the hub; without a connection, "
        "`backbones fetch NAME --from FOLDER` takes files that were copied by hand."
    )


def _model(view: View, model: Model) -> None:
    with st.container(border=True, key=f"model_{model.name}"):
        words, buttons = st.columns([5, 2], vertical_alignment="center")
        words.markdown(_words(model))
        with buttons:
            ways.buttons(view, model)
        ways.under_way(view, model)


def _words(model: Model) -> str:
    answers = "Answers: " + (" · ".join(model.answers) or "seen when it is first used")
    facts = [model.where]
    if model.size:
        facts.append(size(model.size) + ("" if model.is_here else " to download"))
    elif model.where == listing.TO_FETCH:
        facts.append("size: the hub says when it is asked")
    if model.is_here:
        count = len(model.translators)
        facts.append(f"{count} translators" if count else "no translators, so no scores yet")
    if model.licence:
        facts.append(f"licence: {model.licence}")
    lines = [
        f"**{literal(model.title)}**  `{literal(model.name)}`",
        literal(answers),
        f":small[{literal('; '.join(facts))}]",
        f":small[{literal(_about(model))}]",
    ]
    return "  \n".join(line for line in lines if line)


def _about(model: Model) -> str:
    said = f"From {model.origin}" if model.published else model.origin
    return said if len(said) <= _LONGEST else said[:_LONGEST] + " ..."
