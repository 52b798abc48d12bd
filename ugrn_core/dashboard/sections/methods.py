"""Cards of the Methods page: backbone, translators and data sets, read from their files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import streamlit as st

from ugrn_core.dashboard.shell import own_sets
from ugrn_core.dashboard.shell.sidebar import View
from ugrn_core.errors import StorageError
from ugrn_core.experiment.catalog.backbones import MOST_CARD_BYTES
from ugrn_core.experiment.evaluation import methods
from ugrn_core.experiment.runs.spec import Prepared
from ugrn_core.files import read_bounded
from ugrn_core.markdown import literal
from ugrn_core.settings import shipped
from ugrn_core.translators.stacked import STACKED, names_read
from ugrn_core.translators.translator_set import TranslatorSet

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
        content = json.loads(read_bounded(path, MOST_CARD_BYTES))
    except (StorageError, ValueError, RecursionError):
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
        ("Values", ready.backbone.defaults.value_phrase),
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
        for name in names_read(ready.translator.cards[STACKED].features):
            st.caption(f"{name}: {STACKED_NUMBERS[name]}.")
    st.markdown("**Made by**")
    made = dict.fromkeys(card.command[:_LONGEST] for card in ready.translator.cards.values())
    st.code("\n".join(made), language="bash", wrap_lines=True)


def dataset_cards(view: View) -> None:
    """Draw the data sets of this machine, with what to cite."""
    cards = own_sets.cards(view.settings)
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


def judged() -> None:
    """Draw what the benchmark can judge: every probe, what is made of them, and the controls."""
    every = methods.methods().values()
    frame = pd.DataFrame(
        {
            "Method": [m.title for m in every],
            "On the command line": [m.name for m in every],
            "Kind": [m.kind for m in every],
            "Needs": [", ".join(m.needs) or "nothing more" for m in every],
            "Translator": ["trained" if m.trained else "none" for m in every],
            "In the paper": [m.published_as for m in every],
        }
    )
    st.dataframe(frame, hide_index=True, alt="Methods that the benchmark can judge")


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


_LONGEST_TEXT = 40_000  # characters of a section shown


FORMULAS = (
    (
        "Virtual value perturbation (VVP)",
        r"\mathrm{VVP}_{ij}(v) = M\left(\mathbf{v}_b,\; x_i := v\right)_j"
        r" - M\left(\mathbf{v}_b\right)_j",
        "A virtual cell carries the baseline value in every gene of the panel. Regulator *i* is "
        "set to each grid value *v* in turn; VVP is how much the model's output for target *j* "
        "changes.",
    ),
    (
        "Gradient trajectory (GDT)",
        r"\mathrm{GDT}_{ij}(v) = \frac{\partial}{\partial x_i}"
        r" M\left(\mathbf{v}_b,\; x_i := v\right)_j",
        "The exact derivative of the same output by the regulator's value, at each grid value: "
        "which way, and how steeply, the target answers there. It is computed, not estimated from "
        "differences.",
    ),
    (
        "Score: the ensemble of both",
        r"p_{ij} = \sigma\left(\frac{\ell^{\mathrm{VVP}}_{ij} + \ell^{\mathrm{GDT}}_{ij}}{2}"
        r"\right), \qquad \sigma(\ell) = \frac{1}{1 + e^{-\ell}}",
        "A small neural network, the translator, turns each curve into a logit, which is averaged "
        "over training seeds. The score is the sigmoid of the mean of both logits. Without a "
        "translator there is no score, and pairs are ranked by the size of their GDT peak.",
    ),
)


# In place of the last of FORMULAS where the stacked translator is in use.
STACKED_FORMULA = (
    "Score: the stacked translator",
    r"p_{ij} = \sigma\left(\ell\left(f_1(i,j), \dots, f_n(i,j)\right)\right), \qquad "
    r"\sigma(\ell) = \frac{1}{1 + e^{-\ell}}",
    "The numbers named under Translator, made from both curves and from the backbone's gene "
    "vectors, each with mean 0 and spread 1 over the panel's pairs, give the logit "
    "$\\ell$, which is averaged over training seeds. Which of them moved a pair's score stands on "
    "the page Gene pair.",
)


# In place of the last two of FORMULAS where the backbone has no derivative.
RESPONSE_FORMULA = (
    "Score: from the response alone",
    r"p_{ij} = \sigma\left(\ell^{\mathrm{VVP}}_{ij}\right), \qquad "
    r"\sigma(\ell) = \frac{1}{1 + e^{-\ell}}",
    "This backbone has no derivative by a gene's value, so no gradient trajectory (GDT). A "
    "small neural network, the translator, turns the response into a logit, which is averaged over "
    "training seeds. Without a translator there is no score, and pairs are ranked by the size of "
    "their largest response.",
)


COLUMNS = {
    "source": "The regulator, as the dataset names it",
    "target": "The gene it may act on, as the dataset names it",
    "probability": "The score, 0 to 1: the translator's opinion that the pair is regulatory; empty "
    "without a translator",
    "rank": "Place among all pairs of the run, 1 is best: by score, without a translator by the "
    "size of the GDT peak, or of the VVP effect where the backbone has no derivative",
    "percentile": "Share of the run's pairs that rank at or below this one, above 0 to 100",
    "sign": "Sign of the mean GDT over the grid: 1 activates, -1 represses; a proposal, not a "
    "measurement, and empty where it was measured to be no better than chance (Probe benchmark); "
    "positive for nearly all high ranks of the shipped backbones",
    "vvp_effect": "VVP where it is largest in size over the grid, in the backbone's units",
    "gdt_peak": "GDT where it is largest in size over the grid: output per input unit; no such "
    "column where the backbone has no derivative",
    "reverse_probability": "The score of target → source, on the shipped backbones nearly the "
    "same; empty where the target was not probed as a regulator",
    "n_backbones": "In how many backbones the pair is among the best 5 % of its run, this one "
    "included; only where another backbone (not a control) was asked about the same panel here",
    "n_seeds_stable": "With how many of the translator's seeds the pair is among the best 5 %",
    "source_as_given": "What a gene list called the regulator; only where a name of the list is "
    "not the approved symbol, which `source` holds",
    "target_as_given": "The same of the target",
    "in_<reference>": "Whether that reference network holds the edge; one column a network",
    "dataset, backbone, probe, run_id": "Where a row of joined runs comes from",
}


FEATURES = {
    "pair-numbers": "the six numbers of a pair from which popularity is taken out",
    "all-numbers": "all the numbers below",
    "pair-and-neighbours": "the six numbers of a pair from which popularity is taken out, and how "
    "near the two genes lie among the nearest of each",
    "all-and-neighbours": "all the numbers below",
    "plain": "the curve of regulator → target",
    "paired": "the curves of both directions",
    "centred": "the curve, less what regulator and target have in common with their other pairs",
    "centred-paired": "the curves of both directions, less what each gene has in common with its "
    "other pairs",
}


# Of the stacked translator, whose numbers have names of their own.
STACKED_NUMBERS = {
    "response (VVP)": "mean response over the grid, less what each gene shares with all its pairs",
    "gradient (GDT)": "mean slope over the grid, less the same",
    "response, gene by gene": "the response over the spread of each target and each regulator",
    "reverse response, gene by gene": "the same from target to regulator, where it was probed",
    "gene vectors, centred": "cosine between the two genes' vectors in the backbone, less what "
    "both share with all others",
    "response profiles, centred": "cosine between what all regulators do to the two genes, less "
    "the same",
    "gene vectors": "cosine between the two genes' vectors, as it is",
    "target is a regulator": "whether the target was probed as a regulator, too",
    "reach of the regulator": "how strongly it moves all genes of the panel, as a logarithm",
    "reach of the target": "how strongly all regulators move it, as a logarithm",
    "gene vectors, less crowding": "cosine between the two genes' vectors, less how near each "
    "is to its ten nearest genes of the panel (CSLS)",
    "shared neighbours": "how alike the thirty genes are that lie nearest to each of the two",
}


def formulas(
    translator: TranslatorSet | None, differentiable: bool = True, relaxation: str = ""
) -> tuple[tuple[str, str, str], ...]:
    """Return (title, formula, words) of what makes a score with `translator`.

    relaxation: what was changed of the model to differentiate it, empty where nothing was.
    """
    if not differentiable:
        return FORMULAS[0], RESPONSE_FORMULA
    title, formula, words = FORMULAS[1]
    if relaxation:
        words = (
            "The derivative of the same output by the regulator. **Relaxed, ours:** this model has "
            f"none of its own. It is taken {literal(relaxation)}. Do not compare it with another "
            "model's."
        )
    gradient = title, formula, words
    stacked = translator is not None and STACKED in translator.members
    score = (STACKED_FORMULA,) if stacked else FORMULAS[2:]
    return (FORMULAS[0], gradient, *score)


def section(title: str, path: Path | None = None) -> str | None:
    """Return the text below the heading `## title` of a Markdown file (default: the README); None
    where there is none.

    Links to files of the repository become their words: the dashboard does not serve those.
    """
    try:
        text = (path or shipped("README.md")).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    if match is None:
        return None
    text = match.group(1).strip()[:_LONGEST_TEXT]
    return re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?://)[^)]*\)", r"\1", text)
