"""Which pairs are scored: the single definition.

A candidate is a pair (regulator, gene) with two different genes. Where the network labels all
regulators alike (STRING, Non-Specific ChIP-seq, any network not named below) every regulator of
the data set counts. Cell-type-specific ChIP-seq and LOF/GOF measured a few regulators only: the
others are unlabelled, not negative, so only regulators with at least one known edge count there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ugrn_core.errors import InputError
from ugrn_core.types import ReferenceNetwork

LABELLED_REGULATORS_ONLY = frozenset({"Cell-type-specific ChIP-seq", "LOF/GOF"})


@dataclass(frozen=True)
class Candidates:
    """Masks (R, G): rows are `network.regulators` in order, columns `network.genes`.

    positives lie within candidates. rule: the definition in words, part of every result.
    """

    positives: np.ndarray
    candidates: np.ndarray
    rule: str


def candidates(
    network: ReferenceNetwork,
    unseen_of: Collection[str] | np.ndarray | None = None,
    scoreable: Collection[str] | np.ndarray | None = None,
) -> Candidates:
    """Return the pairs of `network` that are scored, and which of them are known edges.

    unseen_of: the genes that occurred in training; pairs with one of them are left out.
    scoreable: the genes that can be scored; pairs with any other gene are left out. Both are
    symbols (compared with case ignored, as BEELINE's mouse symbols are upper-cased) or a (G,)
    mask. Labelled regulators are told on the whole network, before pairs are left out.
    """
    positives = known_edges(network)
    n_genes = len(network.genes)
    allowed = np.ones_like(positives)
    allowed[np.arange(len(network.regulators)), network.regulators] = False
    rule = "all regulators x genes, no self-pairs"
    if network.name in LABELLED_REGULATORS_ONLY:
        allowed &= positives.any(axis=1)[:, None]
        rule = "labelled regulators x genes, no self-pairs"
    eligible = np.ones(n_genes, dtype=bool)
    if unseen_of is not None:
        eligible &= ~gene_mask(network, unseen_of)
        rule += "; both genes unseen in training"
    if scoreable is not None:
        eligible &= gene_mask(network, scoreable)
        rule += "; both genes scoreable"
    allowed &= eligible[None, :] & eligible[network.regulators][:, None]
    return Candidates(positives & allowed, allowed, rule)


def known_edges(network: ReferenceNetwork) -> np.ndarray:
    """Return the (R, G) mask of known edges; self-loops left out."""
    row = np.full(len(network.genes), -1)
    row[network.regulators] = np.arange(len(network.regulators))
    edges = network.edges[network.edges[:, 0] != network.edges[:, 1]]
    if (row[edges[:, 0]] < 0).any():
        raise InputError(
            f"{network.dataset} x {network.name} has edges from genes that are not among its "
            "regulators; list every source of an edge as a regulator."
        )
    mask = np.zeros((len(network.regulators), len(network.genes)), dtype=bool)
    mask[row[edges[:, 0]], edges[:, 1]] = True
    return mask


def gene_mask(network: ReferenceNetwork, genes: Collection[str] | np.ndarray) -> np.ndarray:
    """Return the (G,) mask of `network.genes` among `genes` (symbols, or a mask already)."""
    if isinstance(genes, np.ndarray) and genes.dtype == bool:
        if genes.shape != (len(network.genes),):
            raise InputError(
                f"A gene mask has one entry for each of {len(network.genes)} genes; "
                f"{genes.shape} came."
            )
        return genes
    folded = {str(g).casefold() for g in genes}
    return np.array([g.casefold() in folded for g in network.genes], dtype=bool)
