"""Training batches: cells of one data set, one gene context and one mask for all of them.

A batch is a pure function of (seed, step), so a resumed run sees what an unbroken one would.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from ugrn_core.pretraining.corpus import metacells
from ugrn_core.pretraining.corpus.data_sets import Corpus, CorpusSet
from ugrn_core.pretraining.corpus.merged_sets import is_profiles
from ugrn_core.pretraining.corpus.metacells import Means, Metacells, Neighbourhoods
from ugrn_core.pretraining.start import gene_moments, row_chunks

HELD_OUT_EVERY = 20  # every 20th cell of a training set is validation
START_CELLS = 50_000  # of a set that starting statistics and neighbourhoods are of: in memory
FEWEST_METACELLS = 2  # held-out cells, as often the smallest metacell, that can be told apart
MOMENT_METACELLS = 300  # that a gene's mean and spread in a set are taken from
DEPTHS = (1_000, 30_000)  # counts of a cell that are redrawn, log-uniform


@dataclass(frozen=True)
class Batch:
    """values (B, G) log1p CP10k, ids (G,), masked (G,) bool; mean, sd (G,) in the data set; seen
    (B, G): what is shown of the values, which differs where counts are redrawn."""

    name: str
    ids: np.ndarray
    values: np.ndarray
    masked: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    seen: np.ndarray


@dataclass(frozen=True)
class Sampling:
    """How contexts and masks are drawn.

    context: genes a cell (capped by what the set measures). few: share of batches that show only
    1 to 32 genes (log-uniform), as a virtual cell does; the others mask a uniform 30 to 90 %.
    varied: share of the context drawn by variance, as panels are chosen; the rest is drawn
    uniformly, so that silent genes and their zeros are seen and learned too. metacells: how cells
    are averaged, None for single cells. profiles: share of batches from sets of profiles, None for
    as their number says; half of their columns are mixed with another. redrawn: share of batches
    that show counts drawn anew at another depth while the values to be told stay.
    """

    cells: int = 24
    context: int = 256
    few: float = 0.5
    varied: float = 0.5
    metacells: Metacells | None = None
    profiles: float | None = None
    redrawn: float = 0.0


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
        self.weight = _weights(self.train, power, sampling.profiles)
        self._cells = {s.name: self._neighbours(s, training_cells(s)) for s in self.train}
        self._held = {s.name: self._neighbours(s, held_out_cells(s), True) for s in self.train}
        self._held |= {s.name: self._neighbours(s, np.arange(s.n_cells)) for s in self.studies}
        self._moments, self._detection = {}, {}
        for number, part in enumerate(corpus.sets):
            x = self._typical(part, number)
            self._moments[part.name] = gene_moments(x)
            counts = (np.bincount(rows.indices, minlength=len(part.ids)) for rows in row_chunks(x))
            self._detection[part.name] = sum(counts) / x.shape[0]

    def batch(self, step: int) -> Batch:
        """Return the training batch of `step`."""
        rng = np.random.default_rng([self.seed, step])
        part = self.train[rng.choice(len(self.train), p=self.weight)]
        chosen = self._choose(part, self._cells[part.name], rng)
        return self._draw(part, chosen, rng, redrawn=self.sampling.redrawn)

    def moments(self, part: CorpusSet) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and spread of every gene of a set, (n,) each."""
        return self._moments[part.name]

    def mean_moments(self, genes: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the (genes,) mean and spread of each gene, averaged over the training sets that
        measure it; 0 where none does."""
        totals, sets = np.zeros((2, genes)), np.zeros(genes)
        for part in self.train:
            totals[:, part.ids] += self._moments[part.name]
            sets[part.ids] += 1
        mean, spread = totals / np.maximum(sets, 1)
        return mean, spread

    @property
    def judged(self) -> list[CorpusSet]:
        """Training sets with held-out cells enough for metacells; without these, all."""
        how = self.sampling.metacells
        least = FEWEST_METACELLS * how.fewest if how else 0
        return [s for s in self.train if len(held_out_cells(s)) >= least]

    def validation(self, part: CorpusSet, few: bool, seed: int) -> Batch:
        """Return a batch of held-out cells; of a held-out study, of any cells."""
        rng = np.random.default_rng([self.seed, seed, 977])
        chosen = metacells.choose(self._held[part.name], self.sampling.cells, rng)
        return self._draw(part, chosen, rng, few)

    def columns(self, part: CorpusSet, most: int, rng: np.random.Generator) -> sp.csr_matrix:
        """Return at most `most` cells or metacells (C, n) that may be learned from: of a held-out
        study, of any cells."""
        hood = self._cells.get(part.name, self._held[part.name])
        if hood.nearest.shape[1] == 1 and len(hood.cells) <= most:
            return part.values[hood.cells]
        return metacells.choose(hood, most, rng).values(part.values)

    def _neighbours(self, part: CorpusSet, cells: np.ndarray, held: bool = False) -> Neighbourhoods:
        how = self.sampling.metacells
        if how is None or is_profiles(part) or part.n_cells < how.smallest:
            return metacells.single(cells)
        if held:
            how = replace(how, smallest=FEWEST_METACELLS * how.fewest)
        return metacells.neighbourhoods(part.values, _some(cells, self.seed), how, self.seed)

    def _typical(self, part: CorpusSet, number: int) -> sp.csr_matrix:
        """Return what the set's moments are taken from: all cells, or some of its metacells."""
        hood = self._cells.get(part.name, self._held[part.name])
        if hood.nearest.shape[1] == 1:
            return part.values
        rng = np.random.default_rng([self.seed, number, 41])
        return metacells.choose(hood, MOMENT_METACELLS, rng).values(part.values)

    def _choose(self, part: CorpusSet, hood: Neighbourhoods, rng: np.random.Generator) -> Means:
        if self.sampling.metacells and is_profiles(part):
            return metacells.mixed(hood.cells, self.sampling.cells, rng)
        return metacells.choose(hood, self.sampling.cells, rng)

    def _draw(
        self,
        part: CorpusSet,
        chosen: Means,
        rng: np.random.Generator,
        few: bool | None = None,
        *,
        redrawn: float = 0.0,
    ) -> Batch:
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
        values = chosen.values(part.values, genes).toarray()
        seen = redrawn_counts(values, rng) if redrawn and rng.random() < redrawn else values
        return Batch(
            name=part.name,
            ids=part.ids[genes],
            values=values,
            masked=masked,
            mean=mean,
            sd=sd,
            seen=seen,
        )


def redrawn_counts(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return `values` (B, G) log1p CP10k as cells of other depths would show them: Poisson counts
    of each cell's own depth, log-uniform over DEPTHS, on the same scale again."""
    low, high = np.log(DEPTHS)
    per_count = 1e4 / np.exp(rng.uniform(low, high, (len(values), 1)))
    counts = rng.poisson(np.expm1(values) / per_count)
    return np.log1p(counts * per_count).astype(np.float32)


def held_out_cells(part: CorpusSet) -> np.ndarray:
    """Return the numbers of the cells of a training set that are never trained on."""
    return np.flatnonzero(np.arange(part.n_cells) % HELD_OUT_EVERY == 0)


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
    return _some(training_cells(part), seed)


def _some(cells: np.ndarray, seed: int) -> np.ndarray:
    """Return `cells`, of more than START_CELLS so many drawn by `seed`."""
    if len(cells) > START_CELLS:
        rng = np.random.default_rng([seed, len(cells)])
        cells = np.sort(rng.choice(cells, START_CELLS, replace=False))
    return cells


def _weights(train: list[CorpusSet], power: float, profiles: float | None) -> np.ndarray:
    """Return the odds of each set; the sets of profiles have `profiles` of them, if not None."""
    weight = np.array([_weight(s, power) for s in train])
    means = np.array([is_profiles(s) for s in train])
    if profiles is not None and means.any() and not means.all():
        weight[means] *= profiles / weight[means].sum()
        weight[~means] *= (1 - profiles) / weight[~means].sum()
    return weight / weight.sum()


def _weight(part: CorpusSet, power: float) -> float:
    """Blood and spatial spots count half: 73 % of the human cells are blood, spots are mixtures."""
    text = f"{part.card.get('tissue', '')} {part.card.get('modality', '')}".lower()
    common = any(word in text for word in ("pbmc", "blood", "spatial")) and not is_profiles(part)
    return part.n_cells**power * (0.5 if common else 1.0)
