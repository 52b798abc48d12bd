"""Ids that are no names of human or mouse genes, and what to do with each: a word for a refusal."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOSTLY = 0.5  # of the names
_TRANSLATE = "Translate them to gene symbols, with BioMart (ensembl.org) or mygene, say"
_OTHERS = "human and mouse can be read. Give human orthologs in their place"
# What names look like: (pattern, what they are, what to do).
KINDS = (
    (r"ENS[A-Z]{0,4}T\d{11}(\.\d+)?", "Ensembl ids of transcripts", "Sum them by gene"),
    (r"(\d+\.)?ENS[A-Z]{0,4}P\d{11}(\.\d+)?", "Ensembl ids of proteins", _TRANSLATE),
    (r"[NX][MR]_\d{6,9}(\.\d+)?", "RefSeq ids of transcripts", "Sum them by gene symbol"),
    (r"\d+_([a-z]_)?at|\d{7,8}_st|ILMN_\d+|A_\d\d_P\d+", "probes of a microarray", _TRANSLATE),
    (r"chr\w{1,5}[:_-]\d+[_-]\d+", "regions of a genome (peaks)", "Give expression of genes"),
    (r"FBgn\d{7}", "genes of a fly", _OTHERS),
    (r"WBGene\d{8}", "genes of a worm", _OTHERS),
    (r"AT[1-5MC]G\d{5}(\.\d)?", "genes of a plant", _OTHERS),
    (r"Y[A-P][LR]\d{3}[WC](-[A-Z])?", "genes of yeast", _OTHERS),
    (r"b\d{4}", "genes of a bacterium", _OTHERS),
    (r"([OPQ]\d[A-Z\d]{3}\d|[A-NR-Z]\d([A-Z][A-Z\d]{2}\d){1,2})(-\d+)?", "UniProt ids", _TRANSLATE),
    (r"\d{1,9}(\.0)?", "numbers, as NCBI's (Entrez) ids of genes are", _TRANSLATE),
)


def told(names: Sequence[str]) -> str:
    """Return a sentence on what most of `names` are and what to do; empty where nothing tells."""
    for pattern, what, way in KINDS:
        fit = sum(bool(re.fullmatch(pattern, n)) for n in names)
        if fit > MOSTLY * len(names):
            return f"They are {what}{':' if way is _OTHERS else '.'} {way}."
    return ""
