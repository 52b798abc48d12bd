"""What the Methods page says in words and formulas; numbers come from the files it describes."""

from __future__ import annotations

import re
from pathlib import Path

from ugrn_core.experiment.catalog.translators import STACKED
from ugrn_core.translators.translator_set import TranslatorSet

_README = Path(__file__).resolve().parents[2] / "README.md"
_LONGEST = 40_000  # characters of a section shown

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

COLUMNS = {
    "source": "The regulator, as the dataset names it",
    "target": "The gene it may act on, as the dataset names it",
    "probability": "The score, 0 to 1: the translator's opinion that the pair is regulatory; empty "
    "without a translator",
    "rank": "Place among all pairs of the run, 1 is best: by score, without a translator by the "
    "size of the GDT peak",
    "percentile": "Share of the run's pairs that rank at or below this one, above 0 to 100",
    "sign": "Sign of the mean GDT over the grid: 1 activates, -1 represses; a proposal, not a "
    "measurement, and positive for nearly all high ranks of the shipped backbones",
    "vvp_effect": "VVP where it is largest in size over the grid, in the backbone's units",
    "gdt_peak": "GDT where it is largest in size over the grid: output per input unit",
    "reverse_probability": "The score of target → source; empty where the target was not probed as "
    "a regulator",
    "n_backbones": "In how many backbones the pair is among the best 5 % of its run, this one "
    "included; only where another backbone (not a control) was asked about the same panel here",
    "n_seeds_stable": "With how many of the translator's seeds the pair is among the best 5 %",
    "in_<reference>": "Whether that reference network holds the edge; one column a network",
    "dataset, backbone, probe, run_id": "Where a row of joined runs comes from",
}

FEATURES = {
    "pair-numbers": "the six numbers of a pair from which popularity is taken out",
    "plain": "the curve of regulator → target, or all the numbers below",
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
}


def formulas(translator: TranslatorSet | None) -> tuple[tuple[str, str, str], ...]:
    """Return (title, formula, words) of what makes a score with `translator`."""
    stacked = translator is not None and STACKED in translator.members
    return (*FORMULAS[:2], STACKED_FORMULA) if stacked else FORMULAS


def section(title: str, path: Path = _README) -> str | None:
    """Return the text below the heading `## title` of a Markdown file; None where there is none.

    Links to files of the repository become their words: the dashboard does not serve those.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    if found is None:
        return None
    text = found.group(1).strip()[:_LONGEST]
    return re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?://)[^)]*\)", r"\1", text)
