"""What ridge and nearest neighbours make of the masked genes a backbone is validated on.

Two kinds: those that are told the mean and spread of every gene in the very set (`Standardised`),
and one that, like a backbone, has to find out (`ridge_over_sets`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ugrn_core.pretraining.batches import Batch, Batcher
from ugrn_core.pretraining.corpus.data_sets import CorpusSet
from ugrn_core.pretraining.train import MIN_SD

MOST_CELLS = 2000  # of the same set that the yardsticks learn from
FROM_EACH = 100  # of each other set, where the study itself is held out
MEASURED = 0.9  # share of the batch's genes that another set must measure
NEIGHBOURS = 15
PENALTIES = np.logspace(0, 5, 11)


@dataclass(frozen=True)
class Standardised:
    """A batch in units of each gene's spread in its set: cells (B, G), `learned_from` (C, G)."""

    cells: np.ndarray
    learned_from: np.ndarray
    masked: np.ndarray

    def ridge(self) -> np.ndarray:
        """Return (B, masked) predictions of one ridge over the shown genes; its penalty is chosen
        by leave-one-out error on the cells it learns from."""
        from sklearn.linear_model import RidgeCV

        known = self.learned_from
        return (
            RidgeCV(PENALTIES)
            .fit(known[:, ~self.masked], known[:, self.masked])
            .predict(self.cells[:, ~self.masked])
        )

    def neighbours(self) -> np.ndarray:
        """Return (B, masked) means of the NEIGHBOURS cells nearest in the shown genes."""
        from sklearn.neighbors import KNeighborsRegressor

        known = self.learned_from
        nearest = KNeighborsRegressor(min(NEIGHBOURS, len(known)))
        return nearest.fit(known[:, ~self.masked], known[:, self.masked]).predict(
            self.cells[:, ~self.masked]
        )

    def errors(self, guess: np.ndarray) -> tuple[float, float]:
        """Return (squared error, squared deviation) of the masked genes, both after removing each
        gene's mean over the batch; 1 - their ratio is the share of variance explained."""
        truth = self.cells[:, self.masked]
        left = truth - guess
        return tuple(float(((x - x.mean(0)) ** 2).sum()) for x in (left, truth))


def standardised(batcher: Batcher, part: CorpusSet, batch: Batch, seed: int) -> Standardised:
    """Return `batch` of `part` beside training cells over the same genes.

    Of a training set these are its own training cells; of a held-out study, cells of the sets that
    measure its genes, each set standardised by itself, an unmeasured gene at its mean.
    """
    rng = np.random.default_rng([seed, 31])
    if part in batcher.studies:
        parts = [_others(batcher, other, batch.ids, rng) for other in batcher.train]
        known = np.concatenate([p for p in parts if len(p)])
    else:
        known = _scaled(batcher, part, batcher.columns(part, MOST_CELLS, rng), batch.ids)
    cells = _units(batch.values, batch.mean, batch.sd)
    return Standardised(cells, known, batch.masked)


def ridge_over_sets(batcher: Batcher, means: np.ndarray, batch: Batch, seed: int) -> np.ndarray:
    """Return (B, masked) values by one ridge over the shown ones, learned from training cells of
    all sets that measure the batch's genes, on the scale of the values.

    It knows no more of the batch's set than a backbone does: neither means nor spreads, and of a
    held-out study no cell. means (genes of the corpus,): what an unmeasured gene counts as, and
    the answer where no set measures enough of the genes.
    """
    from sklearn.linear_model import RidgeCV

    rng = np.random.default_rng([seed, 53])
    parts = [
        _filled(part, batcher.columns(part, FROM_EACH, rng), batch.ids, means)
        for part in batcher.train
        if _measures(part, batch.ids)
    ]
    if not parts:
        return np.tile(means[batch.ids[batch.masked]], (len(batch.values), 1))
    known = np.concatenate(parts)
    fitted = RidgeCV(PENALTIES).fit(known[:, ~batch.masked], known[:, batch.masked])
    return fitted.predict(batch.values[:, ~batch.masked]).reshape(len(batch.values), -1)


def _measures(part: CorpusSet, ids: np.ndarray) -> bool:
    return np.isin(ids, part.ids).mean() >= MEASURED


def _others(
    batcher: Batcher, other: CorpusSet, ids: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    if not _measures(other, ids):
        return np.empty((0, len(ids)), np.float32)
    return _scaled(batcher, other, batcher.columns(other, FROM_EACH, rng), ids)


def _scaled(batcher: Batcher, part: CorpusSet, cells: sp.csr_matrix, ids: np.ndarray) -> np.ndarray:
    """Return (cells, ids) of `part` in units of its genes' spread; an unmeasured gene is 0."""
    columns, there = _columns(part, ids)
    mean, sd = (m[columns] for m in batcher.moments(part))
    out = np.zeros((cells.shape[0], len(ids)), np.float32)
    out[:, there] = _units(cells[:, columns].toarray(), mean, sd)
    return out


def _filled(
    part: CorpusSet, cells: sp.csr_matrix, ids: np.ndarray, means: np.ndarray
) -> np.ndarray:
    """Return the (cells, ids) values of `part`; an unmeasured gene is at its `means`."""
    columns, there = _columns(part, ids)
    out = np.tile(means[ids].astype(np.float32), (cells.shape[0], 1))
    out[:, there] = cells[:, columns].toarray()
    return out


def _columns(part: CorpusSet, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns of `part` that hold genes of `ids`, and (ids,) bool: is it measured?"""
    order = np.argsort(part.ids)
    place = np.searchsorted(part.ids, ids, sorter=order).clip(max=len(order) - 1)
    columns = order[place]
    there = part.ids[columns] == ids
    return columns[there], there


def _units(values: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    return ((values - mean) / np.maximum(sd, MIN_SD)).astype(np.float32)


def in_units(values: np.ndarray, batch: Batch) -> np.ndarray:
    """Return predictions (B, masked) on the backbone's scale in the units of `Standardised`."""
    return _units(values, batch.mean[batch.masked], batch.sd[batch.masked])


def value_errors(guess: np.ndarray, batch: Batch) -> tuple[float, float]:
    """Return (squared error, squared deviation from their mean) of the masked values on the
    backbone's scale; `guess` (B, masked) in units of each gene's spread."""
    mean, sd = batch.mean[batch.masked], np.maximum(batch.sd[batch.masked], MIN_SD)
    truth = batch.values[:, batch.masked].astype(np.float64)
    left = truth - (guess * sd + mean)
    return float((left**2).sum()), float(((truth - truth.mean()) ** 2).sum())
