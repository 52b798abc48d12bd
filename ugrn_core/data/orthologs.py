"""From the genes of a data set to those of a vocabulary of human symbols, mouse included."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ugrn_core.data.csv import csv_columns, csv_header
from ugrn_core.errors import OptionError, TableError

SPECIES = ("human", "mouse")
OPEN_READING_FRAME = re.compile(r"C(\d+|X|Y)ORF(\d+.*)", re.IGNORECASE)

HUMAN_COLUMNS = ("human", "human symbol", "human gene name", "human gene", "hgnc symbol", "hgnc")
MOUSE_COLUMNS = ("mouse", "mouse symbol", "mouse gene name", "mouse gene", "mgi symbol", "mgi")

# mouse symbol, case folded -> human symbols in the order of the table
Orthologs = Mapping[str, tuple[str, ...]]


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


def read_orthologs(path: str | Path | None) -> Orthologs:
    """Return mouse symbol (case folded) -> human symbols, from a CSV (or .csv.gz) of pairs.

    Columns by the names in the header line, such as `human,mouse`, `HGNC symbol,MGI symbol`;
    without one the first two, human first. Lines without a partner are skipped. Empty where `path`
    is None. Raises MissingDataError, or TableError, also where each column holds the other's
    symbols.
    """
    return _orthologs(Path(path).resolve()) if path is not None else {}


def ortholog_pairs(path: Path) -> list[tuple[str, str]]:
    """Return the (human, mouse) symbols of a table's lines that name both; raises as
    `read_orthologs`."""
    header = [h.strip().casefold() for h in csv_header(path)]
    at = [_column(header, names) for names in (HUMAN_COLUMNS, MOUSE_COLUMNS)]
    named = None not in at
    human, mouse = csv_columns(path, at if named else [0, 1], header=named)
    if not named and human and human[0].casefold() in SPECIES:
        human, mouse = human[1:], mouse[1:]
    pairs = [(h, m) for h, m in zip(human, mouse) if h and m]
    if not pairs:
        raise TableError(f"{path.name} pairs no genes; a CSV of human, mouse symbol was expected.")
    _require_order(path, pairs)
    return pairs


@lru_cache(maxsize=4)
def _orthologs(path: Path) -> Orthologs:
    by_mouse: dict[str, dict[str, None]] = {}
    for human, mouse in ortholog_pairs(path):
        by_mouse.setdefault(mouse.casefold(), {})[human] = None
    return {m: tuple(hs) for m, hs in by_mouse.items()}


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((k for k, h in enumerate(header) if h.replace("_", " ") in names), None)


def _require_order(path: Path, pairs: list[tuple[str, str]]) -> None:
    """Raise TableError where human genes are spelled as those of mice, and mouse genes as human."""
    swapped = sum(h != h.upper() and h == h.capitalize() and m == m.upper() for h, m in pairs)
    if swapped > len(pairs) / 2:
        h, m = pairs[0]
        raise TableError(
            f"The columns of {path.name} are swapped: '{h[:20]}' stands for human and '{m[:20]}' "
            "for mouse. Give human symbols first, or name the columns human and mouse."
        )


def human_partner(gene: str, orthologs: Orthologs) -> str | None:
    """Return the human symbol of a mouse gene: of several the one of its name, else the first in
    the table; None without one."""
    partners = orthologs.get(gene.casefold(), ())
    same = [p for p in partners if p.casefold() == gene.casefold()]
    return (same or [*partners, None])[0]


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
    present = sorted(p for p in partners if contains(p))
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
