"""Softmax attention of values and tangents together, in blocks small enough for the cache.

Letters: B cells, S tokens, D width, H heads, d = D / H, g (cell, head) pairs and R rows a block.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ugrn_core.backbones.matrix_product import product_for

ROWS = 256
SCORES = {"cpu": 160_000, "cuda": 64_000_000}  # scores a block may hold


class BlockedAttention:
    """Buffers and the loop; one instance serves every layer of one shape."""

    def __init__(self, cells: int, tokens: int, width: int, heads: int, like: Tensor) -> None:
        """Allocate for (B, S, D) tokens in the dtype and on the device of `like`."""
        depth, pairs = width // heads, cells * heads
        budget = SCORES.get(like.device.type, SCORES["cpu"])
        rows = max(1, -(-tokens // max(64, min(ROWS, budget // tokens))))
        self._product = product_for(like)
        self._shape = (cells, tokens, heads, depth)
        self._rows = -(-tokens // rows)
        self._pairs = min(pairs, max(1, budget // (self._rows * tokens)))
        self._query = like.new_empty(pairs, tokens, depth)
        self._key = like.new_empty(pairs, tokens, depth)
        # Value beside tangent, so that each derivative is one product:
        # dS = [dq, q] [k, dk]', and [P v, P dv] = P [v, dv].
        self._queries = like.new_empty(pairs, tokens, 2 * depth)
        self._keys = like.new_empty(pairs, tokens, 2 * depth)
        self._values = like.new_empty(pairs, 2 * depth, tokens)
        self._score, self._slope = like.new_empty(2, self._pairs, self._rows, tokens)

    def __call__(self, qkv: Tensor, base: Tensor, out: Tensor) -> Tensor:
        """Write attention into `out` (2, B, S, D): values, then tangents.

        qkv: (2, B, S, 3 D), differences to the base cell and tangents; queries, here and in `base`
        (S, 3 D), are scaled by d ** -0.5.
        """
        self._pack(qkv, base)
        cells, tokens, heads, depth = self._shape
        by_head = out.view(2, cells, tokens, heads, depth).transpose(2, 3)
        for cell in range(cells):
            for head in range(0, heads, self._pairs):
                pairs = slice(head, min(head + self._pairs, heads))
                for top in range(0, tokens, self._rows):
                    rows = slice(top, min(top + self._rows, tokens))
                    first = cell * heads
                    part = slice(first + pairs.start, first + pairs.stop)
                    self._block(part, rows, by_head[:, cell, pairs, rows])
        return out

    def _pack(self, qkv: Tensor, base: Tensor) -> None:
        """Reorder projections by head, adding the base on the way."""
        cells, tokens, heads, depth = self._shape
        by_head = (cells, heads, tokens, -1)
        query, key, value = qkv.view(2, cells, tokens, 3, heads, depth).permute(3, 0, 1, 4, 2, 5)
        starts = base.view(tokens, 3, heads, depth).permute(1, 2, 0, 3)
        queries, keys = self._queries.view(by_head), self._keys.view(by_head)
        values = self._values.view(cells, heads, 2 * depth, tokens)
        torch.add(query[0], starts[0], out=self._query.view(by_head))
        torch.add(key[0], starts[1], out=self._key.view(by_head))
        torch.add(value[0].transpose(2, 3), starts[2].transpose(1, 2), out=values[:, :, :depth])
        queries[..., :depth] = query[1]
        queries[..., depth:] = self._query.view(by_head)
        keys[..., :depth] = self._key.view(by_head)
        keys[..., depth:] = key[1]
        values[:, :, depth:] = value[1].transpose(2, 3)

    def _block(self, pairs: slice, rows: slice, out: Tensor) -> None:
        """Attend from some rows of some heads to all tokens; out: (2, g, R, d)."""
        depth = self._shape[3]
        count, height = pairs.stop - pairs.start, rows.stop - rows.start
        values = self._values[pairs]
        p = self._product(self._query[pairs, rows], self._key[pairs], self._score[:count, :height])
        dp = self._product(
            self._queries[pairs, rows], self._keys[pairs], self._slope[:count, :height]
        )
        torch.softmax(p, -1, out=p)
        # The Jacobian of softmax is symmetric: its backward kernel is its forward derivative.
        torch._softmax_backward_data(dp, p, -1, p.dtype, grad_input=dp)
        mixed = self._product(p, values, None)
        out[0] = mixed[..., :depth]
        torch.add(mixed[..., depth:], self._product(dp, values[:, :depth], None), out=out[1])
