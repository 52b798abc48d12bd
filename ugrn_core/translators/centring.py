"""Additive source and target effects of a probe tensor, fitted without labels.

Letters: S sources, K features, G genes.
"""

from __future__ import annotations

import numpy as np

from ugrn_core.types import ProbeTensor

ROUNDS = 10  # alternating: the missing self-pairs make it converge fast rather than end


def additive_effects(tensor: ProbeTensor) -> tuple[np.ndarray, np.ndarray]:
    """Return least-squares source (S, K) and target (G, K) effects, self-pairs left out.

    The source effects hold the grand mean. Sources may stand anywhere in the panel.
    """
    values = tensor.values
    s, k, g = values.shape
    at = source_positions(tensor)
    own = values[np.arange(s), :, at].astype(np.float64)  # (S, K) self-pairs
    row_sum = values.sum(axis=2, dtype=np.float64) - own  # (S, K)
    column_sum = values.sum(axis=0, dtype=np.float64).T  # (G, K)
    column_sum[at] -= own
    per_column = np.full((g, 1), float(s))
    per_column[at] -= 1
    by_source, by_target = np.zeros((s, k)), np.zeros((g, k))
    for _ in range(ROUNDS):
        by_source = (row_sum - by_target.sum(axis=0) + by_target[at]) / (g - 1)
        others = np.broadcast_to(by_source.sum(axis=0), (g, k)).copy()
        others[at] -= by_source
        by_target = (column_sum - others) / np.maximum(per_column, 1)
    return by_source.astype(np.float32), by_target.astype(np.float32)


def source_positions(tensor: ProbeTensor) -> np.ndarray:
    """Return the (S,) positions of the sources in the genes."""
    where = {gene: k for k, gene in enumerate(tensor.genes)}
    return np.array([where[s] for s in tensor.sources], dtype=np.int64)
