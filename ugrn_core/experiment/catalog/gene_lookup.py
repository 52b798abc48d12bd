"""The answer to any gene someone types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ugrn_core.data.gene_lists import symbols_of_date, why_no_gene
from ugrn_core.data.gene_names import current_symbol, meanings, previous_symbols
from ugrn_core.experiment.catalog.datasets import PASTED
from ugrn_core.registry import near_matches, offered

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.backbones.vocabulary import Vocabulary
    from ugrn_core.experiment.catalog.study import Study

LONGEST_SYMBOL = 64
_SHORTEST_BEGINNING = 2  # letters; of one every tenth gene begins
_PASTE = "Add it to the panel to probe it."


@dataclass(frozen=True)
class GeneAnswer:
    """typed: what was typed, cut. symbol: in this panel, or None. how: found, case, renamed,
    several, beginning, in backbone only, unknown or not a symbol. sentence: for people. near: what
    may have been meant. elsewhere: of how `in backbone only`, what the gene is called."""

    typed: str
    symbol: str | None
    how: str
    sentence: str
    near: tuple[str, ...] = ()
    elsewhere: str = ""


def _renamed(typed: str, genes: Iterable[str]) -> GeneAnswer | None:
    """Return the gene of the panel that `typed` is under another name; None where it is none.

    Two names are one gene where they mean one symbol: the panel may hold the older of the two.
    """
    wanted, here = {m.symbol: m for m in meanings(typed)}, {}
    for gene in genes if wanted else ():
        symbols = {m.symbol for m in meanings(gene)}
        if len(symbols) == 1 and symbols <= set(wanted):
            here[gene] = wanted[symbols.pop()]
    if len(here) > 1:
        names = tuple(here)
        said = f"{typed} may mean {', '.join(names[:-1])} or {names[-1]}. Choose one of them."
        return GeneAnswer(typed=typed, symbol=None, how="several", sentence=said, near=names)
    for gene, meaning in here.items():
        said = f"{typed} is {meaning.words}"
        if typed.casefold() == meaning.symbol.casefold():
            said = f"{typed} is the current symbol of {gene}"
        elif gene.casefold() != meaning.symbol.casefold():
            said += f", which is {gene} in this panel"
        return GeneAnswer(typed, gene, "renamed", f"{said}.")
    return None


def _elsewhere(typed: str, backbone: Backbone) -> GeneAnswer | None:
    """Return what `typed`, no gene of the panel, is by another name; None where it is no name."""
    names = [(m, _token(m.symbol, backbone.vocabulary)) for m in meanings(typed)]
    if not names:
        return None
    meaning, token = names[0]
    is_current = typed.casefold() == meaning.symbol.casefold()
    said = typed if is_current else f"{typed} is {meaning.words}, which"
    if token is None:
        said = f"{said} is not in the vocabulary of {backbone.name}."
        return GeneAnswer(typed, None, "unknown", said)
    name = "" if token.casefold() == meaning.symbol.casefold() else f" (as {token})"
    said += f" is known to the backbone{name} but is not in this panel. {_PASTE}"
    return GeneAnswer(typed, None, "in backbone only", said, elsewhere=meaning.symbol)


def _token(symbol: str, vocabulary: Vocabulary) -> str | None:
    """Return the token of a gene, under its symbol or one it had before."""
    tokens = (vocabulary.token(name) for name in (symbol, *previous_symbols(symbol)))
    return next((token for token in tokens if token is not None), None)


def _several(typed: str, by_fold: dict[str, str]) -> GeneAnswer | None:
    """Return the answer to a list of genes of the panel; None where it is none."""
    names = [by_fold.get(part.casefold()) for part in re.split(r"[\s,;]+", typed)]
    if len(names) < 2 or not all(names):
        return None
    genes = tuple(dict.fromkeys(names))
    return GeneAnswer(
        typed=typed,
        symbol=None,
        how="several",
        sentence=f"One gene at a time: {' or '.join(genes)}.",
        near=genes,
    )


def _beginning(typed: str, genes: Iterable[str]) -> GeneAnswer | None:
    """Return the gene whose symbol goes on from `typed`, of several the shortest; None without."""
    wanted = typed.casefold()
    longer = sorted(
        (g for g in genes if g.casefold().startswith(wanted)), key=lambda g: (len(g), g)
    )
    if not longer or len(typed) < _SHORTEST_BEGINNING:
        return None
    best, others = longer[0], tuple(longer[1:])
    said = f"{typed} is no gene of this panel; {best} begins with it"
    said += f", and {len(others):,} more here." if others else "."
    return GeneAnswer(typed=typed, symbol=best, how="beginning", sentence=said, near=others)


def _spellings(typed: str) -> tuple[str, ...]:
    """Return what `typed` may stand for: itself; the same without hyphens."""
    return (typed, typed.replace("-", "")) if "-" in typed else (typed,)


def _date(typed: str, genes: Iterable[str]) -> GeneAnswer | None:
    """Return the gene of the panel that a spreadsheet made the date `typed` of, where one alone
    fits, else what it may have been; None where it is no date."""
    names = symbols_of_date(typed)
    if names is None:
        return None
    answers = [_renamed(name, genes) for name in names]
    here = tuple(dict.fromkeys(a.symbol for a in answers if a is not None and a.symbol))
    said = f"{typed} is {why_no_gene(typed)}."
    if len(here) == 1:
        said = f"{typed} is a date, which a spreadsheet may have made of {here[0]}."
        return GeneAnswer(typed, here[0], "renamed", said)
    return GeneAnswer(typed, None, "several" if here else "unknown", said, near=here)


def _known_elsewhere(typed: str, token: str, study: Study, near: tuple[str, ...]) -> GeneAnswer:
    """Return the answer to the name of a gene that the backbone knows and the panel lacks."""
    what = "your gene list" if study.dataset.name == PASTED else study.dataset.title
    return GeneAnswer(
        typed=typed,
        symbol=None,
        how="in backbone only",
        sentence=f"{token} is known to the backbone but is not in this panel ({what}). {_PASTE}",
        near=near,
        elsewhere=current_symbol(token),
    )


def gene_lookup(study: Study, backbone: Backbone, text: str) -> GeneAnswer:
    """Return what `text` is in the panel of `study`, which fits `backbone`; it always answers."""
    typed = text.strip()[:LONGEST_SYMBOL]
    if not typed or len(text.strip()) > LONGEST_SYMBOL or not typed.isprintable():
        return GeneAnswer(typed, None, "not a symbol", "Type one gene symbol, such as GATA1.")
    shown = {study.labels.get(t, t): t for t in study.panel.genes}
    if typed in shown:
        return GeneAnswer(typed, typed, "found", f"{typed} is in this panel.")
    by_fold = {g.casefold(): g for g in shown}
    if typed.casefold() in by_fold:
        gene = by_fold[typed.casefold()]
        return GeneAnswer(typed, gene, "case", f"{typed} is spelled {gene} here.")
    match = backbone.vocabulary.find(typed)
    if match.token in study.labels:
        gene = study.labels[match.token]
        return GeneAnswer(typed, gene, "case", f"{typed} is {gene} in this panel.")
    if several := _several(typed, by_fold):
        return several
    if (date := _date(typed, shown)) is not None:
        return date
    for name in _spellings(typed):
        if (renamed := _renamed(name, shown)) is not None:
            return renamed
    # Of a gene that is elsewhere the name is meant; another name of one may be a beginning here.
    is_gene = match.token is not None or any(m.how == "symbol" for m in meanings(typed))
    if not is_gene and (begun := _beginning(typed, shown)) is not None:
        return begun
    near = tuple(near_matches(typed, list(shown)))
    if match.token is None:
        for name in _spellings(typed):
            if (answer := _elsewhere(name, backbone)) is not None:
                return answer
    else:
        return _known_elsewhere(typed, match.token, study, near)
    near = near or match.near
    said = f"{typed} is not in the vocabulary of {backbone.name}.{offered(near)}"
    return GeneAnswer(typed=typed, symbol=None, how="unknown", sentence=said, near=near)
