"""What references say of a pair, beside what the model says."""

from __future__ import annotations

import streamlit as st

from ugrn_core.experiment.references.known import WORDS
from ugrn_core.experiment.runs.results import Results
from ugrn_core.markdown import literal


def sentence(results: Results, source: str, target: str) -> str:
    """Return which references hold source -> target, or its reverse alone, with the sign they know;
    empty where none was looked at."""
    if not results.known.names:
        return ""
    there, back = (results.known.of_pair(*p) for p in ((source, target), (target, source)))
    looked = f"looked at: {literal(', '.join(results.known.names))}"
    if not there and not back:
        return f"In no reference here ({looked})."
    parts = []
    if there:
        parts.append(f"Known: {literal(_named(there))}.")
    if back:
        parts.append(f"The reverse is known: {literal(_named(back))}.")
    return " ".join(parts)


def _named(signs: dict[str, int]) -> str:
    return ", ".join(
        f"{name} ({WORDS[sign]})" if sign in WORDS else name for name, sign in signs.items()
    )


def draw(results: Results, names: tuple[str, str]) -> None:
    """Draw what references say of a pair."""
    if said := sentence(results, *names):
        st.caption(said)
