"""Data sets one can choose on this machine."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ugrn_core.data.own import store
from ugrn_core.data.own.store import PREFIX
from ugrn_core.data.readers import READERS
from ugrn_core.data.readers.base import Dataset, DatasetCard, Places
from ugrn_core.data.tfs import tf_names
from ugrn_core.registry import require
from ugrn_core.settings import Settings
from ugrn_core.types import ReferenceNetwork

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

PASTED = "pasted"
ALL_GENES = "all-genes"
_MARKED = re.compile(r"-([0-9a-f]{16})$")


def cards(settings: Settings) -> tuple[DatasetCard, ...]:
    """Return the data sets on this machine; reads headers and lists of genes, no cells."""
    return tuple(card for _, card in _listed(settings))


def open_dataset(name: str, settings: Settings) -> Dataset:
    """Return the data set `name`; raise UnknownNameError with near matches."""
    readers = {card.name: reader for reader, card in reversed(_listed(settings))}
    if name not in readers:  # the marks of users' own sets are not told
        public = [known for known in readers if not is_own(known)]
        name = require(name, public, "data set", " on this machine")
    places = _places(settings)
    return _opened(readers[name], name, places, READERS[readers[name]]().stamp(places))


def is_own(name: str) -> bool:
    """Return whether a data set's name is that of cells which a user has added."""
    return name.startswith(PREFIX)


def named(text: str, settings: Settings) -> str:
    """Return the name of the data set that a command's user means: its name, or what he called his
    own. Raises UnknownNameError with near matches; MissingDataError where two are called so."""
    every = cards(settings)
    public = [card.name for card in every if not is_own(card.name)]
    own = [card.title for card in every if is_own(card.name)]
    if any(text.casefold() == name.casefold() for name in public):
        return require(text, public, "data set")
    marked = own_name(text) is not None
    if marked or any(text.casefold() == title.casefold() for title in own):
        return store.find(settings.home, text).id
    return require(text, [*public, *own], "data set", " on this machine")


def own_name(text: str) -> str | None:
    """Return the mark at the end of a text that is NAME-mark or own-mark; None without one."""
    match = _MARKED.search(text)
    return match[1] if match else None


def stamps(settings: Settings) -> tuple:
    """Return a value that is another one when data sets may have changed; cheap to ask."""
    places = _places(settings)
    return tuple(READERS[name]().stamp(places) for name in READERS)


def _places(settings: Settings) -> Places:
    return Places(settings.home, settings.beeline)


def _listed(settings: Settings) -> list[tuple[str, DatasetCard]]:
    """(reader, card) of every data set, in the registry's order."""
    places = _places(settings)
    return [
        (name, card)
        for name in READERS
        for card in _cards(name, places, READERS[name]().stamp(places))
    ]


@lru_cache(maxsize=32)
def _cards(reader: str, places: Places, stamp: object) -> tuple[DatasetCard, ...]:
    return READERS[reader]().cards(places)


@lru_cache(maxsize=16)
def _opened(reader: str, name: str, places: Places, stamp: object) -> Dataset:
    return READERS[reader]().open(name, places)


def pasted_dataset(genes: tuple[str, ...], regulators: tuple[str, ...] = ()) -> Dataset:
    """Return a typed or pasted gene list as a data set; regulators default to its human TFs."""
    genes = tuple(dict.fromkeys((*genes, *regulators)))
    chosen = tuple(dict.fromkeys(regulators))
    if not chosen:
        chosen = tuple(g for g in genes if g.upper() in tf_names())
    return Dataset(
        name=PASTED,
        title="Your gene list",
        species="human",
        genes=genes,
        regulators=chosen,
        source="typed or pasted",
    )


def all_genes(genes: tuple[str, ...], regulators: tuple[str, ...]) -> Dataset:
    """Return all genes that a backbone knows as a data set: what an atlas is made of."""
    return Dataset(
        name=ALL_GENES,
        title="All genes",
        species="human",
        genes=genes,
        regulators=regulators,
        source="Every gene the backbone knows; regulators: Lambert et al. 2018",
    )


def all_genes_card(genes: int, regulators: int) -> DatasetCard:
    """Return the card of `all_genes`, of a backbone that has an atlas."""
    whole = all_genes((), ())
    return DatasetCard(
        name=whole.name,
        title=whole.title,
        species=whole.species,
        n_genes=genes,
        n_regulators=regulators,
        has_cells=False,
        references=(),
        source=whole.source,
    )


def as_anndata(dataset: Dataset) -> AnnData:
    """Return cells x genes on the data set's own scale; of none where it has no cells.

    obs: what is known of each cell. var: is_regulator. uns["references"]: name -> table of source,
    target, sign (0 unknown). uns["ugrn"]: name, title, species, source and scale, JSON.
    """
    import anndata
    import numpy as np
    import pandas as pd

    from ugrn_core.export.base import json_text

    cells = dataset.expression
    genes = dataset.genes if cells is None else cells.genes
    obs = pd.DataFrame(index=[] if cells is None else list(map(str, cells.cells)))
    for name, values in ({} if cells is None else cells.annotations).items():
        obs[name] = values
    regulators = set(dataset.regulators)
    var = pd.DataFrame({"is_regulator": [g in regulators for g in genes]}, index=list(genes))
    values = np.empty((0, len(genes)), np.float32) if cells is None else cells.values.T
    adata = anndata.AnnData(X=values, obs=obs, var=var)
    adata.uns["references"] = {n.name: _edge_table(n) for n in dataset.references}
    about = {name: getattr(dataset, name) for name in ("name", "title", "species", "source")}
    adata.uns["ugrn"] = json_text(about | {"scale": cells.scale.phrase if cells else None})
    return adata


def _edge_table(network: ReferenceNetwork) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    genes = np.array(network.genes, dtype=object)
    signs = np.zeros(len(network.edges), np.int8) if network.signs is None else network.signs
    ends = network.edges.T
    return pd.DataFrame({"source": genes[ends[0]], "target": genes[ends[1]], "sign": signs})
