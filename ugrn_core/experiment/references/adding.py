"""A user's own table of known edges, as commands, pages and scripts add it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ugrn_core.data.own.formats.given import Given, of_path
from ugrn_core.data.own.store import suggested_name
from ugrn_core.data.references import store
from ugrn_core.data.references.edge_list import EdgeList, resolved
from ugrn_core.data.references.store import KeptReference
from ugrn_core.data.references.table import read_edges
from ugrn_core.errors import TableError
from ugrn_core.experiment.references.cards import free_name
from ugrn_core.settings import Settings


@dataclass(frozen=True, eq=False)
class TableGiven:
    """A file of edges, read. source: its name and sha256."""

    edges: EdgeList
    source: Mapping[str, str]

    @property
    def suggested(self) -> str:
        """A name for it, made of the file's."""
        return suggested_name(self.source["name"])


def read(file: Given, species: str | None = None) -> TableGiven:
    """Return the edges in a file; raise TableError that names the first row it cannot use."""
    digest = hashlib.sha256()
    with file.opener() as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    source = {"name": file.shown, "sha256": digest.hexdigest()}
    return TableGiven(resolved(read_edges(file), species), source)


def read_file(path: Path, species: str | None = None) -> TableGiven:
    """Return the edges in a file on this machine; raise MissingDataError or TableError."""
    if path.is_dir():
        raise TableError(f"'{path}' is a folder. Give the table of edges in it.")
    (file,) = of_path(path)
    return read(file, species)


def add(settings: Settings, name: str, given: TableGiven, *, owner: str = "") -> KeptReference:
    """Keep a table as the reference `name`; return it. owner: whose it is, "" for this machine's.

    Raises OptionError where the name is taken, StorageError.
    """
    return store.keep(settings.home, free_name(name), given.edges, given.source, owner=owner)


def sentences(about: Mapping) -> tuple[str, ...]:
    """Return what a reference is, in words, from what its file says of itself."""
    facts = [
        f"From {about['source'].get('name', 'a table')}, sha256 "
        f"{about['source'].get('sha256', '')[:16]}...",
        f"{about['edges']:,} edges of {about['regulators']:,} regulators, {about['genes']:,} "
        f"{about['species']} genes; {about['signed']:,} edges have a sign",
    ]
    if about["lost"]:
        some = ", ".join(f"{name} ({why})" for name, why in list(about["some_lost"].items())[:3])
        facts.append(f"{about['lost']:,} names are no gene here: {some}")
    return (*facts, *about["notes"])
