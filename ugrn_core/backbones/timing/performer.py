"""What a source costs in a Performer of scBERT's published shape: linear in the genes.

D width, H heads of DEPTH, M random features, F feed-forward width.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.performer.bins import BinSweep, BinWeights
from ugrn_core.backbones.performer.network import PerformerLayer, perform
from ugrn_core.backbones.transformer import Affine
from ugrn_core.types import ProbeSettings

FULL = (2_000, 8_000, 16_907)
LAYERS, D, H, DEPTH, M, F, CLASSES = 6, 200, 10, 64, 266, 800, 7
GRID = (1.0, 2.0, 3.0, 5.0)  # half of the values of a source, computed together
VALUES = 8
READ = 50  # genes of the panel; the pass computes all


def rows(tokens: int, rounds: int) -> list[dict]:
    """Time `rounds` of a plain forward pass and of the pass by hand, in turn, on `tokens` genes.

    Returns a row each, as `bench.probe_bench`; `forwards` counts plain passes a value.
    """
    net = random_network(tokens, np.random.default_rng(0))
    settings = ProbeSettings(0.0, GRID, cls=None)
    sweep = BinSweep(net, torch.arange(min(READ, tokens - 1)), settings)
    x = (net.tokens[:1] + net.genes).float()[None]
    plain, ours = [], []
    for _ in range(rounds):
        with torch.no_grad():
            plain.append(_seconds(lambda: perform(net.layers, x)))
        ours.append(_seconds(lambda: sweep(3)))
    one, by_hand = min(plain) * VALUES, min(ours) * VALUES / len(GRID)
    shape = f"Performer {LAYERS} x {D}, G = {tokens}"
    return [
        {
            "shape": shape,
            "variant": "plain forward (VVP alone)",
            "seconds": one,
            "timed": "1 value, x T",
            "forwards": 1.0,
        },
        {
            "shape": shape,
            "variant": "pass by hand, VVP and GDT",
            "seconds": by_hand,
            "timed": f"a source, {len(GRID)} values, x {VALUES // len(GRID)}",
            "forwards": by_hand / one,
        },
    ]


def random_network(tokens: int, rng: np.random.Generator) -> BinWeights:
    """Return scBERT's published shape with random weights, over `tokens` tokens."""

    def draw(*shape: int, scale: float = 1.0) -> Tensor:
        return torch.from_numpy(rng.standard_normal(shape, dtype=np.float32)) * scale

    def affine(out: int, into: int) -> Affine:
        return Affine(draw(out, into, scale=into**-0.5), draw(out, scale=0.1))

    def norm() -> Affine:
        return Affine(torch.ones(D), torch.zeros(D))

    def layer() -> PerformerLayer:
        return PerformerLayer(
            norm1=norm(),
            qkv=draw(3 * H * DEPTH, D, scale=D**-0.5),
            qkv_bias=None,
            projection=draw(M, DEPTH),
            out=affine(D, H * DEPTH),
            norm2=norm(),
            linear1=affine(F, D),
            linear2=affine(D, F),
        )

    return BinWeights(
        tokens=draw(CLASSES, D),
        genes=draw(tokens, D, scale=0.3).double(),
        layers=tuple(layer() for _ in range(LAYERS)),
        norm=norm(),
        head=affine(CLASSES, D),
    )


def _seconds(unit: Callable[[], object]) -> float:
    start = time.thread_time()
    unit()
    return time.thread_time() - start
