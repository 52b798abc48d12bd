"""Data sets that users have added: `data add FILE`, the page Data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ugrn_core.data import value_scales
from ugrn_core.data.own import store
from ugrn_core.data.own.store import OwnDataset
from ugrn_core.data.readers.base import Dataset, DatasetCard, Places
from ugrn_core.types import Expression, ValueScale


@dataclass(frozen=True)
class OwnCells:
    """The data sets under UGRN_HOME/datasets, named `own-` and their mark; titles are users'."""

    def stamp(self, places: Places) -> object:
        """Return when the folder was last added to, taken from, or renamed in."""
        try:
            return (places.home / store.FOLDER).stat().st_mtime_ns
        except OSError:
            return None

    def cards(self, places: Places) -> tuple[DatasetCard, ...]:
        """Return a card a data set, from its manifest."""
        return tuple(map(_card, store.listed(places.home)))

    def open(self, name: str, places: Places) -> Dataset:
        """Return the data set; its cells are on the scale natural log of 1 + counts per 10,000, or
        of the logarithms that the file held. Raises StorageError where it is damaged."""
        dataset = store.find(places.home, name)
        card, cells = _card(dataset), store.cells_of(dataset)
        return Dataset(
            name=card.name,
            title=card.title,
            species=card.species,
            genes=cells.genes,
            regulators=tuple(dataset.manifest["regulators"]),
            source=card.source,
            expression=_expression(dataset, cells),
            content=dataset.content,
        )


def _card(dataset: OwnDataset) -> DatasetCard:
    about = dataset.manifest
    return DatasetCard(
        name=dataset.id,
        title=dataset.name,
        species=about["species"],
        n_genes=len(about["genes"]),
        n_regulators=len(about["regulators"]),
        has_cells=True,
        references=(),
        source=f"your file {about['source']['name'][:60]}",
    )


def _expression(dataset: OwnDataset, cells: store.PanelCells) -> Expression:
    scale = ValueScale[dataset.manifest["scale"]]
    dense = np.asarray(cells.values.todense(), dtype=np.float32)
    totals = cells.totals if len(cells.totals) else None
    if totals is not None or not scale.is_log1p:
        wanted = ValueScale.LOG1P_CP10K if totals is not None else ValueScale.LOG1P_NORMALISED
        dense, scale = value_scales.converted(dense, scale, wanted, totals), wanted
    labels = {"cell_type": cells.cell_types, "pseudotime": cells.pseudotime, **cells.lineages}
    return Expression(
        name=dataset.name,
        genes=cells.genes,
        cells=cells.cells,
        values=np.ascontiguousarray(dense.T, dtype=np.float32),
        scale=scale,
        species=dataset.manifest["species"],
        annotations={k: v for k, v in labels.items() if len(v)},
        notes=tuple(dataset.manifest["notes"]),
    )


def own_cells(home: Path, name: str) -> store.PanelCells:
    """Return the cells of a data set as they are kept, on the file's own scale, with totals."""
    return store.cells_of(store.find(home, name))
