"""Networks small enough to reason about."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.types import ReferenceNetwork


def make_network(name="STRING", n_genes=60, n_regulators=20, seed=0, strength=1.5):
    """A network whose edges follow from the popularity of regulator and target alone."""
    rng = np.random.default_rng(seed)
    regulators = np.sort(rng.choice(n_genes, n_regulators, replace=False))
    odds = strength * (rng.normal(size=n_regulators)[:, None] + rng.normal(size=n_genes)) - 1
    mask = rng.random((n_regulators, n_genes)) < 1 / (1 + np.exp(-odds))
    mask[np.arange(n_regulators), regulators] = False
    rows, columns = np.nonzero(mask)
    return ReferenceNetwork(
        name=name,
        dataset="toy",
        genes=tuple(f"G{k}" for k in range(n_genes)),
        regulators=regulators,
        edges=np.stack([regulators[rows], columns], axis=1),
        gene_set="all",
    )


@pytest.fixture
def toy():
    return make_network


@pytest.fixture(scope="session")
def tiny() -> ReferenceNetwork:
    """Genes A..E; regulators B, A (in this order); edges B->A, B->C, A->C."""
    return ReferenceNetwork(
        name="STRING",
        dataset="tiny",
        genes=("A", "B", "C", "D", "E"),
        regulators=np.array([1, 0]),
        edges=np.array([[1, 0], [1, 2], [0, 2]]),
    )
