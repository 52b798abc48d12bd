"""Files that hold genes of human and mouse: which are whose, so that none is added to another's."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ugrn_core.data.gene_names import meanings

TWINS = 0.05  # of the names come as GATA1 and as Gata1: two species, not two habits of spelling
GENOMES = {
    "human": re.compile(r"^(?:GRCh|hg)\d", re.IGNORECASE),
    "mouse": re.compile(r"^(?:GRCm|mm)\d", re.IGNORECASE),
}


def genes_of_another(raw: Sequence[str], names: Sequence[str], species: str) -> np.ndarray:
    """Return which names are of the other species, (n,) bool; none where the file is of one.

    raw: names as in the file, with the genome before them where one stands there. names: without.
    Told by the genomes, else by case where many genes come in both spellings.
    """
    other = "mouse" if species == "human" else "human"
    of = {s: np.array([bool(p.match(n)) for n in raw], dtype=bool) for s, p in GENOMES.items()}
    if of[species].any() and of[other].any():
        return of[other]
    present = set(names)
    twins = sum(n != n.upper() and n.upper() in present for n in present if n[:1].isupper())
    if twins <= TWINS * max(1, len(present)):
        return np.zeros(len(names), dtype=bool)
    return np.array([_spelling(n) == other for n in names], dtype=bool)


def _spelling(name: str) -> str:
    """Return whose symbols are spelled so, "" for no symbol."""
    if "orf" in name or not any(c.isalpha() for c in name) or not meanings(name):
        return ""
    return "human" if name == name.upper() else "mouse" if name[:1].isupper() else ""
