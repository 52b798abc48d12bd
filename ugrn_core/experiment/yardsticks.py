"""What a corpus says without any training: the yardsticks a backbone made of it has to beat."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.data.genes import read_orthologs as read_for_mapping
from ugrn_core.data.genes import to_vocabulary
from ugrn_core.experiment.classical_scores import in_order_of
from ugrn_core.experiment.messages import progress_bar
from ugrn_core.types import ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.experiment.datasets import Dataset
    from ugrn_core.pretraining.corpus import Corpus


class Corpora:
    """A corpus folder less the sets of `exclude`, read when first asked for."""

    def __init__(self, folder: Path, exclude: tuple[str, ...], orthologs: Path | None) -> None:
        self._folder, self._exclude, self._orthologs = folder, exclude, orthologs
        self._known: dict[tuple[str, str], np.ndarray] = {}

    @cached_property
    def _corpus(self) -> Corpus:
        from ugrn_core.pretraining.corpus import read_corpus, read_orthologs

        with progress_bar("reading the corpus") as progress:
            return read_corpus(
                self._folder,
                read_orthologs(self._orthologs),
                self._exclude,
                on_progress=progress,
            )

    @cached_property
    def _vectors(self) -> np.ndarray:
        """(genes, rank) unit vectors of the corpus SVD; a zero vector stays zero."""
        from ugrn_core.pretraining.start import corpus_svd

        vectors = corpus_svd(self._corpus).astype(np.float64)
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(length > 0, length, 1)

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
        mouse = self._orthologs if dataset.species == "mouse" else None
        number = {g: k for k, g in enumerate(self._corpus.genes)}
        table = read_for_mapping(mouse) if mouse else None
        mapping = to_vocabulary(dataset.genes, dataset.species, number.__contains__, table)
        ids = np.array([number.get(mapping.symbols.get(g), -1) for g in dataset.genes])
        rows = ids[[dataset.genes.index(r) for r in dataset.regulators]]
        columns, rows_known, known = ids, rows >= 0, ids >= 0
        out = np.full((len(rows), len(columns)), np.nan)
        block = np.ix_(rows_known, known)
        if probe == "corpus SVD":
            out[block] = self._vectors[rows[rows_known]] @ self._vectors[columns[known]].T
            return out
        from ugrn_core.pretraining.coexpression import corpus_coexpression

        unique = np.unique(columns[known])
        every = corpus_coexpression(self._corpus, unique)
        at_rows, at_columns = (np.searchsorted(unique, k) for k in (rows[rows_known], ids[known]))
        out[block] = every[np.ix_(at_rows, at_columns)]
        return out
