"""What a run's sign, direction and two curves are worth, in plain sentences beside the numbers."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ugrn_core.experiment.references.measured import ELSEWHERE, SHOWN
from ugrn_core.experiment.runs.edges import TOP_PERCENT
from ugrn_core.experiment.runs.worth import one_number
from ugrn_core.markdown import literal


def caption(worth: Mapping, facts: Mapping) -> None:
    """Draw what columns of little worth are worth. facts: the run's (queries.edges.summary)."""
    said = [sign_sentence(worth, facts["best_signs"]), direction_sentence(worth)]
    if one_number(worth):
        said.append(one_sentence(worth, facts["pairs"]) + ": their peaks rank nearly alike.")
    for sentence in filter(None, said):
        st.caption(sentence)


def one_sentence(worth: Mapping, pairs: int) -> str:
    """Return the beginning of a sentence: that VVP and GDT are one number, as measured."""
    return (
        "In this run response (VVP) and gradient (GDT) are one number, their correlation is "
        f"{worth['vvp_gdt']:.4f} over all {pairs:,} pairs"
    )


def sign_sentence(worth: Mapping, best_signs: Mapping[int, float]) -> str:
    """Return how far a proposed sign can be trusted. best_signs: sign -> its share of them."""
    sign, share = max(best_signs.items(), key=lambda item: item[1])
    word = "activates" if sign > 0 else "represses"
    judged = worth.get("sign") or {}
    if not worth.get(SHOWN, True):
        return f"Sign: left empty here, for it was measured to say nothing. {_reasons(worth)}"
    said = f"Sign: {share:.0%} of the best {TOP_PERCENT:g} % of pairs get “{word}”"
    if not judged:
        return f"{said}; no reference network here has signs to judge it by. {_reasons(worth)}"
    return f"{said}. " + " ".join(
        f"On {literal(name)} it is right for {score['right']:.0%} of {score['edges']:,} edges, of "
        f"which {score['activating']:.0%} activate{_area(score)}."
        for name, score in judged.items()
    )


def _reasons(worth: Mapping) -> str:
    """Return where signs were measured and what came of it."""
    where = (worth.get("sign") or {}) | (worth.get(ELSEWHERE) or {})
    told = [
        f"On {literal(name)}, {score['edges']:,} pairs{_area(score)}."
        for name, score in where.items()
        if score.get("auroc") is not None
    ]
    return " ".join(told) or "Read nothing into it."


def _area(score: Mapping) -> str:
    if score.get("auroc") is None:
        return ""
    low, high = score.get("low"), score.get("high")
    between = "" if low is None or high is None else f", 95 % interval {low:.2f} to {high:.2f}"
    return f" (AUROC {score['auroc']:.2f}{between}; 0.5 is chance)"


def sign_notes(worth: Mapping) -> list[str]:
    """Return what a proposed sign was found to be worth, in few words; none where nobody knows."""
    judged = list((worth.get("sign") or {}).items())[:1]
    return [
        f"right for {score['right']:.0%} of {score['edges']:,} in {name}, of which "
        f"{score['activating']:.0%} activate"
        for name, score in judged
    ]


def sign_words(worth: Mapping) -> str:
    """Return the same for the foot of a figure, also where nobody knows."""
    return next(iter(sign_notes(worth)), "no reference network here has signs to judge them by")


def direction_sentence(worth: Mapping) -> str:
    """Return how far a score above its reverse score tells the direction; empty where unknown."""
    said = ""
    if worth.get("reverse") is not None:
        said = f"Reverse: over this run a score and its reverse correlate at {worth['reverse']:.2f}"
    judged = worth.get("direction") or {}
    if not judged:
        return f"{said}; whether the higher one is the true direction was not measured here." * (
            bool(said)
        )
    return f"{said}. " + " ".join(
        f"On {literal(name)} the known direction has the higher score for {score['right']:.0%} of "
        f"{score['edges']:,} edges (50 % is chance)."
        for name, score in judged.items()
    )
