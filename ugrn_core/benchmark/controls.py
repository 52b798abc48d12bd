"""Scores that know nothing of regulation: what a probe must beat. All return (R, G) float64."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from ugrn_core.benchmark.candidates import gene_mask, known_edges
from ugrn_core.errors import OptionError
from ugrn_core.types import ReferenceNetwork

POPULARITY_FORMS = ("product", "sum", "odds")


def popularity(network: ReferenceNetwork, form: str = "product") -> np.ndarray:
    """Return a score from the numbers of edges that regulator and target have in `network` itself.

    An oracle: it reads the test labels. `product` and `sum` of the two degrees; `odds`: sum of the
    log odds of each degree among the pairs the gene could have.
    """
    known = known_edges(network)
    labelled = max(int(known.any(axis=1).sum()), 1)
    return _combined(known.sum(axis=1), known.sum(axis=0), (known.shape[1], labelled), form)


def source_degree_transfer(
    sources: Sequence[ReferenceNetwork], target: ReferenceNetwork
) -> np.ndarray:
    """Return the product over the *source* networks of (1 + degree of regulator) (1 + of target).

    It ranks pairs as the sum of their log degrees does, and pairs of equal rank tie exactly, which
    rounded logarithms do on one processor and not on another. Genes are joined by symbol with case
    ignored; a gene absent from a source has degree 0. It sees no label of the target network.
    """
    genes = [g.casefold() for g in target.genes]
    out, into = np.ones(len(target.regulators)), np.ones(len(genes))
    for source in sources:
        known = known_edges(source)
        names = [g.casefold() for g in source.genes]
        regulated = dict(zip((names[k] for k in source.regulators), known.sum(axis=1)))
        regulating = dict(zip(names, known.sum(axis=0)))
        out *= [1 + regulated.get(genes[k], 0) for k in target.regulators]
        into *= [1 + regulating.get(g, 0) for g in genes]
    return out[:, None] * into[None, :]


def target_is_tf(network: ReferenceNetwork, tfs: Collection[str] | None = None) -> np.ndarray:
    """Return 1 where the target is a TF (of `tfs`, by default a regulator of `network`), else 0."""
    if tfs is None:
        is_tf = np.isin(np.arange(len(network.genes)), network.regulators)
    else:
        is_tf = gene_mask(network, tfs)
    return np.tile(is_tf.astype(np.float64), (len(network.regulators), 1))


def _combined(out: np.ndarray, into: np.ndarray, most: tuple[int, int], form: str) -> np.ndarray:
    out, into = out.astype(np.float64)[:, None], into.astype(np.float64)[None, :]
    if form == "product":
        return out * into
    if form == "sum":
        return out + into
    if form == "odds":
        return _log_odds(out, most[0]) + _log_odds(into, most[1])
    raise OptionError(f"The popularity form is one of {', '.join(POPULARITY_FORMS)}; not '{form}'.")


def _log_odds(degree: np.ndarray, most: int) -> np.ndarray:
    return np.log((degree + 0.5) / (np.maximum(most - degree, 0) + 0.5))
