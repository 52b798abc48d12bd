"""Vocabularies of Ensembl ids, spoken as symbols: UGRN's own names table translates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ugrn_core.backbones.vocabulary import VERSIONED, Vocabulary
from ugrn_core.data.gene_names import ENSEMBL, meanings


def ensembl_vocabulary(
    tokens: Sequence[str], specials: Sequence[str] = (), names: Mapping[str, str] | None = None
) -> Vocabulary:
    """Return the vocabulary of a model whose `tokens` (in id order) are Ensembl ids of human genes.

    A gene is known by its approved symbol where UGRN's table has one, else by the id as the file
    spells it; ids stay names of their genes, whatever their version. Two ids with one symbol both
    keep their ids. names: symbol -> Ensembl id, as the checkpoint's own files have it, for genes
    that the table lacks.
    """
    symbols = [_symbol(t) for t in tokens]
    taken: dict[str, int] = {}
    for symbol in (*filter(None, symbols), *tokens):
        taken[symbol] = taken.get(symbol, 0) + 1
    spoken = [s if s and taken[s] == 1 else t for s, t in zip(symbols, tokens)]
    also = {_plain(t): s for t, s in zip(tokens, spoken)}
    by_id, known = dict(also), set(spoken)
    for name, gene in (names or {}).items():
        if gene in by_id and name not in known:
            also.setdefault(name, by_id[gene])
    return Vocabulary(spoken, specials, also)


def _plain(token: str) -> str:
    """Return an Ensembl id without its version, anything else as it is."""
    versioned = VERSIONED.fullmatch(token)
    return versioned[1] if versioned else token


def _symbol(token: str) -> str | None:
    """Return the approved symbol of an Ensembl id; None for anything else, or where unknown."""
    if not ENSEMBL.fullmatch(token):
        return None
    named = [m.symbol for m in meanings(token) if m.how == "ensembl"]
    return named[0] if len(named) == 1 else None
