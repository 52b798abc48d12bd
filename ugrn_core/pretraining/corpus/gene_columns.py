"""The symbols of a data set's columns: told from ids, checked against the species it is said of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ugrn_core.data.gene_names import meanings
from ugrn_core.data.orthologs import OPEN_READING_FRAME, Orthologs, human_partner
from ugrn_core.errors import TableError

ENSEMBL = re.compile(r"ENS([A-Z]{3})?G\d{11}(?:\.\d+)?(?:_PAR_Y)?", re.IGNORECASE)
NUMBER = re.compile(r"\d+(?:\.0)?")  # of a row, or an Entrez id
MOST = 0.5  # of the names are of one kind: then all are taken for it
# Columns of var that hold symbols in files of scanpy, CELLxGENE, Cell Ranger, Seurat and Monocle.
SYMBOL_COLUMNS = (
    *("feature_name", "gene_symbols", "gene_symbol", "symbol", "symbols", "gene_name"),
    *("gene_names", "gene_short_name", "hgnc_symbol", "mgi_symbol", "features", "gene", "genes"),
)


def are_ids(names: Sequence[str]) -> bool:
    """Return whether most of `names` are Ensembl ids or numbers, not symbols."""
    ids = sum(bool(ENSEMBL.fullmatch(n) or NUMBER.fullmatch(n)) for n in names)
    return ids > MOST * len(names)


def symbol_column(columns: Mapping[str, Sequence[str]]) -> str | None:
    """Return which of a table's `columns` holds gene symbols by its name and what it holds."""
    by_name = {str(c).strip().casefold().replace(" ", "_"): c for c in columns}
    for name in SYMBOL_COLUMNS:
        column = by_name.get(name)
        if column is not None and not are_ids([str(v) for v in columns[column]]):
            return column
    return None


def symbols_of(names: Sequence[str], species: str, where: str) -> tuple[list[str], str]:
    """Return the symbol of each of `names` ("" for an id without one), and a note ("" for none).

    Names that are Ensembl ids are translated. Raises TableError, naming `where`, for names that
    are numbers, that cannot be translated, or that are of another species than the index says.
    """
    names = [n.strip() for n in names]
    _require_species(names, species, where)
    if not are_ids(names):
        return names, ""
    ways = {"ensembl"} if species == "human" else {"mouse ensembl", "ensembl"}
    symbols = [_of_id(n, ways) for n in names]
    known = sum(map(bool, symbols))
    if not known:
        raise TableError(
            f"{where} names its genes by ids such as '{names[0][:30]}', and no {species} gene has "
            "them. Name the column of var that holds symbols in the index column symbols."
        )
    return symbols, f"{where} names genes by id: {known:,} of {len(names):,} have a symbol"


def _of_id(name: str, ways: set[str]) -> str:
    if not ENSEMBL.fullmatch(name):
        return "" if NUMBER.fullmatch(name) else name
    symbols = [m.symbol for m in meanings(name.upper().removesuffix("_PAR_Y")) if m.how in ways]
    return symbols[0] if len(symbols) == 1 else ""


def _require_species(names: Sequence[str], species: str, where: str) -> None:
    """Raise TableError where a set said to be human spells most of its genes as mouse genes."""
    if species != "human":
        return
    ids = [m[1] for m in map(ENSEMBL.fullmatch, names) if m]
    foreign = sum((code or "").upper() == "MUS" for code in ids)
    lower = [n for n in names if n != n.upper() and not OPEN_READING_FRAME.fullmatch(n)]
    if len(lower) > MOST * len(names) or foreign > MOST * len(names):
        shown = next((n for n in [*lower, *names] if n), "")
        raise TableError(
            f"{where} is human by the index, but spells its genes as those of a mouse, such as "
            f"'{shown[:30]}'. Correct the column species."
        )


def human_columns(
    genes: Sequence[str], species: str, orthologs: Orthologs, known: frozenset[str]
) -> list[str | None]:
    """Return the human symbol of each column, None where there is none.

    known: the symbols that count; empty for all. A mouse gene enters under its human ortholog;
    some mouse sets come under human symbols already.
    """
    if species == "mouse":
        human = {h for partners in orthologs.values() for h in partners}
        mapped = [human_partner(g, orthologs) or (g if g in human else None) for g in genes]
    else:
        mapped = [g or None for g in genes]
    return [h if h is not None and (h in known or not known) else None for h in mapped]
