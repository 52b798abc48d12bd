"""The references on this machine that any data set of their species can be held against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ugrn_core.data.beeline import whole_genome
from ugrn_core.data.beeline.layouts import NETWORKS
from ugrn_core.data.cells import builtin
from ugrn_core.data.references import store
from ugrn_core.data.references.edge_list import EdgeList
from ugrn_core.errors import InputError, OptionError, StorageError
from ugrn_core.registry import require
from ugrn_core.settings import Settings

COLLECTRI = "CollecTRI"
COLLECTRI_FILE = Path("collectri", "collectri.parquet")  # under the home
COLLECTRI_SOURCE = "Müller-Dott et al. 2023, Nucleic Acids Res 51:10934; CC BY 4.0"
KRUMSIEK_SOURCE = "Krumsiek et al. 2011, PLoS ONE 6:e22649, as shipped with scanpy (BSD-3)"
BEELINE_SOURCE = "Pratapa et al. 2020 (BEELINE), whole genome"
RESERVED = {"none", "all", COLLECTRI, builtin.KRUMSIEK_NETWORK, *NETWORKS, *whole_genome.EAGER}
_PREPARED = Path(store.FOLDER, "beeline")  # under the home: BEELINE's, by symbol


@dataclass(frozen=True)
class ReferenceCard:
    """A reference one can choose. id: in addresses; name: of its column, in_<name>. edges, signed:
    counts, None where they are known only once it is read. owner: of a user's own, else None.
    eager: whether it is looked at unless another is chosen."""

    id: str
    name: str
    species: str
    source: str
    edges: int | None
    signed: int | None
    digest: str
    path: Path | None = None
    owner: str | None = None
    eager: bool = True


def cards(settings: Settings, species: str | None = None) -> tuple[ReferenceCard, ...]:
    """Return the references on this machine, of one species or of all: users' own first, then
    CollecTRI, BEELINE's networks, and the one that comes with scanpy. Nothing is read but headers.
    """
    others = (*_collectri(settings), *_beeline(settings), _krumsiek())
    every = (*_own(settings, {card.name.casefold() for card in others}), *others)
    return tuple(card for card in every if species in (None, card.species))


def named(text: str, settings: Settings, species: str | None = None) -> ReferenceCard:
    """Return the reference of a name or id, case ignored; raise UnknownNameError."""
    every = cards(settings, species)
    by_id = next((card for card in every if card.id == text), None)
    if by_id is not None:
        return by_id
    of = f" of {species}" if species else ""
    name = require(text, [c.name for c in every], "reference", f"{of} on this machine")
    return next(card for card in every if card.name == name)


def free_name(name: str) -> str:
    """Return a name that a user may give; raise OptionError for one that means another network."""
    plain = store.plain_name(name)
    if plain.casefold() in {r.casefold() for r in RESERVED}:
        raise OptionError(f"'{plain}' is the name of another reference. Choose another name.")
    return plain


def edges_of(settings: Settings, card: ReferenceCard) -> EdgeList:
    """Return the edges of a reference; raise StorageError or TableError where it is damaged."""
    return _edges(card, settings.home)


@lru_cache(maxsize=24)
def _edges(card: ReferenceCard, home: Path) -> EdgeList:
    if card.path is None:
        return _of_krumsiek()
    if card.path.suffix == ".parquet":
        return store.read(card.path)
    return _prepared(card, home)


def _prepared(card: ReferenceCard, home: Path) -> EdgeList:
    """Return a network of BEELINE's by symbol, from what was kept of it when it was first read."""
    place = home / _PREPARED / f"{card.digest}.parquet"
    with suppress(StorageError):
        if place.is_file():
            return store.read(place)
    edges = whole_genome.read_whole(whole_genome.network_of(card.path))
    with suppress(StorageError):  # a home that cannot be written: read again next time
        store.write(place, edges, {"name": card.name, "owner": "", "source": {}})
    return edges


def _own(settings: Settings, taken: set[str]) -> Iterator[ReferenceCard]:
    """Yield users' own, each under a name of its own: `taken` are those of others."""
    for one in store.listed(settings.home):
        name = one.name if one.name.casefold() not in taken else f"{one.name} {one.mark[:4]}"
        taken.add(name.casefold())
        yield ReferenceCard(
            id=one.id,
            name=name,
            species=one.about["species"],
            source=f"your table {one.about['source'].get('name', '')[:60]}",
            edges=one.about["edges"],
            signed=one.about["signed"],
            digest=one.about["digest"],
            path=one.path,
            owner=one.owner,
        )


def _collectri(settings: Settings) -> Iterator[ReferenceCard]:
    path = settings.home / COLLECTRI_FILE
    with suppress(InputError, OSError):
        if path.is_file():
            told = store.about(path)
            yield ReferenceCard(
                id=COLLECTRI,
                name=COLLECTRI,
                species="human",
                source=COLLECTRI_SOURCE,
                edges=told["edges"],
                signed=told["signed"],
                digest=told["digest"],
                path=path,
            )


def _beeline(settings: Settings) -> Iterator[ReferenceCard]:
    for network in whole_genome.networks_in(settings.beeline):
        yield ReferenceCard(
            id=network.name,
            name=network.name,
            species=network.species,
            source=BEELINE_SOURCE,
            edges=None,
            signed=0,
            digest=network.digest,
            path=network.path,
            eager=network.name in whole_genome.EAGER,
        )


def _krumsiek() -> ReferenceCard:
    return ReferenceCard(
        id=builtin.KRUMSIEK_NETWORK,
        name=builtin.KRUMSIEK_NETWORK,
        species="human",
        source=KRUMSIEK_SOURCE,
        edges=26,
        signed=26,
        digest="krumsiek2011",
    )


def _of_krumsiek() -> EdgeList:
    network = builtin.krumsiek_network()
    nothing = np.full(len(network.edges), np.nan, dtype=np.float32)
    edges = network.edges.astype(np.int32)
    return EdgeList("human", network.genes, edges, signs=network.signs, weights=nothing)
