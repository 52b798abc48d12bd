"""What a source costs in scFoundation's published shape: a panel in its encoder, all genes decoded.

Letters: N tokens (all genes of the model, T and S), G genes of the panel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import thread_time

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.performer.depth import DepthNet, DepthSweep, Encoder, ValueEncoder
from ugrn_core.backbones.performer.network import PerformerLayer
from ugrn_core.backbones.scfoundation import DEPTH, GRID
from ugrn_core.backbones.transformer import Affine, Layer, cast
from ugrn_core.types import ProbeSettings

VALUES = 2  # of the grid that are timed
BINS, MASK, PAD = 100, 102.0, 103.0


@dataclass(frozen=True)
class DepthShape:
    """A model that knows `known` genes, of which a panel of `genes` is expressed. Layers x width of
    the encoder and of the decoder, whose heads are 64 wide; features: random, of a decoder head."""

    known: int = 19_264
    genes: int = 200
    encoder: tuple[int, int] = (12, 768)
    decoder: tuple[int, int] = (6, 512)
    features: int = 266

    def __str__(self) -> str:
        stacks = [f"{layers} x {width}" for layers, width in (self.encoder, self.decoder)]
        return f"scFoundation {' + '.join(stacks)}, G = {self.genes}, {self.known:,} decoded"


FULL = (DepthShape(),)


def rows(shape: DepthShape, rounds: int) -> list[dict]:
    """Time `rounds` of a plain forward pass and of the pass by hand, in turn.

    Returns a row each, as `bench.probe_bench`; `forwards` counts plain passes a value.
    """
    net = random_network(shape, np.random.default_rng(0))
    began = thread_time()
    genes, grid = torch.arange(shape.genes), GRID[-VALUES:]
    settings = ProbeSettings(1.0, grid, cls=None)
    sweep = DepthSweep(cast(net, torch.float64), genes, settings, DEPTH)
    set_up = thread_time() - began
    cell = torch.zeros(shape.known + 2)
    cell[: shape.genes], cell[-2:] = 1.0, torch.tensor(DEPTH)
    plain, ours = [], []
    for _ in range(rounds):
        with torch.no_grad():
            plain.append(_seconds(lambda: net(cell)))
        ours.append(_seconds(lambda: sweep(shape.genes // 2)))
    one, by_hand = min(plain) * len(GRID), min(ours) * len(GRID) / VALUES
    timed = f"a source, {VALUES} values, x {len(GRID) // VALUES}"
    told = (
        ("plain forward (VVP alone)", one, "1 value, x T", 1.0),
        ("pass by hand, VVP and GDT", by_hand, timed, by_hand / one),
        ("pass by hand: set-up of the panel", set_up, "once a panel", None),
    )
    return [
        {"shape": str(shape), "variant": v, "seconds": s, "timed": t}
        | ({} if n is None else {"forwards": n})
        for v, s, t, n in told
    ]


def random_network(shape: DepthShape, rng: np.random.Generator) -> DepthNet:
    """Return a scFoundation of `shape` with random weights."""
    (layers, e), (decoded, d) = shape.encoder, shape.decoder

    def draw(*size: int, scale: float = 1.0) -> Tensor:
        return torch.from_numpy(rng.standard_normal(size, dtype=np.float32)) * scale

    def affine(out: int, into: int) -> Affine:
        return Affine(draw(out, into, scale=into**-0.5), draw(out, scale=0.1))

    def norm(width: int) -> Affine:
        return Affine(torch.ones(width), torch.zeros(width))

    def layer() -> Layer:
        parts = {"linear1": affine(4 * e, e), "linear2": affine(e, 4 * e)}
        parts |= {"norm1": norm(e), "norm2": norm(e)}
        return Layer(qkv=affine(3 * e, e), out=affine(e, e), **parts)

    def performer() -> PerformerLayer:
        qkv = affine(3 * d, d)
        parts = {"qkv": qkv.weight, "qkv_bias": qkv.bias, "out": affine(d, d)}
        parts |= {"norm1": norm(d), "norm2": norm(d)}
        parts |= {"linear1": affine(4 * d, d), "linear2": affine(d, 4 * d)}
        return PerformerLayer(projection=draw(shape.features, min(64, d // 2)), **parts)

    return DepthNet(
        values=ValueEncoder(
            *(affine(BINS, 1), affine(BINS, BINS), draw(BINS, e), draw(e), draw(e)),
            alpha=1.0,
            mask_value=MASK,
            pad_value=PAD,
        ),
        positions=draw(shape.known + 2, e, scale=0.3),
        encoder=Encoder(max(2, e // 64), tuple(layer() for _ in range(layers)), norm(e)),
        embed=affine(d, e),
        decoder=tuple(performer() for _ in range(decoded)),
        norms=(norm(d), norm(d)),
        last=affine(1, d),
    )


def _seconds(unit: Callable[[], object]) -> float:
    start = thread_time()
    unit()
    return thread_time() - start
