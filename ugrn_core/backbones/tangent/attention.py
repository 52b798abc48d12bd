"""Softmax attention of values and tangents together, in blocks small enough for the cache.

Letters: B cells, S tokens, D width, H heads, d = D / H, R rows a block; n = 2 for values and
tangents, 1 for the tangents of the base cell itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import torch
from torch import Tensor

from ugrn_core.backbones.tangent.buffers import Buffers
from ugrn_core.backbones.tangent.matrix_product import product_for

SCORES = {"cpu": 380_000, "cuda": 64_000_000}  # scores a block may hold
LEAST_ROWS = 64


class BlockedAttention:
    """Buffers, and views of them made once; one instance serves every layer of one shape.

    Head by head: what the blocks read is then still in the cache from its projection.
    """

    def __init__(self, shape: tuple[int, int, int, int], out: Tensor, buffers: Buffers) -> None:
        """Use `buffers` for `shape` = (B, S, D, H); results are written into `out` (n, B, S, D)."""
        cells, tokens, width, heads = shape
        depth = width // heads
        self._product = product_for(out)
        self._shape = (cells, tokens, depth)
        self._projected = buffers("projected", len(out), cells, tokens, 3 * depth)
        self._query, self._key, self._value = buffers("head", 3, cells, tokens, depth)
        # Value beside tangent, so that each derivative is one product:
        # dS = [dq, q] [k, dk]', and [P v, P dv] = P [v, dv].
        self._queries, self._keys = buffers("pairs", 2, cells, tokens, 2 * depth)
        self._values = buffers("values", cells, tokens, len(out) * depth)
        by_head = out.view(len(out), cells, tokens, heads, depth).unbind(3)
        scores = buffers("scores", 2, prod(self._sizes()) * tokens)
        self._blocks = [[*self._views(*scores, one)] for one in by_head]

    def __call__(self, state: Tensor, weights: Tensor, base: Tensor) -> None:
        """Attend with all heads.

        state: (n, B, S, D), differences to the base cell, if there are any, and tangents.
        weights: (H, 3 d, D); base: (3, H, S, d), of the base cell. Queries, of both, are scaled
        by d ** -0.5.
        """
        for head, (weight, blocks) in enumerate(zip(weights, self._blocks, strict=True)):
            self._pack(self._product(state, weight, self._projected), base[:, head])
            for block in blocks:
                self._attend(*block)

    def _sizes(self) -> tuple[int, int]:
        """Return how many cells and how many rows a block has."""
        cells, tokens, _ = self._shape
        budget = SCORES.get(self._query.device.type, SCORES["cpu"])
        count = max(1, -(-tokens // max(LEAST_ROWS, budget // tokens)))
        rows = -(-tokens // count)
        return min(cells, max(1, budget // (rows * tokens))), rows

    def _views(self, score: Tensor, slope: Tensor, out: Tensor) -> Iterator[tuple]:
        """Yield the arguments of every `_attend` of one head, which writes `out` (n, B, S, d)."""
        cells, tokens, _ = self._shape
        group, height = self._sizes()
        for first in range(0, cells, group):
            # A cell alone is a matrix: no loop over cells in its products.
            c = first if group == 1 else slice(first, min(first + group, cells))
            mixers = tuple(x[c].transpose(-2, -1) for x in (self._values, self._value))
            for top in range(0, tokens, height):
                r = slice(top, min(top + height, tokens))
                query, queries = (x[c][..., r, :] for x in (self._query, self._queries))
                # Contiguous even for a short last block: torch.softmax(out=...) needs that.
                block = (*query.shape[:-1], tokens)
                p, dp = (x[: prod(block)].view(block) for x in (score, slope))
                parts = tuple(x[c][..., r, :] for x in out)
                yield (query, self._key[c], p), (queries, self._keys[c], dp), mixers, parts

    def _pack(self, projected: Tensor, base: Tensor) -> None:
        """Lay out one head's projections, adding the base (3, S, d) on the way."""
        cells, tokens, depth = self._shape
        parts = projected.view(-1, cells, tokens, 3, depth).unbind(3)
        for start, part, whole in zip(base, parts, (self._query, self._key, self._value)):
            if len(part) == 2:
                torch.add(part[0], start, out=whole)
            else:
                whole.copy_(start)
        query, key, value = (part[-1] for part in parts)
        torch.cat([query, self._query], -1, out=self._queries)
        torch.cat([self._key, key], -1, out=self._keys)
        if len(projected) == 2:
            torch.cat([self._value, value], -1, out=self._values)
        else:
            self._values.copy_(value)

    def _attend(self, scores: tuple, slopes: tuple, mixers: tuple, out: tuple) -> None:
        """One block: (query, key, buffer) of S and of dS, [v, dv]' and v', the output's n parts."""
        p, dp = self._product(*scores), self._product(*slopes)
        # In place where the kernels are known to bear it. The Jacobian of softmax is symmetric:
        # its backward kernel is its forward derivative.
        if p.device.type == "cpu":
            torch.softmax(p, -1, out=p)
            torch._softmax_backward_data(dp, p, -1, p.dtype, grad_input=dp)
        else:
            p = torch.softmax(p, -1)
            dp = torch._softmax_backward_data(dp, p, -1, p.dtype)
        *mixed, slope = self._product(p, mixers[0], None).chunk(len(out), -1)
        if mixed:
            out[0].copy_(mixed[0])
        torch.add(slope, self._product(dp, mixers[1], None), out=out[-1])
