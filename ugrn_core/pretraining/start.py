"""Gene vectors from a truncated SVD of the corpus: start of the embedding, and a yardstick.

log1p CP10k, every gene centred and scaled within its data set, data sets balanced; randomised
range finder with power iterations (Halko, Martinsson, Tropp 2011, algorithm 4.4). An unmeasured
gene contributes zero: absent is unmeasured, not zero expression.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from ugrn_core.pretraining.corpus.data_sets import Corpus, CorpusSet

CHUNK_CELLS = 50_000
MIN_SD = 0.05  # keeps genes seen in a handful of cells from dominating after scaling


def gene_moments(values: sp.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    """Return the (n,) mean and standard deviation of each column over the cells."""
    if values.shape[0] > CHUNK_CELLS:
        total, square = (sum(parts) for parts in zip(*map(_sums, row_chunks(values))))
        mean, square = total / values.shape[0], square / values.shape[0]
    else:
        mean = np.asarray(values.mean(0)).ravel()
        square = np.asarray(values.multiply(values).mean(0)).ravel()
    return mean, np.sqrt(np.maximum(square - mean**2, 0))


def row_chunks(values: sp.csr_matrix) -> Iterator[sp.csr_matrix]:
    """Yield `values` some rows at a time: it may lie on disk."""
    for top in range(0, values.shape[0], CHUNK_CELLS):
        yield values[top : top + CHUNK_CELLS]


def _sums(x: sp.csr_matrix) -> tuple[np.ndarray, np.ndarray]:
    x = x.astype(np.float64)
    return np.asarray(x.sum(0)).ravel(), np.asarray(x.multiply(x).sum(0)).ravel()


class _Block:
    """Rows of one data set, centred, scaled and weighted, without ever becoming dense."""

    def __init__(self, part: CorpusSet, most: int, rng: np.random.Generator) -> None:
        x = part.values
        if x.shape[0] > most:
            x = x[np.sort(rng.choice(x.shape[0], most, replace=False))]
        mean, sd = gene_moments(x)
        self.ids, self.x, self.mean = part.ids, x, mean
        self.scale = np.where(sd > 0, 1 / np.maximum(sd, MIN_SD), 0) / np.sqrt(np.sqrt(x.shape[0]))

    def times(self, y: np.ndarray) -> np.ndarray:
        """Return block @ y."""
        z = y[self.ids] * self.scale[:, None]
        return self.x @ z.astype(np.float32) - self.mean @ z

    def transposed_times(self, y: np.ndarray, out: np.ndarray) -> None:
        """Add block' @ y to `out`."""
        z = self.x.T @ y - np.outer(self.mean, y.sum(0))
        out[self.ids] += z * self.scale[:, None]


def corpus_svd(
    corpus: Corpus, rank: int = 128, most_cells: int = 600, seed: int = 0, iterations: int = 3
) -> np.ndarray:
    """Return gene vectors V S, (genes, rank) float32, of the balanced, set-centred corpus; at most
    as many columns as genes.

    most_cells: cells drawn from each data set; a set weighs as the square root of its cells.
    """
    rng = np.random.default_rng(seed)
    blocks = [_Block(s, most_cells, rng) for s in corpus.sets]
    y = rng.standard_normal((len(corpus.genes), rank + 16)).astype(np.float32)
    for _ in range(iterations):
        q, _ = np.linalg.qr(y)
        y = np.zeros((len(y), q.shape[1]), y.dtype)  # fewer columns where genes are few
        for block in blocks:
            block.transposed_times(block.times(q), y)
    q, _ = np.linalg.qr(y)
    gram = sum((b := block.times(q)).T @ b for block in blocks)
    values, vectors = np.linalg.eigh(gram)
    top = np.argsort(values)[::-1][:rank]
    return (q @ vectors[:, top] * np.sqrt(np.maximum(values[top], 0))).astype(np.float32)
