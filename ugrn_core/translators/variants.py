"""The feature variants: what of a probe tensor a translator reads for a pair.

Letters: N pairs (row in sources, position in genes), K probe features.
"""

from __future__ import annotations

import numpy as np

from ugrn_core.translators.centring import additive_effects, source_positions
from ugrn_core.types import ProbeTensor


def plain(tensor: ProbeTensor, pairs: np.ndarray) -> np.ndarray:
    """The K features of source -> target."""
    return tensor.values[pairs[:, 0], :, pairs[:, 1]]


def paired(tensor: ProbeTensor, pairs: np.ndarray) -> np.ndarray:
    """`plain`, then the K features of target -> source; NaN where the target is no source."""
    return np.concatenate([plain(tensor, pairs), _plain_reverse(tensor, pairs)], axis=1)


def centred(tensor: ProbeTensor, pairs: np.ndarray) -> np.ndarray:
    """`plain` less what the source and the target have in common with all their other pairs.

    Additive source and target effects are fitted without labels over all source x gene pairs but
    the self-pairs: what is left says who acts on whom, not how reactive a gene is in general.
    """
    by_source, by_target = additive_effects(tensor)
    return plain(tensor, pairs) - by_source[pairs[:, 0]] - by_target[pairs[:, 1]]


def centred_paired(tensor: ProbeTensor, pairs: np.ndarray) -> np.ndarray:
    """`centred` in both directions; NaN where the target is no source."""
    by_source, by_target = additive_effects(tensor)
    back, known = _reversed(tensor, pairs)
    reverse = _plain_reverse(tensor, pairs)
    reverse[known] -= by_source[back[:, 0]] + by_target[back[:, 1]]
    forward = plain(tensor, pairs) - by_source[pairs[:, 0]] - by_target[pairs[:, 1]]
    return np.concatenate([forward, reverse], axis=1)


def _plain_reverse(tensor: ProbeTensor, pairs: np.ndarray) -> np.ndarray:
    """Return the (N, K) features of target -> source; NaN where the target is no source."""
    back, known = _reversed(tensor, pairs)
    out = np.full((len(pairs), tensor.values.shape[1]), np.nan, dtype=np.float32)
    out[known] = plain(tensor, back)
    return out


def _reversed(tensor: ProbeTensor, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the reverse pairs that were probed (n, 2) and which of `pairs` (N,) they belong to."""
    at = source_positions(tensor)
    row = np.full(len(tensor.genes), -1, dtype=np.int64)
    row[at] = np.arange(len(at))
    known = row[pairs[:, 1]] >= 0
    return np.stack([row[pairs[known, 1]], at[pairs[known, 0]]], axis=1), known
