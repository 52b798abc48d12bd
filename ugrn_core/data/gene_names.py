"""What else a gene is called: previous symbols, aliases, Ensembl ids, mouse orthologs.

From HGNC and MGI (tables/README.md). A name is looked up whatever its case, but for aliases of one
or two letters, which words are, too: NA is a previous symbol of XK, na is none. An Ensembl id is
looked up without its version. R writes the dashes of names of columns as dots: HLA.A is HLA-A.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

from ugrn_core.data.csv import csv_columns
from ugrn_core.data.orthologs import ortholog_pairs

WORDS = {
    "previous": "a previous symbol of {symbol}",
    "alias": "another name of {symbol}",
    "ensembl": "the Ensembl id of {symbol}",
    "mouse": "the mouse gene whose human ortholog is {symbol}",
    "mouse ensembl": "the Ensembl id of the mouse gene whose human ortholog is {symbol}",
    "symbol": "spelled {symbol}",
}
CITATION = (
    "HGNC (genenames.org, CC0), Seal et al. 2023, Nucleic Acids Res 51:D1003; MGI (CC BY 4.0), "
    "Baldarelli et al. 2024, Genetics 227:iyae031; downloads of 23 July 2024"
)
ENSEMBL = re.compile(r"(ENS(?:MUS)?G\d{11})(\.\d+)?", re.IGNORECASE)
SHORT = 2  # letters of an alias that words have, too
# The order in which meanings are offered.
HOW = ("symbol", "previous", "ensembl", "mouse", "mouse ensembl", "alias")


@dataclass(frozen=True)
class Meaning:
    """A name means the human gene `symbol`, as one of HOW."""

    symbol: str
    how: str

    @property
    def words(self) -> str:
        """What the name is, after "X is": a previous symbol of SPI1."""
        return WORDS[self.how].format(symbol=self.symbol)


def meanings(name: str) -> tuple[Meaning, ...]:
    """Return the human genes that `name` may mean, the best reading first; empty for none.

    An approved or previous symbol hides aliases of other genes; several genes of one kind are all
    returned.
    """
    text = name.strip()
    match = ENSEMBL.fullmatch(text)
    text = match[1] if match else undotted(text)
    entries = _names().get(text.casefold(), ())
    exact = len(text) <= SHORT
    entries = [(s, how) for s, how, name in entries if name == text or how == "symbol" or not exact]
    if not entries:
        return ()
    best = min((how for _, how in entries), key=HOW.index)
    return tuple(Meaning(symbol, how) for symbol, how in dict.fromkeys(entries) if how == best)


def undotted(name: str) -> str:
    """Return a symbol with dashes where R wrote dots; `name` itself where that is a gene's name, or
    the other is none."""
    if "." not in name or name.casefold() in _names():
        return name
    dashed = name.replace(".", "-")
    ways = {how for _, how, _ in _names().get(dashed.casefold(), ())}
    return dashed if ways & {"symbol", "previous", "mouse"} else name


def current_symbol(name: str) -> str:
    """Return the approved symbol of the one gene that `name` is or was; else `name` itself."""
    symbols = {m.symbol for m in meanings(name) if m.how in ("symbol", "previous", "ensembl")}
    return symbols.pop() if len(symbols) == 1 else name


def previous_symbols(name: str) -> tuple[str, ...]:
    """Return the symbols that the gene `name` once had and no other gene has or had."""
    return tuple(
        old
        for old in _previous().get(name.strip().casefold(), ())
        if {m.symbol.casefold() for m in meanings(old)} == {name.strip().casefold()}
    )


def ensembl_id(symbol: str) -> str:
    """Return the Ensembl id of a human gene by its approved symbol; "" where none is known."""
    return _ensembl().get(symbol, "")


@lru_cache(maxsize=1)
def _ensembl() -> dict[str, str]:
    return dict(zip(*_columns("symbol", "ensembl")))


def orthologs_path() -> Path:
    """Return the shipped table of human and mouse symbols."""
    with as_file(files("ugrn_core.data") / "tables" / "human_mouse_orthologs.csv.gz") as path:
        return Path(path)


@lru_cache(maxsize=1)
def _previous() -> dict[str, list[str]]:
    rows = zip(*_columns("symbol", "previous"))
    return {symbol.casefold(): previous.split("|") for symbol, previous in rows if previous}


def _columns(*names: str) -> list[list[str]]:
    with as_file(files("ugrn_core.data") / "tables" / "gene_names.csv.gz") as path:
        return csv_columns(Path(path), list(names))


@lru_cache(maxsize=1)
def _names() -> dict[str, list[tuple[str, str, str]]]:
    """Return every name, folded, with what it may mean: (symbol, one of HOW, the name's case)."""
    columns = _columns("symbol", "previous", "alias", "ensembl", "mouse_ensembl")
    by_name: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for symbol, previous, alias, ensembl, of_mouse in zip(*columns):
        by_name[symbol.casefold()].append((symbol, "symbol", symbol))
        by_name[ensembl.casefold()].append((symbol, "ensembl", ensembl))
        for names, how in ((previous, "previous"), (alias, "alias"), (of_mouse, "mouse ensembl")):
            if names:
                for name in names.split("|"):
                    by_name[name.casefold()].append((symbol, how, name))
    for symbol, name in ortholog_pairs(orthologs_path()):
        by_name[name.casefold()].append((symbol, "mouse", name))
    by_name.pop("", None)  # of genes without an Ensembl id
    return dict(by_name)
