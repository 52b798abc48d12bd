"""What one can choose on this machine, and the answer to any gene someone types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ugrn_core.data.gene_names import meanings, previous_symbols
from ugrn_core.experiment import datasets as data
from ugrn_core.experiment import installed, runs
from ugrn_core.experiment.datasets import PASTED, DatasetCard
from ugrn_core.experiment.installed import BackboneCard
from ugrn_core.registry import near_matches
from ugrn_core.settings import Settings

if TYPE_CHECKING:
    from ugrn_core.backbones.genes import Vocabulary

LONGEST_SYMBOL = 64
_PASTE = "Paste a gene list that contains it to probe it."


@dataclass(frozen=True)
class GeneAnswer:
    """asked: as typed, cut. symbol: in this panel, or None. how: found, case, renamed, several, in
    backbone only, unknown or not a symbol. sentence: for people. near: what may have been meant."""

    asked: str
    symbol: str | None
    how: str
    sentence: str
    near: tuple[str, ...] = ()


def _renamed(asked: str, ready: runs.Prepared) -> GeneAnswer | None:
    """Return what `asked` is under its other names; None where it is no name of a known gene."""
    study, known = ready.study, ready.backbone.vocabulary
    found = [(m, _token(m.symbol, known)) for m in meanings(asked)]
    here = {study.labels[t]: m for m, t in found if t in study.labels}
    if len(here) == 1:
        ((gene, meaning),) = here.items()
        said = f"{asked} is {meaning.words}"
        shown = "" if gene == meaning.symbol else f", which is {gene} in this panel"
        return GeneAnswer(asked, gene, "renamed", f"{said}{shown}.")
    if here:
        names = tuple(here)
        said = f"{asked} may mean {', '.join(names[:-1])} or {names[-1]}. Choose one of them."
        return GeneAnswer(asked, None, "several", said, names)
    if found:
        meaning, token = found[0]
        is_current = asked.casefold() == meaning.symbol.casefold()
        said = asked if is_current else f"{asked} is {meaning.words}, which"
        if token is None:
            said = f"{said} is not in the vocabulary of {ready.backbone.name}."
            return GeneAnswer(asked, None, "unknown", said)
        name = "" if token.casefold() == meaning.symbol.casefold() else f" (as {token})"
        said += f" is known to the backbone{name} but is not in this panel. {_PASTE}"
        return GeneAnswer(asked, None, "in backbone only", said)
    return None


def _token(symbol: str, vocabulary: Vocabulary) -> str | None:
    """Return the token of a gene, under its symbol or one it had before."""
    tokens = (vocabulary.find(name).token for name in (symbol, *previous_symbols(symbol)))
    return next((token for token in tokens if token is not None), None)


def _same_gene(asked: str, genes: Iterable[str]) -> GeneAnswer | None:
    """Return the gene of the panel that is `asked` under an older or newer symbol, if one is."""
    wanted = {m.symbol: m for m in meanings(asked)}
    here = {}
    for gene in genes if wanted else ():
        found = meanings(gene)
        if len(found) == 1 and found[0].symbol in wanted:
            here[gene] = found[0]
    if len(here) != 1:
        return None
    ((gene, of_gene),) = here.items()
    meaning = wanted[of_gene.symbol]
    said = f"{asked} is {gene} in this panel"
    if asked.casefold() != meaning.symbol.casefold():
        said = f"{asked} is {meaning.words}, which is {gene} in this panel"
    if gene.casefold() == meaning.symbol.casefold():
        said = f"{asked} is {meaning.words}"
    elif of_gene.how == "previous":
        said += f": {gene} is its previous symbol"
    return GeneAnswer(asked, gene, "renamed", f"{said}.")


def _several(asked: str, by_fold: dict[str, str]) -> GeneAnswer | None:
    """Return the answer to a list of genes of the panel; None where it is none."""
    names = [by_fold.get(part.casefold()) for part in re.split(r"[\s,;]+", asked)]
    if len(names) < 2 or not all(names):
        return None
    genes = tuple(dict.fromkeys(names))
    return GeneAnswer(asked, None, "several", f"One gene at a time: {' or '.join(genes)}.", genes)


def _spellings(asked: str) -> tuple[str, ...]:
    """Return what `asked` may stand for: itself; the same without hyphens; a symbol that a
    spreadsheet took for a date (1-Mar for MARCH1)."""
    date = re.fullmatch(r"(\d{1,2})-(Mar|Sep|Dec)|(Mar|Sep|Dec)-(\d{1,2})", asked, re.IGNORECASE)
    if date:
        month = {"mar": "MARCH", "sep": "SEPT", "dec": "DEC"}[(date[2] or date[3]).casefold()]
        return (asked, f"{month}{int(date[1] or date[4])}")
    return (asked, asked.replace("-", "")) if "-" in asked else (asked,)


def backbones(settings: Settings) -> tuple[BackboneCard, ...]:
    """Return the backbones on this machine; loads no weights."""
    return installed.backbones(settings)


def datasets(settings: Settings) -> tuple[DatasetCard, ...]:
    """Return the data sets on this machine."""
    return tuple(data.card(data.open_dataset(n, settings)) for n in data.dataset_names(settings))


def gene_lookup(settings: Settings, spec: runs.Spec, text: str) -> GeneAnswer:
    """Return what `text` is in the panel of `spec`; it always answers."""
    asked = text.strip()[:LONGEST_SYMBOL]
    if not asked or len(text.strip()) > LONGEST_SYMBOL or not asked.isprintable():
        return GeneAnswer(asked, None, "not a symbol", "Type one gene symbol, such as GATA1.")
    ready = runs.prepare(settings, spec)
    study = ready.study
    shown = {study.labels.get(t, t): t for t in study.panel.genes}
    if asked in shown:
        return GeneAnswer(asked, asked, "found", f"{asked} is in this panel.")
    by_fold = {g.casefold(): g for g in shown}
    if asked.casefold() in by_fold:
        gene = by_fold[asked.casefold()]
        return GeneAnswer(asked, gene, "case", f"{asked} is spelled {gene} here.")
    match = ready.backbone.vocabulary.find(asked)
    if match.token in study.labels:
        gene = study.labels[match.token]
        return GeneAnswer(asked, gene, "case", f"{asked} is {gene} in this panel.")
    if several := _several(asked, by_fold):
        return several
    if (same := _same_gene(asked, shown)) is not None:
        return same
    near = tuple(near_matches(asked, list(shown)))
    if match.token is None:
        renamed = next(filter(None, (_renamed(n, ready) for n in _spellings(asked))), None)
        if renamed is not None:
            return renamed
    else:
        what = "your gene list" if spec.dataset == PASTED else study.dataset.title
        said = f"{match.token} is known to the backbone but is not in this panel ({what}). {_PASTE}"
        return GeneAnswer(asked, None, "in backbone only", said, near)
    near = near or match.near
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    said = f"{asked} is not in the vocabulary of {ready.backbone.name}.{hint}"
    return GeneAnswer(asked, None, "unknown", said, near)
