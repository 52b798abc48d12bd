"""Cards of the Methods page: backbone, translators and data sets, read from their files."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.methods_text import FEATURES, STACKED_NUMBERS, section
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.dashboard.text import literal
from ugrn_core.experiment.catalog import datasets
from ugrn_core.experiment.catalog.translators import STACKED
from ugrn_core.experiment.runs.spec import Prepared

_SHAPE = {
    "nlayers": "Layers",
    "embsize": "Width",
    "nheads": "Attention heads",
    "d_hid": "Width of the hidden layer",
    "cell_emb_style": "Cell vector",
    "preprocess_mode": "Values in training",
    "train_maxseq": "Genes a cell in training",
}
_COUNTS = {"parameters": "Parameters", "genes": "Genes known", "steps_done": "Training steps"}
_LONGEST = 500  # characters of anything a card says


def read(path: Path) -> dict:
    """Return the JSON object in a file; empty where there is none: anybody may have written it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def backbone(view: View, ready: Prepared) -> None:
    """Draw what the chosen backbone is, how it was validated, and what it was trained on."""
    folder, card = view.backbone.folder, read(view.backbone.folder / "card.json")
    st.markdown(f"**{literal(view.backbone.title)}**. {literal(view.backbone.description)}")
    shape = read(folder / "args.json")
    rows = [(words, shape[key]) for key, words in _SHAPE.items() if key in shape]
    rows += [(words, card[key]) for key, words in _COUNTS.items() if key in card]
    if view.backbone.is_control:  # the card is that of the trained network
        rows = [row for row in rows if row[0] != _COUNTS["steps_done"]]
    rows += [
        ("Values", ready.backbone.defaults.value_scale),
        ("Format", view.backbone.kind),
        ("Checksum of the weights", ready.backbone.checksum),
    ]
    facts(rows)
    if view.backbone.is_control:
        return
    if card.get("command"):
        st.markdown("**Made by**")
        st.code(str(card["command"])[:_LONGEST], language="bash", wrap_lines=True)
    validation = _rows(card, "validation")
    if not validation.empty:
        st.markdown("**Validation**")
        _shown(validation, "Validation of the backbone")
        st.caption(
            "r2: share of what differs between the cells of one dataset that the backbone explains "
            "on masked genes. Near 0 it says little of a single cell; what it says of pairs of "
            "genes is judged on the page Probe benchmark."
        )
        about = section("Validation", folder / "README.md")
        if about:
            st.caption(literal(about.split("\n\n")[0]))
    sets = _rows(card, "training_sets")
    if not sets.empty:
        out = sets["held_out"].map(bool) if "held_out" in sets else pd.Series(False, sets.index)
        with st.expander(f"Training data: {(~out).sum()} sets, and {out.sum()} held out"):
            _shown(sets, "Data sets the backbone was trained on")
    elif validation.empty:
        st.caption("This checkpoint brings no card: what it was trained on is its authors' to say.")


def translators(ready: Prepared) -> None:
    """Draw how the translators in use were trained, one column a probe."""
    if ready.translator is None:
        st.info(
            "No translator is fitted to these weights: pairs are ranked by their GDT peak, and "
            "have no score. The benchmark command trains one."
        )
        return
    st.markdown(f"**{literal(ready.translator.name)}**, one translator a probe:")
    table = {}
    for probe, card in ready.translator.cards.items():
        prevalence = [r["held_out_prevalence"] for r in card.reports if "held_out_prevalence" in r]
        chance = f" (chance {sum(prevalence) / len(prevalence):.3f})" if prevalence else ""
        table[probe.upper()] = {
            "Reads": card.features,
            "Numbers read": card.feature_count,
            "Trained on": f"{card.dataset}, {card.network}, {card.gene_set}",
            "Training pairs": f"{card.training_pairs:,}",
            "Genes in training pairs": f"{len(card.training_genes):,}",
            "Seeds": ", ".join(map(str, card.seeds)),
            "AUPRC on held-out pairs, mean over seeds": f"{card.held_out_auprc:.3f}{chance}",
            **{k.replace("_", " ").capitalize(): str(v) for k, v in card.config.items()},
            "Date": card.date,
        }
    frame = pd.DataFrame(table).map(lambda v: str(v)[:_LONGEST]).rename_axis("What").reset_index()
    st.dataframe(frame, hide_index=True, height="content", alt="How the translators were trained")
    read_by = dict.fromkeys(card.features for card in ready.translator.cards.values())
    for name in read_by:
        st.caption(f"{literal(name)}: {FEATURES.get(name, 'a feature variant of its own')}.")
    if STACKED in ready.translator.cards:
        read = ready.translator.cards[STACKED].feature_count
        for name, meaning in list(STACKED_NUMBERS.items())[:read]:
            st.caption(f"{name}: {meaning}.")
    st.markdown("**Made by**")
    made = dict.fromkeys(card.command[:_LONGEST] for card in ready.translator.cards.values())
    st.code("\n".join(made), language="bash", wrap_lines=True)


def dataset_cards(view: View) -> None:
    """Draw the data sets of this machine, with what to cite."""
    cards = datasets.cards(view.settings)
    frame = pd.DataFrame(
        {
            "Dataset": [c.title for c in cards],
            "Species": [c.species for c in cards],
            "Genes": [c.n_genes for c in cards],
            "Regulators": [c.n_regulators for c in cards],
            "Cells": ["yes" if c.has_cells else "no" for c in cards],
            "Reference networks": [", ".join(c.references) or "none" for c in cards],
            "Cite": [c.source for c in cards],
        }
    )
    st.dataframe(frame, hide_index=True, alt="Data sets on this machine")


def facts(rows: list[tuple[str, object]]) -> None:
    """Draw (what, value) rows as a table; a value of None is left out."""
    words = [
        (what, f"{value:,}" if type(value) is int else str(value)[:_LONGEST])
        for what, value in rows
        if value is not None
    ]
    frame = pd.DataFrame(words, columns=["what", "value"])
    config = {
        "what": st.column_config.TextColumn("What", width=200),
        "value": st.column_config.TextColumn("Value", width="large"),
    }
    st.dataframe(
        frame, hide_index=True, height="content", column_config=config, alt="Facts of the backbone"
    )


def _rows(card: dict, key: str) -> pd.DataFrame:
    """Return a list of flat records of a card as a table of plain values."""
    given = card.get(key)
    rows = [r for r in given if isinstance(r, dict)] if isinstance(given, list) else []
    plain = [
        {str(k)[:40]: v if isinstance(v, int | float) else str(v)[:_LONGEST] for k, v in r.items()}
        for r in rows
    ]
    return pd.DataFrame(plain)


def _shown(frame: pd.DataFrame, alt: str) -> None:
    named = frame.rename(columns=lambda c: c.replace("_", " "))
    st.dataframe(named, hide_index=True, alt=alt)
