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
    """A network of `layers` x `width` with `heads`, random weights, and a panel of `genes`."""

    layers: int
    width: int
    heads: int
    genes: int

    def __str__(self) -> str:
        return f"{self.layers} x {self.width}, G = {self.genes}"

    def flops(self, values: int, at_base: int = 1) -> float:
        """Multiplications and additions of the tangent pass for one source at `values` values, of
        which `at_base` are the baseline's: its tangent alone is computed.
        """
        s, d = self.genes, self.width
        after = self.layers - 1  # the first layer's attention is an update
        both = 20 * s * d * d + after * (24 * s * d * d + 12 * s * s * d)
        alone = 10 * s * d * d + after * (12 * s * d * d + 10 * s * s * d)
        return (values - at_base) * both + at_base * alone


FULL = (
    BenchShape(4, 256, 8, 1000),
    BenchShape(6, 256, 8, 200),
    BenchShape(6, 256, 8, 600),
    BenchShape(6, 256, 8, 1200),
    BenchShape(12, 512, 8, 600),
    BenchShape(12, 512, 8, 1200),
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

    layers = tuple(
        Layer(
            qkv=affine(3 * d, d),
            out=affine(d, d),
            linear1=affine(d, d),
            linear2=affine(d, d),
            norm1=norm(),
            norm2=norm(),
        )
        for _ in range(shape.layers)
    )
    decoder = (affine(d, d), affine(d, d), affine(1, d))
    return Transformer(
        heads=shape.heads,
        value1=affine(d, 1),
        value2=affine(d, d),
        value_norm=norm(),
        batch_norm=None,
        layers=layers,
        decoder=decoder,
    )
