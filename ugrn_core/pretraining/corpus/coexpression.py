"""Corpus co-expression: how genes vary together within data sets, averaged over a corpus."""

from __future__ import annotations

import numpy as np

from ugrn_core.pretraining.corpus.data_sets import Corpus

CAP = 1 - 1e-6  # |r| at most this, so that Fisher's z is finite


def corpus_coexpression(corpus: Corpus, ids: np.ndarray) -> np.ndarray:
    """Return the (n, n) tanh of the mean Fisher z of the genes `ids` (n,) over the corpus' sets.

    Pearson correlations over the cells of each set that measured both genes and in which both
    vary, weighted by sqrt(cells). NaN where no set did; 1 on the diagonal.
    """
    n = len(ids)
    total, weight = np.zeros((n, n)), np.zeros((n, n))
    position = np.full(len(corpus.genes), -1)
    position[ids] = np.arange(n)
    for part in corpus.sets:
        own = np.flatnonzero(position[part.ids] >= 0)
        if part.n_cells < 4 or len(own) < 2:
            continue
        x = part.values[:, own].toarray().astype(np.float64)
        x -= x.mean(axis=0)
        length = np.sqrt((x**2).sum(axis=0))
        varies = length > 1e-9
        x, at = x[:, varies] / length[varies], position[part.ids[own[varies]]]
        z = np.arctanh(np.clip(x.T @ x, -CAP, CAP))
        block = np.ix_(at, at)
        total[block] += np.sqrt(part.n_cells) * z
        weight[block] += np.sqrt(part.n_cells)
    mean = np.divide(total, weight, out=np.full((n, n), np.nan), where=weight > 0)
    out = np.tanh(mean)
    out[np.diag_indices(n)] = 1.0
    return out
