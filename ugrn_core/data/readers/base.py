"""The contract of every data set reader: cards from headers, a data set when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ugrn_core.types import Expression, ReferenceNetwork


@dataclass(frozen=True)
class Dataset:
    """Genes, regulators among them, and what is known of them; not yet fitted to a backbone.

    content: digest of what may differ under one name, as users' own cells do; "" for what ships.
    """

    name: str
    title: str
    species: str
    genes: tuple[str, ...]
    regulators: tuple[str, ...]
    source: str
    expression: Expression | None = None
    references: tuple[ReferenceNetwork, ...] = ()
    content: str = ""


@dataclass(frozen=True)
class DatasetCard:
    """A data set one can choose, in words and counts. source: what to cite."""

    name: str
    title: str
    species: str
    n_genes: int
    n_regulators: int
    has_cells: bool
    references: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Places:
    """Where data sets may lie. home: the user's folder of UGRN. beeline: that of BEELINE's data,
    None where it was not named."""

    home: Path
    beeline: Path | None = None


class DatasetReader(Protocol):
    """A frozen dataclass without fields; one reader may serve several data sets."""

    def stamp(self, places: Places) -> object:
        """Return a value that is another one when the listing may have changed; cheap to ask."""

    def cards(self, places: Places) -> tuple[DatasetCard, ...]:
        """Return what lies there, from headers and lists of genes: no cells are opened.

        Empty where nothing lies there.
        """

    def open(self, name: str, places: Places) -> Dataset:
        """Return the data set of a card's `name`; raise MissingDataError or TableError."""
