"""The pairs that every scorer of one cell is judged on, drawn once."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from ugrn_core.benchmark.candidates import Candidates, candidates
from ugrn_core.benchmark.sampling import Sample, draw
from ugrn_core.errors import OptionError
from ugrn_core.types import ReferenceNetwork

Genes = Collection[str] | np.ndarray | None


@dataclass(frozen=True)
class Protocol:
    """How a score is judged; part of every row.

    sampling: `paper`, `matched` or `full`. draws: of the negatives. seed: of the negatives and of
    the intervals. replicates: bootstrap replicates over regulators for the 95 % interval.
    recall_points: at how many recalls, evenly up to 1, the row keeps the precision (0: it does
    not).
    """

    sampling: str = "paper"
    draws: int = 5
    seed: int = 0
    replicates: int = 200
    recall_points: int = 0

    def __post_init__(self) -> None:
        if self.draws < 1 or min(self.replicates, self.seed, self.recall_points) < 0:
            raise OptionError(
                "draws must be at least 1; replicates, seed and recall_points not negative; "
                f"{self.draws}, {self.replicates}, {self.seed}, {self.recall_points} came."
            )


@dataclass(frozen=True)
class EvaluationSet:
    """The pairs that every scorer of one cell is judged on, and the words for the row.

    genes: `all` or `unseen`.
    """

    network: ReferenceNetwork
    protocol: Protocol
    genes: str
    candidates: Candidates
    samples: tuple[Sample, ...]


def evaluation_set(
    network: ReferenceNetwork,
    protocol: Protocol,
    unseen_of: Genes = None,
    scoreable: Genes = None,
) -> EvaluationSet:
    """Return the pairs to be judged; the same for every scorer given the same arguments.

    The draw depends on network, gene set, seed, sampling and the pairs left by `unseen_of` and
    `scoreable` only, never on a score: to compare a backbone with a control, give both the same
    `scoreable` (the genes in the backbone's vocabulary). Restricting comes before drawing, since
    matched negatives that lose pairs afterwards are matched no longer.
    """
    pairs = candidates(network, unseen_of, scoreable)
    name = "|".join((network.dataset, network.name, network.gene_set, protocol.sampling))
    rng = np.random.default_rng([protocol.seed, zlib.crc32(name.encode())])
    samples = draw(pairs.positives, pairs.candidates, protocol.sampling, protocol.draws, rng)
    genes = "all" if unseen_of is None else "unseen"
    return EvaluationSet(
        network=network, protocol=protocol, genes=genes, candidates=pairs, samples=tuple(samples)
    )
