"""What a source costs in Geneformer's published shapes: places in a queue, and the presence gate.

Letters: G genes of the panel, D width, T values of a source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import thread_time

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.geneformer import GRID, Geneformer, default_values
from ugrn_core.backbones.ranked.bert import Bert
from ugrn_core.backbones.ranked.tokens import Dictionaries
from ugrn_core.backbones.transformer import Affine, Layer
from ugrn_core.backbones.vocabulary import Vocabulary
from ugrn_core.types import Panel, ProbeSettings


@dataclass(frozen=True)
class QueueShape:
    """A Geneformer of `layers` x `width` with `heads`, feed-forward width `inner`, random weights,
    and a panel of `genes`; values: how many of a source are timed."""

    name: str
    layers: int
    width: int
    heads: int
    inner: int
    genes: int
    values: int = len(GRID)

    def __str__(self) -> str:
        return f"Geneformer {self.name}, {self.layers} x {self.width}, G = {self.genes}"


FULL = (
    QueueShape(name="V1-10M", layers=6, width=256, heads=4, inner=512, genes=600),
    QueueShape(name="V2-104M", layers=12, width=768, heads=12, inner=3072, genes=600),
    QueueShape(name="V2-316M", layers=18, width=1152, heads=18, inner=4608, genes=200, values=2),
)


def rows(shape: QueueShape, rounds: int) -> list[dict]:
    """Time `rounds` of a plain forward pass and of a source's sweep, in turn.

    Returns a row each, as `bench.probe_bench`; `forwards` counts plain passes a value: a sweep runs
    one a place that the values put the source at, and one with its tangent a step of the gate.
    """
    backbone = random_backbone(shape, np.random.default_rng(0))
    panel = Panel(backbone.vocabulary.genes)
    grid = GRID[-shape.values :]
    sweep = backbone.sweep(panel, ProbeSettings(1.0, grid, cls=None))
    cell = torch.ones(1, shape.genes)
    plain, swept = [], []
    for _ in range(rounds):
        with torch.no_grad():
            plain.append(_seconds(lambda: backbone.reconstruct(panel, cell)))
        swept.append(_seconds(lambda: sweep(shape.genes // 2)))
    one, ours = min(plain) * len(GRID), min(swept) * len(GRID) / len(grid)
    told = (
        ("plain forward (VVP alone)", one, "1 value, x T"),
        (
            "sweep: jumps by value, gradient by gate",
            ours,
            f"a source, T = {len(grid)}" + f", x {len(GRID) / len(grid):g}" * (grid != GRID),
        ),
    )
    return [
        {"shape": str(shape), "variant": v, "seconds": s, "timed": t, "forwards": s / one}
        for v, s, t in told
    ]


def random_backbone(shape: QueueShape, rng: np.random.Generator) -> Geneformer:
    """Return a Geneformer of this shape with random weights that knows `genes` genes."""
    specials = {"<pad>": 0, "<mask>": 1}
    genes = {f"GENE{k}": k + len(specials) for k in range(shape.genes)}
    medians = {gene: 0.1 + 5 * float(x) for gene, x in zip(genes, rng.random(len(genes)))}
    return Geneformer(
        name=shape.name,
        folder=Path(),
        vocabulary=Vocabulary((*specials, *genes), specials=tuple(specials)),
        defaults=default_values(answers=True),
        weights=_network(shape, len(genes) + len(specials), rng),
        dictionaries=Dictionaries(genes, medians, specials),
    )


def _network(shape: QueueShape, tokens: int, rng: np.random.Generator) -> Bert:
    d = shape.width

    def draw(*size: int, scale: float = 1.0) -> Tensor:
        return torch.from_numpy(rng.standard_normal(size, dtype=np.float32)) * scale

    def affine(out: int, into: int) -> Affine:
        return Affine(draw(out, into, scale=into**-0.5), draw(out, scale=0.1))

    def norm() -> Affine:
        return Affine(torch.ones(d), torch.zeros(d))

    def layer() -> Layer:
        inner = affine(shape.inner, d), affine(d, shape.inner)
        parts = dict(zip(("linear1", "linear2"), inner), norm1=norm(), norm2=norm())
        return Layer(qkv=affine(3 * d, d), out=affine(d, d), **parts)

    return Bert(
        words=draw(tokens, d),
        positions=draw(tokens, d, scale=0.3),
        kind=draw(d, scale=0.1),
        norm=norm(),
        layers=tuple(layer() for _ in range(shape.layers)),
        transform=affine(d, d),
        transform_norm=norm(),
        bias=draw(tokens, scale=0.1),
        heads=shape.heads,
        eps=1e-12,
    )


def _seconds(unit: Callable[[], object]) -> float:
    start = thread_time()
    unit()
    return thread_time() - start
