"""Attention of the last layer, ranked (the recipe of scGPT's attention-GRN notebook)."""

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
    """

    name: ClassVar[str] = "attn"
    title: ClassVar[str] = "Attention"
    needs_profile: ClassVar[bool] = False
    is_score: ClassVar[bool] = True

    ties: Literal["average", "stable"] = "average"

    def __call__(self, request: ProbeRequest) -> ProbeTensor:
        """Return (S, 1, G) ranks in [0, 1); mean over heads and cells."""
        import torch

        if request.profile is None:
            carried = request.settings.background.array()
            cells = np.broadcast_to(carried, (1, len(request.panel)))
        else:
            cells = request.cells()
        total = np.zeros((len(request.positions), len(request.panel)))
        for cell in cells:
            values = torch.from_numpy(cell[None].astype(request.settings.dtype))
            with torch.no_grad():
                raw = request.backbone.attention(request.panel, values, cls=request.settings.cls)
            extra = raw.shape[-1] - len(request.panel)  # 1 with a <cls> token, which comes first
            ranked = rank_attention(raw[0], self.ties)[extra:, extra:]
            total += ranked[:, request.positions].T  # column of key i, row of target j
        values = (total / len(cells))[:, None, :].astype(np.float32)
        return tensor(self, request, values)


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
