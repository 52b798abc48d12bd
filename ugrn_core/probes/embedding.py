"""Gene embeddings: data-independent, symmetric in source and target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ugrn_core.probes.base import ProbeRequest, tensor
from ugrn_core.probes.gene_table import cosines
from ugrn_core.types import ProbeTensor


@dataclass(frozen=True)
class Embedding:
    """E_i + E_j, the sum of the two gene vectors (the paper's Emb baseline); K = width D."""

    name: ClassVar[str] = "emb"
    title: ClassVar[str] = "Gene vectors"
    needs_profile: ClassVar[bool] = False
    is_score: ClassVar[bool] = False

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return (S, D, G) float32; large: S x D x G x 4 bytes."""
        e = request.backbone.gene_embedding(request.panel)  # (G, D)
        values = e[request.positions][:, :, None] + np.ascontiguousarray(e.T)[None]
        return tensor(self, request, values)


@dataclass(frozen=True)
class EmbeddingCosine:
    """Cosine of the two gene vectors (scGPT's GRN notebook), a score without training."""

    name: ClassVar[str] = "emb-cosine"
    title: ClassVar[str] = "Gene vectors, cosine"
    needs_profile: ClassVar[bool] = False
    is_score: ClassVar[bool] = True

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return (S, 1, G) float32 in [-1, 1]; a zero vector has cosine 0 with everything."""
        e = request.backbone.gene_embedding(request.panel)
        length = np.linalg.norm(e, axis=1, keepdims=True)
        unit = e / np.where(length > 0, length, 1)
        values = (unit[request.positions] @ unit.T)[:, None, :]
        return tensor(self, request, np.clip(values, -1, 1))


@dataclass(frozen=True)
class CentredCosine:
    """Cosine of the two gene vectors less what each gene has with all of the panel: what a probe
    must be ahead of to tell more than the backbone's own gene table."""

    name: ClassVar[str] = "emb-centred"
    title: ClassVar[str] = "Gene vectors, centred cosine"
    needs_profile: ClassVar[bool] = False
    is_score: ClassVar[bool] = True

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return (S, 1, G) float32; a gene with itself, which is no pair, is 0."""
        e = request.backbone.gene_embedding(request.panel)
        every = np.nan_to_num(cosines.centred(cosines.cosines(e)))
        values = every[request.positions][:, None, :].astype(np.float32)
        return tensor(self, request, values)
