"""Softmax attention of values and tangents together, in blocks small enough for the cache.

Letters: B cells, S tokens, D width, H heads, d = D / H, g (cell, head) pairs and R rows a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import torch
from torch import Tensor

from ugrn_core.backbones.matrix_product import product_for

SCORES = {"cpu": 380_000, "cuda": 64_000_000}  # scores a block may hold
LEAST_ROWS = 64


class BlockedAttention:
    """Buffers, and views of them made once; one instance serves every layer of one shape."""

    def __init__(self, shape: tuple[int, int, int, int], out: Tensor) -> None:
        """Allocate for `shape` = (B, S, D, H); results are written into `out` (2, B, S, D)."""
        cells, tokens, width, heads = shape
        depth = width // heads
        self._product = product_for(out)
        self._shape = (cells, tokens, heads, depth)
        new = (cells, heads, tokens)
        self._query, self._key, self._value = out.new_empty(3, *new, depth)
        # Value beside tangent, so that each derivative is one product:
        # dS = [dq, q] [k, dk]', and [P v, P dv] = P [v, dv].
        self._queries, self._keys, self._values = out.new_empty(3, *new, 2 * depth)
        self._blocks = [*self._views(out)]

    def __call__(self, qkv: Tensor, base: Tensor) -> None:
        """Attend with all heads, values and tangents.

        qkv: (2, B, S, 3 D), differences to the base cell and tangents; queries, here and in `base`
        (S, 3 D), are scaled by d ** -0.5.
        """
        self._pack(qkv, base)
        for block in self._blocks:
            self._attend(*block)

    def _views(self, out: Tensor) -> Iterator[tuple[Tensor, ...]]:
        """Yield the arguments of every `_attend`: some rows of some heads of one cell."""
        cells, tokens, heads, depth = self._shape
        budget = SCORES.get(out.device.type, SCORES["cpu"])
        count = max(1, -(-tokens // max(LEAST_ROWS, budget // tokens)))
        height = -(-tokens // count)
        group = min(heads, max(1, budget // (height * tokens)))
        score, slope = out.new_empty(2, group * height * tokens)
        by_head = out.view(2, cells, tokens, heads, depth).transpose(2, 3)
        for cell in range(cells):
            for first in range(0, heads, group):
                h = slice(first, min(first + group, heads))
                values = (x[cell, h].transpose(1, 2) for x in (self._values, self._value))
                mixers = tuple(values)
                for top in range(0, tokens, height):
                    r = slice(top, min(top + height, tokens))
                    # Contiguous even for a short last block: torch.softmax(out=...) needs that.
                    block = (h.stop - h.start, r.stop - r.start, tokens)
                    used = slice(prod(block))
                    query, queries = self._query[cell, h, r], self._queries[cell, h, r]
                    scores = (query, self._key[cell, h], score[used].view(block))
                    slopes = (queries, self._keys[cell, h], slope[used].view(block))
                    yield scores, slopes, mixers, by_head[:, cell, h, r]

    def _pack(self, qkv: Tensor, base: Tensor) -> None:
        """Reorder projections by head, adding the base on the way."""
        cells, tokens, heads, depth = self._shape
        query, key, value = qkv.view(2, cells, tokens, 3, heads, depth).permute(3, 0, 1, 4, 2, 5)
        starts = base.view(tokens, 3, heads, depth).permute(1, 2, 0, 3)
        torch.add(query[0], starts[0], out=self._query)
        torch.add(key[0], starts[1], out=self._key)
        torch.add(value[0], starts[2], out=self._value)
        torch.cat([query[1], self._query], -1, out=self._queries)
        torch.cat([self._key, key[1]], -1, out=self._keys)
        torch.cat([self._value, value[1]], -1, out=self._values)

    def _attend(self, scores: tuple, slopes: tuple, mixers: tuple, out: Tensor) -> None:
        """One block: (query, key, buffer) of S and of dS, [v, dv]' and v', out (2, g, R, d)."""
        depth = out.shape[-1]
        p, dp = self._product(*scores), self._product(*slopes)
        # In place where the kernels are known to bear it. The Jacobian of softmax is symmetric:
        # its backward kernel is its forward derivative.
        if p.device.type == "cpu":
            torch.softmax(p, -1, out=p)
            torch._softmax_backward_data(dp, p, -1, p.dtype, grad_input=dp)
        else:
            p = torch.softmax(p, -1)
            dp = torch._softmax_backward_data(dp, p, -1, p.dtype)
        mixed = self._product(p, mixers[0], None)
        out[0].copy_(mixed[..., :depth])
        torch.add(mixed[..., depth:], self._product(dp, mixers[1], None), out=out[1])
