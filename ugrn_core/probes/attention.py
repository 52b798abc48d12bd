"""Attention: of the last layer, ranked (scGPT's attention-GRN notebook), or the mean of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from scipy.stats import rankdata

from ugrn_core.errors import OptionError
from ugrn_core.probes.base import ProbeRequest, tensor
from ugrn_core.types import ProbeTensor


@dataclass(frozen=True)
class Attention:
    """How strongly target j attends to source i: raw q.k, ranked over keys, then over queries.

    Without a profile the virtual cell's background is read. ties: `average` ranks make the score
    independent of the panel's order; `stable` is the notebook's ranking with a stable sort.
    recipe: `ranked` as above, of the last layer; `mean`: softmax attention averaged over layers,
    heads and the cells in which both genes are expressed (as geneRNIB reads Geneformer).
    """

    name: ClassVar[str] = "attn"
    title: ClassVar[str] = "Attention"
    needs_profile: ClassVar[bool] = False
    is_score: ClassVar[bool] = True

    ties: Literal["average", "stable"] = "average"
    recipe: Literal["ranked", "mean"] = "ranked"

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return (S, 1, G) in [0, 1), ranks or shares; mean over heads and cells."""
        if self.recipe not in ("ranked", "mean"):
            raise OptionError(f"The recipe is 'ranked' or 'mean'; not '{self.recipe}'.")
        if request.profile is None:
            carried = request.settings.background.array()
            cells = np.broadcast_to(carried, (1, len(request.panel)))
        else:
            cells = request.cells()
        read = self._ranked if self.recipe == "ranked" else self._mean
        total = np.zeros((len(request.positions), len(request.panel)))
        count = np.zeros_like(total)
        for cell in cells:
            attention = read(request, cell[None].astype(request.settings.dtype))
            attention = attention[:, request.positions].T  # column of key i, row of target j
            total += np.nan_to_num(attention)
            count += ~np.isnan(attention)
        values = (total / np.maximum(count, 1))[:, None, :].astype(np.float32)
        return tensor(self, request, values)

    def _ranked(self, request: ProbeRequest, cell: np.ndarray) -> np.ndarray:
        """Return (G, G) ranks of one cell (1, G)."""
        import torch

        values = torch.from_numpy(cell)
        with torch.no_grad():
            raw = request.backbone.attention(request.panel, values, cls=request.settings.cls)
        extra = raw.shape[-1] - len(request.panel)  # 1 with a <cls> token, which comes first
        return rank_attention(raw[0], self.ties)[extra:, extra:]

    def _mean(self, request: ProbeRequest, cell: np.ndarray) -> np.ndarray:
        """Return (G, G) shares of one cell (1, G), NaN where a gene is absent."""
        import torch

        if not hasattr(request.backbone, "mean_attention"):
            raise OptionError(
                f"The backbone '{request.backbone.name}' has no attention averaged over its "
                "layers. Read that of the last layer (recipe 'ranked')."
            )
        values, cls = torch.from_numpy(cell), request.settings.cls
        return request.backbone.mean_attention(request.panel, values, cls=cls)[0]


def rank_attention(raw: np.ndarray, ties: str = "average") -> np.ndarray:
    """Return the (S', S') mean over heads of `raw` (H, S', S') ranked by key, then by query.

    Ranks count from 0 and are divided by S', the number of tokens. Rows are queries, columns keys.
    """
    if ties not in ("average", "stable"):
        raise OptionError(f"Ties are broken by 'average' or 'stable'; not '{ties}'.")
    ranks = _average if ties == "average" else _stable
    tokens = raw.shape[-1]
    # One head at a time: at 5,000 genes a head's ranks take 200 MB.
    return sum(ranks(ranks(head, 1) / tokens, 0) / tokens for head in raw) / len(raw)


def _average(x: np.ndarray, axis: int) -> np.ndarray:
    return rankdata(x, method="average", axis=axis) - 1


def _stable(x: np.ndarray, axis: int) -> np.ndarray:
    order = x.argsort(axis=axis, kind="stable")
    ranks = np.empty(x.shape)
    steps = np.arange(x.shape[axis], dtype=float)
    np.put_along_axis(ranks, order, steps[None] if axis else steps[:, None], axis)
    return ranks
