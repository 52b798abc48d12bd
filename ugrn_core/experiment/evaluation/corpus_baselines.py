"""What a corpus says without any training: the yardsticks a backbone made of it has to beat."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.console import progress_bar
from ugrn_core.data.orthologs import read_orthologs, to_vocabulary
from ugrn_core.experiment.catalog.study import in_order_of
from ugrn_core.types import ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.data.readers.base import Dataset
    from ugrn_core.pretraining.corpus.data_sets import Corpus


class Corpora:
    """A corpus folder less the sets of `exclude`, read when first asked for."""

    def __init__(self, folder: Path, exclude: tuple[str, ...], orthologs: Path | None) -> None:
        self._folder, self._exclude, self._orthologs = folder, exclude, orthologs
        self._known: dict[tuple[str, str], np.ndarray] = {}

    @cached_property
    def _corpus(self) -> Corpus:
        from ugrn_core.pretraining.corpus import read_corpus

        with progress_bar("reading the corpus") as progress:
            return read_corpus(
                self._folder,
                read_orthologs(self._orthologs),
                self._exclude,
                on_progress=progress,
            )

    @cached_property
    def _vectors(self) -> np.ndarray:
        from ugrn_core.pretraining.start import corpus_svd

        return corpus_svd(self._corpus)

    def scores(
        self, probe: str, dataset: Dataset, reference: ReferenceNetwork
    ) -> tuple[np.ndarray, str]:
        """Return the (R, G) scores of a yardstick in the order of `reference`, and what made them.

        NaN where the corpus does not know a gene.
        """
        key = probe, dataset.name
        if key not in self._known:
            self._known[key] = self._pairs(probe, dataset)
        left_out = f", without {', '.join(self._exclude)}" if self._exclude else ""
        note = f"{len(self._corpus.sets)} data sets{left_out}"
        return in_order_of(reference, dataset, self._known[key]), note

    def _pairs(self, probe: str, dataset: Dataset) -> np.ndarray:
        """(regulators, genes) of the data set."""
        if probe == "corpus SVD":
            return cosines(self._vectors, self._corpus.genes, dataset, self._orthologs)
        from ugrn_core.pretraining.corpus.coexpression import corpus_coexpression

        ids = positions(self._corpus.genes, dataset, self._orthologs)
        unique = np.unique(ids[ids >= 0])
        place = np.where(ids >= 0, np.searchsorted(unique, ids), -1)
        rows = place[[dataset.genes.index(r) for r in dataset.regulators]]
        out = np.full((len(rows), len(ids)), np.nan)
        every = corpus_coexpression(self._corpus, unique)
        out[np.ix_(rows >= 0, ids >= 0)] = every[np.ix_(rows[rows >= 0], place[ids >= 0])]
        return out


def positions(genes: tuple[str, ...], dataset: Dataset, orthologs: Path | None) -> np.ndarray:
    """Return where each gene of `dataset` stands among `genes` (human symbols), -1 for nowhere."""
    number = {g: k for k, g in enumerate(genes)}
    table = read_orthologs(orthologs) if orthologs and dataset.species == "mouse" else None
    mapping = to_vocabulary(dataset.genes, dataset.species, number.__contains__, table)
    return np.array([number.get(mapping.symbols.get(g), -1) for g in dataset.genes])


def cosines(
    vectors: np.ndarray, genes: tuple[str, ...], dataset: Dataset, orthologs: Path | None
) -> np.ndarray:
    """Return the (regulators, genes) cosines of `vectors`, one row for each of `genes`, between a
    data set's regulators and genes; NaN where one is not among `genes`, 0 for a zero vector."""
    from ugrn_core.pretraining.corpus.profiles import unit

    ids = positions(genes, dataset, orthologs)
    rows = ids[[dataset.genes.index(r) for r in dataset.regulators]]
    directions = unit(vectors.astype(np.float64))
    out = np.full((len(rows), len(ids)), np.nan)
    out[np.ix_(rows >= 0, ids >= 0)] = directions[rows[rows >= 0]] @ directions[ids[ids >= 0]].T
    return out
