"""Scores of one reference network judged: drawn and judged in one call, as the tests want it."""

from __future__ import annotations

import numpy as np

from ugrn_core.benchmark.evaluation_set import Genes, Protocol, evaluation_set
from ugrn_core.benchmark.protocol import judge
from ugrn_core.types import ReferenceNetwork


def evaluate(
    network: ReferenceNetwork,
    scores: np.ndarray,
    protocol: Protocol,
    unseen_of: Genes = None,
    scoreable: Genes = None,
) -> list[dict]:
    """Return the rows of one scorer: genes `all`, and `unseen` where training is known."""
    tests = [evaluation_set(network, protocol, None, scoreable)]
    if unseen_of is not None:
        tests.append(evaluation_set(network, protocol, unseen_of, scoreable))
    return [judge(test, scores) for test in tests]
