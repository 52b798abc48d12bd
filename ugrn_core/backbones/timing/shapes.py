"""The networks and panels a timing run uses, and the forward pass their users would run.

Letters: S tokens, D width, G genes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ugrn_core.backbones.transformer import (
    Affine,
    Layer,
    Transformer,
    attention_input,
    decode,
    feed_forward,
    linear,
    project,
)


@dataclass(frozen=True)
class BenchShape:
    """A network of `layers` x `width` with `heads`, random weights, and a panel of `genes`.

    inner: feed-forward width in widths; pre_norm: as Tahoe-x1, whose decoder has one hidden layer.
    """

    layers: int
    width: int
    heads: int
    genes: int
    inner: int = 1
    pre_norm: bool = False

    def __str__(self) -> str:
        kind = ", as Tahoe-x1" if self.pre_norm else ""
        return f"{self.layers} x {self.width}{kind}, G = {self.genes}"

    @property
    def decoder(self) -> int:
        """Hidden layers of the decoder."""
        return 1 if self.pre_norm else 2

    def flops(self, values: int, at_base: int = 1) -> float:
        """Multiplications and additions of the tangent pass for one source at `values` values, of
        which `at_base` are the baseline's: its tangent alone is computed.
        """
        s, d = self.genes, self.width
        after = self.layers - 1  # the first layer's attention is an update
        # D x D products of a token: after attention, and with its projections; value and tangent.
        first, layer = 1 + 2 * self.inner + self.decoder, 4 + 2 * self.inner
        both = 4 * first * s * d * d + after * (4 * layer * s * d * d + 12 * s * s * d)
        alone = 2 * first * s * d * d + after * (2 * layer * s * d * d + 10 * s * s * d)
        return (values - at_base) * both + at_base * alone

    def forward_flops(self) -> float:
        """Multiplications and additions of a plain forward pass of one cell."""
        s, d = self.genes, self.width
        layers = self.layers * ((8 + 4 * self.inner) * s * d * d + 4 * s * s * d)
        return layers + 2 * (self.decoder + 1) * s * d * d


FULL = (
    BenchShape(4, 256, 8, 1000),
    BenchShape(6, 256, 8, 200),
    BenchShape(6, 256, 8, 600),
    BenchShape(6, 256, 8, 1200),
    BenchShape(12, 512, 8, 600),
    BenchShape(12, 512, 8, 1200),
    BenchShape(12, 512, 8, 600, inner=4, pre_norm=True),
)
QUICK = (BenchShape(2, 64, 4, 100), BenchShape(3, 128, 8, 250))


def stock_forward(net: Transformer, x: Tensor) -> Tensor:
    """The plain forward pass with torch's fused attention, as its users run it."""
    heads = net.heads
    for p in net.layers:
        q, k, v = project(attention_input(net, x, p), p, heads)
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        x = feed_forward(net, x, linear(attended, p.out), p)
    return decode(net, x)


def random_network(shape: BenchShape, rng: np.random.Generator) -> Transformer:
    """Random weights, biases too: zero biases would put every kink at a value of 0."""
    d = shape.width

    def affine(out: int, into: int) -> Affine:
        draws = rng.standard_normal((out, into + 1), dtype=np.float32) * into**-0.5
        drawn = torch.from_numpy(draws)
        return Affine(drawn[:, 1:].contiguous(), drawn[:, 0].contiguous())

    def norm() -> Affine:
        return Affine(torch.ones(d), torch.zeros(d))

    f = shape.inner * d
    layers = tuple(
        Layer(
            qkv=affine(3 * d, d),
            out=affine(d, d),
            linear1=affine(f, d),
            linear2=affine(d, f),
            norm1=norm(),
            norm2=norm(),
        )
        for _ in range(shape.layers)
    )
    decoder = (*(affine(d, d) for _ in range(shape.decoder)), affine(1, d))
    return Transformer(
        heads=shape.heads,
        value1=affine(d, 1),
        value2=affine(d, d),
        value_norm=norm(),
        batch_norm=None,
        layers=layers,
        decoder=decoder,
        pre_norm=shape.pre_norm,
        final_norm=norm() if shape.pre_norm else None,
    )
