"""Neighbourhoods of gene vectors: who is near to whom in particular, without a forward pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ugrn_core.probes.base import ProbeRequest, tensor
from ugrn_core.probes.gene_table import cosines
from ugrn_core.types import ProbeTensor


@dataclass(frozen=True)
class LessCrowding:
    """CSLS: the cosine of the two gene vectors less how near each is to its ten nearest
    (`cosines.less_crowding`)."""

    name: ClassVar[str] = "emb-csls"
    title: ClassVar[str] = "Gene vectors, less crowding (CSLS)"
    needs_profile: ClassVar[bool] = False
    is_score: ClassVar[bool] = True

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return (S, 1, G) float32; a gene with itself, which is no pair, is 0."""
        return tensor(self, request, _scores(cosines.less_crowding, request))


@dataclass(frozen=True)
class SharedNeighbours:
    """How alike the 30 genes are that lie nearest to each of the two
    (`cosines.shared_neighbours`)."""

    name: ClassVar[str] = "emb-shared"
    title: ClassVar[str] = "Gene vectors, shared neighbours"
    needs_profile: ClassVar[bool] = False
    is_score: ClassVar[bool] = True

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return (S, 1, G) float32 in [0, 1]; a gene with itself, which is no pair, is 0."""
        return tensor(self, request, _scores(cosines.shared_neighbours, request))


def _scores(score: Callable, request: ProbeRequest) -> np.ndarray:
    """Return the (S, 1, G) float32 `score` of the panel's gene vectors, 0 for itself."""
    vectors = request.backbone.gene_embedding(request.panel)
    scores = score(vectors, np.asarray(request.positions))
    return np.nan_to_num(scores)[:, None, :].astype(np.float32)
