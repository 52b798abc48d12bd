"""From a probe's tensor to the features of chosen pairs; what a translator reads.

Letters: S sources, K probe features, G genes, N pairs, K' features of a pair.
"""

from __future__ import annotations

import numpy as np

from ugrn_core.errors import OptionError
from ugrn_core.registry import Registry
from ugrn_core.types import ProbeTensor

FEATURES: Registry = Registry(
    "feature variant",
    {
        "plain": "ugrn_core.translators.variants:plain",
        "paired": "ugrn_core.translators.variants:paired",
        "centred": "ugrn_core.translators.variants:centred",
        "centred-paired": "ugrn_core.translators.variants:centred_paired",
        "pair-numbers": "ugrn_core.translators.stacked:pair_numbers",
        "all-numbers": "ugrn_core.translators.stacked:all_numbers",
        "pair-and-neighbours": "ugrn_core.translators.stacked:pair_and_neighbours",
        "all-and-neighbours": "ugrn_core.translators.stacked:all_and_neighbours",
    },
)


def pair_features(tensor: ProbeTensor, variant: str, pairs: np.ndarray) -> np.ndarray:
    """Return the (N, K') float32 features of `pairs` (N, 2): row in sources, position in genes.

    NaN marks what is missing (a reverse direction that was not probed). No variant reads labels.
    Raises UnknownNameError for an unknown variant, OptionError for pairs outside the tensor.
    """
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    s, _, g = tensor.values.shape
    if pairs.size and not ((pairs >= 0) & (pairs < (s, g))).all():
        raise OptionError(f"Pairs must lie within {s} sources x {g} genes.")
    return FEATURES[variant](tensor, pairs).astype(np.float32, copy=False)
