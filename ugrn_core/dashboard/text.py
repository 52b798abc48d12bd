"""What a pair's numbers say, in plain sentences."""

from __future__ import annotations

import math

# What the pages' words mean: hovers where they are met, and the list on Methods.
TERMS = {
    "backbone": "A single-cell foundation model, frozen: a network that was trained to write what "
    "is missing in cells. UGRN asks it and changes nothing of it.",
    "virtual cell": "A cell that never was: every gene is given one value, the baseline, and the "
    "backbone writes its answer for each of them.",
    "baseline": "The value that every gene but one carries in a virtual cell.",
    "panel": "The genes that share the virtual cell, those of the dataset or list. Which genes "
    "they are changes every number a little.",
    "regulator": "A gene that is driven: mostly a transcription factor.",
    "target": "A gene whose answer is read while a regulator is driven.",
    "probe": "A way to read a pair out of a backbone: VVP, GDT, gene vectors, attention.",
    "VVP": "Virtual value perturbation, the response: how much the backbone's answer for a target "
    "changes when a regulator's value is set to 8 values in turn.",
    "GDT": "Gradient trajectory: the slope of that answer at each of the values, computed exactly.",
    "readout": "How the targets are asked: masked, their value hidden, or visible.",
    "cls token": "A place before the genes that stands for the whole cell, where a backbone was "
    "trained with one. With it and without it the answers differ.",
    "translator": "A small model that reads a pair's curves and gives a score. It was trained on "
    "known pairs of another dataset.",
    "score": "The translator's opinion of a pair, 0 to 1. It ranks pairs; it is no effect size.",
    "reference network": "Known pairs to compare with: from binding (ChIP-seq), from perturbing "
    "regulators (LOF/GOF), from curated or functional links (STRING). Never complete.",
    "control": "What knows no regulation, measured the same way: random weights, popularity, "
    "co-expression.",
    "matched": "Negatives in which each gene occurs as often as among the known pairs: knowing how "
    "popular a gene is helps nobody, and chance is 0.5.",
    "AUPRC": "Area under the precision-recall curve, 0 to 1; a random score reaches the share of "
    "true pairs (the prevalence).",
    "zero-shot": "Judged on a dataset of which nothing was seen in training.",
    "run": "One backbone asked about one panel: computed once, kept, with a name of its own.",
}

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain_number(value: float) -> str:
    """Return a number with two significant digits, a tiny one as a power of ten in words."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    if abs(value) >= 0.001:
        return f"{value:.2g}"
    power = math.floor(math.log10(abs(value)))
    return f"{value / 10**power:.1f} × 10⁻{str(-power).translate(_RAISED)}"


def sign_word(sign: object) -> str:
    """Return a sign as a word with an arrow, so that colour is not needed; of none a dash."""
    try:
        return {1: "▲ activates", -1: "▼ represses"}.get(int(sign), "– unclear")
    except (TypeError, ValueError):  # an empty cell
        return "–"
