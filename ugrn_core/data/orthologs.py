"""From the genes of a data set to those of a vocabulary of human symbols, mouse included."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ugrn_core.data.csv import csv_columns
from ugrn_core.errors import OptionError, TableError

SPECIES = ("human", "mouse")
OPEN_READING_FRAME = re.compile(r"C(\d+|X|Y)ORF(\d+.*)", re.IGNORECASE)

Orthologs = Mapping[str, tuple[str, ...]]  # mouse symbol, case folded -> human symbols, sorted


@dataclass(frozen=True)
class GeneMapping:
    """`symbols`: gene as given -> vocabulary symbol, in the given order; never two to one.

    missing: not found. collisions: given gene -> the gene that took its symbol first. how: counts
    of `exact`, `ortholog` and `case-insensitive` matches. route: what was used, in words.
    """

    symbols: dict[str, str]
    missing: tuple[str, ...] = ()
    collisions: dict[str, str] = field(default_factory=dict)
    how: dict[str, int] = field(default_factory=dict)
    route: str = ""

    @property
    def coverage(self) -> float:
        """Share of the given genes that have a vocabulary symbol of their own, in [0, 1]."""
        total = len(self.symbols) + len(self.missing) + len(self.collisions)
        return len(self.symbols) / total if total else 0.0


def read_orthologs(path: str | Path) -> Orthologs:
    """Return mouse symbol (case folded) -> human symbols, from a CSV of human, mouse symbol.

    The table may start with a header line (`human,mouse`); lines without a partner are skipped.
    Raises MissingDataError or TableError.
    """
    return _orthologs(Path(path).resolve())


@lru_cache(maxsize=4)
def _orthologs(path: Path) -> Orthologs:
    human, mouse = csv_columns(path, [0, 1], header=False)
    if human[0].casefold() == "human":
        human, mouse = human[1:], mouse[1:]
    found: dict[str, set[str]] = {}
    for h, m in zip(human, mouse):
        if h and m:
            found.setdefault(m.casefold(), set()).add(h)
    if not found:
        raise TableError(f"{path.name} pairs no genes; a CSV of human, mouse symbol was expected.")
    return {m: tuple(sorted(hs)) for m, hs in found.items()}


def to_vocabulary(
    genes: Sequence[str],
    species: str,
    contains: Callable[[str], bool],
    orthologs: Orthologs | None = None,
) -> GeneMapping:
    """Return which vocabulary symbol (human) each of `genes` gets.

    contains: whether a symbol is in the vocabulary. Human genes: as spelled, else with the case
    changed. Mouse genes: by `orthologs` when given (with several human partners the one of the
    same name, else the first in alphabetical order that the vocabulary has), else and for genes
    outside the table by case-insensitive symbol. Of two genes with one symbol the first keeps it.
    """
    if species not in SPECIES:
        raise OptionError(f"The species is one of {', '.join(SPECIES)}; not '{species[:40]}'.")
    table = orthologs if species == "mouse" else None
    symbols: dict[str, str] = {}
    taken: dict[str, str] = {}
    missing, collisions, how = [], {}, dict.fromkeys(("exact", "ortholog", "case-insensitive"), 0)
    for gene in dict.fromkeys(genes):
        symbol, way = _match(gene, contains, table)
        if symbol is None:
            missing.append(gene)
        elif symbol.casefold() in taken:
            collisions[gene] = taken[symbol.casefold()]
        else:
            symbols[gene], taken[symbol.casefold()] = symbol, gene
            how[way] += 1
    route = "symbol, case ignored" if species == "mouse" else "symbol, exact first"
    route = "ortholog table, then symbol with case ignored" if table is not None else route
    return GeneMapping(
        symbols=symbols, missing=tuple(missing), collisions=collisions, how=how, route=route
    )


def _match(
    gene: str, contains: Callable[[str], bool], orthologs: Orthologs | None
) -> tuple[str | None, str]:
    partners = (orthologs or {}).get(gene.casefold(), ())
    present = [p for p in partners if contains(p)]
    same = [p for p in present if p.casefold() == gene.casefold()]
    if present:
        return (same or present)[0], "ortholog"
    if partners:
        return None, "ortholog"  # its human partner is known and not in the vocabulary
    if contains(gene):
        return gene, "exact"
    for spelling in _spellings(gene):
        if contains(spelling):
            return spelling, "case-insensitive"
    return None, "missing"


def _spellings(gene: str) -> list[str]:
    """Human symbols are upper case, but for `C1orf112` and its like."""
    match = OPEN_READING_FRAME.fullmatch(gene)
    frame = [f"C{match[1].upper()}orf{match[2]}"] if match else []
    return [*frame, gene.upper()]
