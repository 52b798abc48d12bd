"""References from Python: what `ugrn_core.api` offers of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.registry import require
from ugrn_core.settings import Settings, read_settings

if TYPE_CHECKING:
    import pandas as pd

    from ugrn_core.types import ReferenceNetwork


def add_reference(file: str | Path, name: str | None = None, *, species: str | None = None) -> str:
    """Return the name of the reference that a table of known edges becomes: any data set of its
    species can be held against it.

    file: csv, tsv, sif (also packed) or xlsx, with the columns source and target, and sign (+1,
    activates, -1, represses ...) and weight where there are. name: default after the file. species:
    human or mouse, default told by the genes. Raises TableError that names the first row it cannot
    use, OptionError, MissingDataError.
    """
    from ugrn_core.experiment.references import adding

    given = adding.read_file(Path(file), species)
    return adding.add(read_settings(), name or given.suggested, given).name


def references(name: str | None = None, *, species: str | None = None) -> pd.DataFrame:
    """Return the references on this machine, a row each: `name`, `species`, `edges`, `signed`
    (edges with a sign; both missing where a file is read only when it is asked for), `source`.

    name: the edges of one instead: `source`, `target` by approved symbol, `sign` (+1, -1, 0 not
    known) and `weight` (NaN for none). Raises UnknownNameError, TableError, StorageError.
    """
    import pandas as pd

    from ugrn_core.experiment.references import cards

    where = read_settings()
    if name is None:
        columns = ("name", "species", "edges", "signed", "source")
        rows = [[getattr(card, c) for c in columns] for card in cards.cards(where, species)]
        return pd.DataFrame(rows, columns=list(columns))
    return _frame(name, where, species)


def _frame(name: str, where: Settings, species: str | None) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    from ugrn_core.experiment.references import cards

    known = cards.edges_of(where, cards.named(name, where, species))
    genes = np.array(known.genes, dtype=object)
    ends = {end: genes[known.edges[:, k]] for k, end in enumerate(("source", "target"))}
    return pd.DataFrame({**ends, "sign": known.signs, "weight": known.weights})


def reference_of(edges: pd.DataFrame, name: str, dataset: str | None) -> ReferenceNetwork:
    """Return the network `name` of `dataset`, or of the one that `edges` are of; else the reference
    of this name, cut to the pairs of `edges`. Raises UnknownNameError, TableError."""
    from ugrn_core.experiment.catalog import datasets
    from ugrn_core.experiment.evaluation import edge_tables
    from ugrn_core.experiment.references import cards, known

    where = read_settings()
    of, own, species = dataset or str(edges.attrs.get("dataset", "")), {}, "human"
    if of and (dataset or of in {card.name for card in datasets.cards(where)}):
        opened = datasets.open_dataset(of, where)
        own, species = {n.name: n for n in opened.references}, opened.species
    every = {card.name: card for card in cards.cards(where, species)}
    name = require(name, {**own, **every}, "reference network", f" of {of or 'this machine'}")
    if name in own:
        return own[name]
    genes = [*dict.fromkeys([*edges["source"].astype(str), *edges["target"].astype(str)])]
    listed = {name: cards.edges_of(where, every[name])}
    pairs = known.known_pairs(genes, list(edges["source"].unique()), species, listed)
    return edge_tables.known_edges(pairs.frame, edges)
