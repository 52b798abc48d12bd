"""The matrix products of the tangent pass without anything between them: what can be attained.

Letters: S tokens, D width, F feed-forward width, d of a head.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import thread_time

import torch

from ugrn_core.backbones.tangent.attention import SCORES
from ugrn_core.backbones.tangent.matrix_product import product_for
from ugrn_core.backbones.timing.shapes import BenchShape


def products_seconds(shape: BenchShape, values: int, cells: int) -> float:
    """Return the CPU seconds that the products of a source at `values` values take, `cells` cells
    at once, from one timing of each kind of product."""
    product, seconds = product_for(torch.empty(0)), 0.0
    whole = shape.flops(values)
    kinds = [*_kinds(shape, cells)]
    weights = sum(count * _flops(x, w) for count, x, w in kinds)
    for count, x, w in kinds:
        a, b = torch.ones(x), torch.ones(w)
        out = torch.empty(*x[:-1], w[-2])
        product(a, b, out)
        start = thread_time()
        product(a, b, out)
        # In the proportions of a cell with value and tangent; the baseline's cell has little else.
        seconds += (thread_time() - start) * count * whole / weights
    return seconds


def _kinds(shape: BenchShape, cells: int) -> Iterator[tuple[float, tuple, tuple]]:
    """Yield (how often, shape of x, shape of the weight) of the products of `cells` cells."""
    s, d, heads = shape.genes, shape.width, shape.heads
    f, depth, after = shape.inner * d, d // heads, shape.layers - 1
    rows = 2 * cells * s
    yield shape.layers + shape.decoder, (rows, d), (d, d)
    yield shape.layers, (rows, d), (f, d)
    yield shape.layers, (rows, f), (d, f)
    yield after, (rows, d), (3 * d, d)
    high = min(s, SCORES["cpu"] // s)
    count = min(cells * heads, max(1, SCORES["cpu"] // (high * s)))
    blocks = after * (cells * heads / count) * (s / high)
    for into, out in ((depth, s), (2 * depth, s), (s, 2 * depth), (s, depth)):
        yield blocks, (count, high, into), (count, out, into)


def _flops(x: tuple[int, ...], weight: tuple[int, ...]) -> float:
    return 2.0 * torch.Size(x).numel() * weight[-2]
