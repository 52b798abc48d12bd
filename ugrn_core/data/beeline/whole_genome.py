"""BEELINE's reference networks of a whole genome, not cut to the genes of a data set."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ugrn_core.data.beeline.layouts import DATASETS, find_layout
from ugrn_core.data.references.edge_list import EdgeList, resolved
from ugrn_core.data.references.table import RawEdges
from ugrn_core.errors import MissingDataError, TableError

_FILE = re.compile(r"(?:(?P<dataset>[\w-]+)\.)?(?P<name>.+)-network\.csv(?:\.gz)?", re.IGNORECASE)
_NAMES = {"string": "STRING", "non-specific-chip-seq": "Non-Specific ChIP-seq"}
_LEVELS = ("networks", "Networks")
EAGER = tuple(_NAMES.values())  # of every tissue; small enough to be looked at on every page


@dataclass(frozen=True)
class WholeNetwork:
    """A network file. stamp: its size and time of change."""

    name: str
    species: str
    path: Path
    stamp: tuple[int, int]

    @property
    def digest(self) -> str:
        """Letters and digits that are others when the file is another."""
        told = f"{self.path.name} {self.species} {self.stamp}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def networks_in(folder: Path | None) -> tuple[WholeNetwork, ...]:
    """Return the networks in a folder with BEELINE's data, by name; none where there are none."""
    if folder is None:
        return ()
    try:
        return _networks_in(folder, folder.stat().st_mtime_ns)
    except (OSError, MissingDataError):
        return ()


@lru_cache(maxsize=8)
def _networks_in(folder: Path, stamp: int) -> tuple[WholeNetwork, ...]:
    place = find_layout(folder).networks
    roots = [place] if place else [folder / level for level in _LEVELS]
    files = [f for r in roots for depth in ("*.csv*", "*/*.csv*") for f in sorted(r.glob(depth))]
    networks: dict[tuple[str, str], WholeNetwork] = {}
    for path in files:
        if (known := _network(path)) is not None:
            networks.setdefault((known.species, known.name), known)
    return tuple(sorted(networks.values(), key=lambda n: (n.name not in EAGER, n.name)))


def network_of(path: Path) -> WholeNetwork:
    """Return what the file at `path` is; raise MissingDataError where it is no network's."""
    network = _network(path)
    if network is None:
        raise MissingDataError(f"'{path.name}' is no network of BEELINE's any more.")
    return network


def _network(path: Path) -> WholeNetwork | None:
    match = _FILE.fullmatch(path.name)
    if match is None or not path.is_file():
        return None
    species = DATASETS.get(match["dataset"] or "", (path.parent.name, ""))[0]
    if species not in ("human", "mouse"):
        return None
    told = path.stat()
    name = _NAMES.get(match["name"].casefold(), match["name"].replace("-ChIP-seq", " ChIP-seq"))
    name = name.replace("-lofgof", " LOF/GOF")
    return WholeNetwork(name, species, path, (told.st_size, told.st_mtime_ns))


def read_whole(network: WholeNetwork) -> EdgeList:
    """Return the edges of a network by symbol; raise TableError where the file is none."""
    import pandas as pd

    where = network.path.name
    try:
        table = pd.read_csv(network.path, usecols=[0, 1], dtype="category", na_filter=False)
    except (ValueError, OSError, EOFError) as error:
        raise TableError(f"{where} cannot be read as a network: {error}.") from error
    if [c.strip().casefold() for c in table.columns] != ["gene1", "gene2"]:
        raise TableError(f"{where} needs the columns Gene1 and Gene2. Fetch BEELINE's data again.")
    ends = (table.iloc[:, k].astype(str).str.strip().tolist() for k in range(2))
    nothing = np.zeros(len(table), np.int8), np.full(len(table), np.nan)
    return resolved(RawEdges(where, *map(tuple, ends), *nothing), network.species)
