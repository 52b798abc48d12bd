"""A backbone whose reconstruction, response and derivative can be written down."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from ugrn_core.backbones.base import BackboneDefaults, check_options
from ugrn_core.backbones.forward_ad import ForwardADSweep
from ugrn_core.backbones.vocabulary import Vocabulary
from ugrn_core.types import ValueScale

WIDTH = 6


class AnalyticBackbone:
    """out_j = a_j + sum_i w_ji f(v_i), f(v) = v^2 / 2 + sin v; w and a hang on the symbols.

    calls: how often it reconstructed. explode_after: raise RuntimeError at that call.
    """

    name = "analytic"
    kind = "analytic"
    folder = Path()
    checksum = "a" * 64
    files: ClassVar[dict[str, str]] = {}
    ignored = ()
    device = "cpu"
    defaults = BackboneDefaults(
        value_range=(0.0, 5.0),
        baseline=0.5,
        grid=(0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0),
        readouts=("visible", "masked"),
        cls_layouts=(0.0, None),
        mask_value=-1.0,
        value_scale=ValueScale.OTHER,
        own_phrase="made-up units",
    )

    def __init__(self, genes: tuple[str, ...]) -> None:
        self.vocabulary = Vocabulary(genes)
        self.module = torch.nn.Bilinear(WIDTH, WIDTH, 1, bias=False)
        self.module.weight.data = torch.from_numpy(_vector("weight", WIDTH * WIDTH)).reshape(
            1, WIDTH, WIDTH
        )
        self.module.requires_grad_(False)
        self.calls, self.explode_after = 0, None

    def describe(self) -> dict:
        return {"kind": self.kind}

    def gene_embedding(self, panel) -> np.ndarray:
        self.vocabulary.ids(panel.genes)
        return np.stack([_vector(g, WIDTH) for g in panel.genes]).astype(np.float32)

    def couplings(self, panel) -> np.ndarray:
        """Return w (G targets, G sources), float64."""
        e = self.gene_embedding(panel).astype(float)
        return e @ self.module.weight[0].double().numpy() @ e.T

    def reconstruct(self, panel, values, readout="visible", cls=0.0, targets=None):
        check_options(self.defaults, readout, cls)
        self.calls += 1
        if self.explode_after is not None and self.calls > self.explode_after:
            raise RuntimeError("exploded on purpose")
        w = torch.from_numpy(self.couplings(panel)).to(values.dtype)
        a = torch.from_numpy(self.gene_embedding(panel)[:, 0]).to(values.dtype)
        out = a + (values**2 / 2 + values.sin()) @ w.T
        return out if targets is None else out[:, targets]

    def attention(self, panel, values, cls=0.0) -> np.ndarray:
        x = torch.from_numpy(self.gene_embedding(panel)).to(values.dtype) * (1 + values[..., None])
        if cls is not None:
            x = torch.cat([torch.ones_like(x[:, :1]), x], dim=1)
        skew = torch.arange(1.0, WIDTH + 1, dtype=values.dtype)
        return torch.stack([(x * skew) @ x.transpose(1, 2), x @ (x + 1).transpose(1, 2)], 1).numpy()

    def sweep(self, panel, settings):
        return ForwardADSweep(self, panel, settings)


def f(v):
    return v**2 / 2 + np.sin(v)


def slope(v):
    return v + np.cos(v)


def _vector(symbol: str, n: int) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(symbol.encode())).standard_normal(n)
