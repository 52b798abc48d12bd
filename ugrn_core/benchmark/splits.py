"""Pairs of a source network that a translator is trained on, and those that stop its training."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ugrn_core.benchmark.candidates import candidates
from ugrn_core.benchmark.sampling import Sample, draw
from ugrn_core.errors import InputError
from ugrn_core.types import ReferenceNetwork


@dataclass(frozen=True)
class SourceSplit:
    """Training and validation pairs, no regulator in both; rows and columns as in the network.

    training_genes: every gene in a pair of either part: what `unseen` leaves out on a target.
    """

    training: Sample
    validation: Sample
    training_genes: frozenset[str]


def source_split(
    network: ReferenceNetwork,
    rng: np.random.Generator,
    held_out: float = 0.15,
    sampling: str = "paper",
    scoreable: Collection[str] | np.ndarray | None = None,
) -> SourceSplit:
    """Return the pairs of `network`, about `held_out` of its positives in the validation part.

    Regulators are held out whole, in random order, until they carry that share of the positives.
    Negatives are drawn as `sampling` says, before the split. Raises InputError where fewer than
    two regulators have edges.
    """
    pairs = candidates(network, scoreable=scoreable)
    (sample,) = draw(pairs.positives, pairs.candidates, sampling, 1, rng)
    edges = np.bincount(sample.rows[sample.labels], minlength=len(network.regulators))
    if (edges > 0).sum() < 2:
        raise InputError(
            f"{network.dataset} x {network.name} has {int((edges > 0).sum())} regulators with "
            "edges that can be trained on; at least two are needed."
        )
    out = np.isin(sample.rows, _held_out(edges, held_out, rng))
    if sample.labels[~out].all() or not sample.labels[~out].any():
        raise InputError(f"{network.dataset} x {network.name} is too small to train on.")
    used = np.concatenate([network.regulators[sample.rows], sample.columns])
    genes = frozenset(network.genes[k] for k in np.unique(used))
    return SourceSplit(_part(sample, ~out), _part(sample, out), genes)


def _held_out(edges: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Rows whose edges sum to about `share`; at least one with edges, never all of them."""
    order = rng.permutation(len(edges))
    within = np.cumsum(edges[order]) <= share * edges.sum()
    chosen = order[within]
    if edges[chosen].sum() == 0:
        with_edges = order[edges[order] > 0]
        smallest = with_edges[np.argmin(edges[with_edges])]
        chosen = np.union1d(chosen, [smallest])
    return chosen


def _part(sample: Sample, mask: np.ndarray) -> Sample:
    return Sample(sample.rows[mask], sample.columns[mask], sample.labels[mask])
