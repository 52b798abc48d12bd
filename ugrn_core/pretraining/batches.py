"""Training batches: cells of one data set, one gene context and one mask for all of them.

A batch is a pure function of (seed, step), so a resumed run sees what an unbroken one would.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ugrn_core.pretraining.corpus.data_sets import Corpus, CorpusSet
from ugrn_core.pretraining.start import gene_moments, row_chunks

HELD_OUT_EVERY = 20  # every 20th cell of a training set is validation
START_CELLS = 50_000  # of a set that the starting statistics read at most: they are in memory


@dataclass(frozen=True)
class Batch:
    """values (B, G) log1p CP10k, ids (G,), masked (G,) bool; mean, sd (G,) in the data set."""

    name: str
    ids: np.ndarray
    values: np.ndarray
    masked: np.ndarray
    mean: np.ndarray
    sd: np.ndarray


@dataclass(frozen=True)
class Sampling:
    """How contexts and masks are drawn.

    context: genes a cell (capped by what the set measures). few: share of batches that show only
    1 to 32 genes (log-uniform), as a virtual cell does; the others mask a uniform 30 to 90 %.
    varied: share of the context drawn by variance, as panels are chosen; the rest is drawn
    uniformly, so that silent genes and their zeros are seen and learned too.
    """

    cells: int = 24
    context: int = 256
    few: float = 0.5
    varied: float = 0.5


class Batcher:
    """Draws batches from a corpus; `power` flattens the sizes of data sets (0.5: square root)."""

    def __init__(
        self,
        corpus: Corpus,
        held_out: frozenset[str],
        sampling: Sampling,
        seed: int,
        power: float = 0.5,
    ) -> None:
        self.sampling, self.seed = sampling, seed
        self.train = [s for s in corpus.sets if s.name not in held_out]
        self.studies = [s for s in corpus.sets if s.name in held_out]
        weight = np.array([_weight(s, power) for s in self.train])
        self.weight = weight / weight.sum()
        self._moments = {s.name: gene_moments(s.values) for s in corpus.sets}
        self._detection = {
            s.name: sum(np.bincount(x.indices, minlength=len(s.ids)) for x in row_chunks(s.values))
            / s.n_cells
            for s in corpus.sets
        }

    def batch(self, step: int) -> Batch:
        """Return the training batch of `step`."""
        rng = np.random.default_rng([self.seed, step])
        part = self.train[rng.choice(len(self.train), p=self.weight)]
        return self._draw(part, training_cells(part), rng)

    def moments(self, part: CorpusSet) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and spread of every gene of a set, (n,) each."""
        return self._moments[part.name]

    def validation(self, part: CorpusSet, few: bool, seed: int) -> Batch:
        """Return a batch of held-out cells; of a held-out study, of any cells."""
        rng = np.random.default_rng([self.seed, seed, 977])
        held = np.arange(part.n_cells)
        if part in self.train:
            held = held[held % HELD_OUT_EVERY == 0]
        return self._draw(part, held, rng, few)

    def _draw(
        self, part: CorpusSet, cells: np.ndarray, rng: np.random.Generator, few: bool | None = None
    ) -> Batch:
        chosen = rng.choice(cells, min(self.sampling.cells, len(cells)), replace=False)
        detected = self._detection[part.name]
        spread, varied = self._moments[part.name][1] ** 2, self.sampling.varied
        p = varied * spread / spread.sum() + (1 - varied) / len(spread)
        n = min(self.sampling.context, len(part.ids))
        genes = np.sort(rng.choice(len(part.ids), n, replace=False, p=p / p.sum()))
        few = rng.random() < self.sampling.few if few is None else few
        shown = int(np.exp(rng.uniform(0, np.log(32)))) if few else int(n * rng.uniform(0.1, 0.7))
        shown = min(shown, n - 1)  # a set of under 33 known genes keeps one to predict
        masked = np.ones(n, bool)
        # Shown genes are ones the cells express, or nothing distinguishes the cells.
        q = detected[genes] + 0.02
        masked[rng.choice(n, max(shown, 1), replace=False, p=q / q.sum())] = False
        mean, sd = (m[genes].astype(np.float32) for m in self._moments[part.name])
        values = part.values[np.sort(chosen)][:, genes].toarray()
        return Batch(part.name, part.ids[genes], values, masked, mean, sd)


def training_cells(part: CorpusSet) -> np.ndarray:
    """Return the numbers of the cells of a set that are trained on."""
    return np.flatnonzero(np.arange(part.n_cells) % HELD_OUT_EVERY != 0)


def training_part(corpus: Corpus, held_out: tuple[str, ...], seed: int) -> Corpus:
    """Return the corpus without the held-out studies and without the held-out cells, in memory: of
    a very large set START_CELLS cells, drawn by `seed`."""
    return replace(
        corpus,
        sets=tuple(
            replace(s, values=s.values[_start_cells(s, seed)])
            for s in corpus.sets
            if s.name not in held_out
        ),
    )


def _start_cells(part: CorpusSet, seed: int) -> np.ndarray:
    cells = training_cells(part)
    if len(cells) > START_CELLS:
        rng = np.random.default_rng([seed, len(cells)])
        cells = np.sort(rng.choice(cells, START_CELLS, replace=False))
    return cells


def _weight(part: CorpusSet, power: float) -> float:
    """Blood and spatial spots count half: 73 % of the human cells are blood, spots are mixtures."""
    text = f"{part.card.get('tissue', '')} {part.card.get('modality', '')}".lower()
    common = any(word in text for word in ("pbmc", "blood", "spatial"))
    return part.n_cells**power * (0.5 if common else 1.0)
