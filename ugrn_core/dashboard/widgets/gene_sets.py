"""Choosing a collection of gene sets: those that ship, or a GMT file of one's own."""

from __future__ import annotations

import re

import streamlit as st

from ugrn_core.dashboard.shell.address import choice, choose
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.errors import InputError
from ugrn_core.experiment.biology.collections import collection, keep, offered
from ugrn_core.markdown import literal

_PROBLEM = "ugrn_sets_problem"
_MOST_MB = 20
# Words of the shipped names that are no words.
_CAPITALS = re.compile(
    r"ATP|BMP|DNA|EGFR|ERBB|FGFR|G|GPCR|GTP|I|IFN|II|III|IL|JAK|KRAS|MAPK|MHC|MTOR|"
    r"MYC|NFKB|PPAR|RAS|RHO|RNA|ROS|RUNX|STAT|TCA|TCR|TGF|TLR|TNF|TNFA|TRNA|UV|VEGF|WNT|.*\d.*"
)


def gene_sets(view: View, key: str = "sets") -> GeneSets:
    """Draw the choice of a collection, bound to the address as `key`, and a place for a file;
    return the collection chosen."""
    box, own = st.columns([3, 2], vertical_alignment="bottom")
    with box:
        name = choice("Gene sets", key, offered(view.settings))
    with own, st.popover("Use my own (GMT)", icon=":material/upload_file:"):
        st.markdown("A line a set: name, description, genes, with tabs between them.")
        st.file_uploader(
            "GMT file",
            type=["gmt", "gz", "txt"],
            key=f"{key}_file",
            max_upload_size=_MOST_MB,
            on_change=_take,
            args=(view, key),
            label_visibility="collapsed",
        )
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(literal(problem), icon=":material/error:")
    return collection(view.settings, name)


def _take(view: View, key: str) -> None:
    file = st.session_state.get(f"{key}_file")
    if file is None:
        return
    try:
        choose(key, keep(view.settings, file.getvalue(), file.name))
    except InputError as error:
        st.session_state[_PROBLEM] = str(error)


def set_title(name: str) -> str:
    """Return a set's name as people read it: HALLMARK_HEME_METABOLISM is Heme metabolism."""
    for prefix in ("HALLMARK_", "REACTOME_"):
        if name.startswith(prefix):
            text = " ".join(map(_word, name.removeprefix(prefix).split("_")))
            return text[:1].upper() + text[1:]
    return name


def _word(word: str) -> str:
    return word if _CAPITALS.fullmatch(word) else word.lower()
