"""Softmax attention of values and tangents together, in blocks small enough for the cache.

Letters: B cells, S tokens, D width, H heads, d = D / H, g (cell, head) pairs and R rows a block.
"""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK_SCORES = 256 * 1200  # scores a block may hold: two such buffers stay near the core


class BlockedAttention:
    """Buffers and the loop; one instance serves every layer of one shape."""

    def __init__(self, cells: int, tokens: int, width: int, heads: int, like: Tensor) -> None:
        """Allocate for (B, S, D) tokens in the dtype and on the device of `like`."""
        depth, pairs = width // heads, cells * heads
        self._shape = (cells, tokens, heads, depth)
        self._rows = min(tokens, 256, max(16, BLOCK_SCORES // tokens))
        self._pairs = min(pairs, max(1, BLOCK_SCORES // (self._rows * tokens)))
        # Value beside tangent, in the order that makes each derivative one product:
        # dS = [dq, q] [k, dk]', and [P v, P dv] = P [v, dv].
        self._query = like.new_empty(pairs, tokens, 2 * depth)
        self._key = like.new_empty(pairs, tokens, 2 * depth)
        self._value = like.new_empty(pairs, tokens, 2 * depth)
        self._score = like.new_empty(self._pairs, self._rows, tokens)
        self._dscore = like.new_empty(self._pairs, self._rows, tokens)
        self._mixed = like.new_empty(self._pairs, self._rows, 2 * depth)
        self._out = like.new_empty(2, pairs, tokens, depth)

    def __call__(self, qkv: Tensor, base: Tensor, out: Tensor) -> Tensor:
        """Write attention into `out` (2, B, S, D): values, then tangents.

        qkv: (2, B, S, 3 D), differences to the base cell and tangents; queries, here and in `base`
        (S, 3 D), are scaled by d ** -0.5.
        """
        self._pack(qkv, base)
        cells, tokens, heads, depth = self._shape
        for first in range(0, cells * heads, self._pairs):
            pairs = slice(first, min(first + self._pairs, cells * heads))
            for top in range(0, tokens, self._rows):
                self._block(pairs, slice(top, min(top + self._rows, tokens)))
        heads_last = self._out.view(2, cells, heads, tokens, depth).transpose(2, 3)
        out.view(2, cells, tokens, heads, depth).copy_(heads_last)
        return out

    def _pack(self, qkv: Tensor, base: Tensor) -> None:
        """Reorder projections to (B H, S, 2 d), adding the base on the way."""
        cells, tokens, heads, depth = self._shape
        parts = qkv.view(2, cells, tokens, 3, heads, depth).permute(3, 0, 1, 4, 2, 5)
        bases = base.view(tokens, 3, heads, depth).permute(1, 2, 0, 3)
        for part, start, packed in zip(
            parts, bases, (self._query, self._key, self._value), strict=True
        ):
            to = packed.view(cells, heads, tokens, 2 * depth)
            front, back = to[..., :depth], to[..., depth:]
            value, tangent = (back, front) if packed is self._query else (front, back)
            torch.add(part[0], start, out=value)
            tangent.copy_(part[1])

    def _block(self, pairs: slice, rows: slice) -> None:
        """Attend from some rows of some heads to all tokens."""
        depth = self._shape[3]
        count, height = pairs.stop - pairs.start, rows.stop - rows.start
        query, key, value = self._query[pairs, rows], self._key[pairs], self._value[pairs]
        p, dp = self._score[:count, :height], self._dscore[:count, :height]
        mixed = self._mixed[:count, :height]
        torch.bmm(query[..., depth:], key[..., :depth].transpose(1, 2), out=p)
        torch.bmm(query, key.transpose(1, 2), out=dp)
        torch.softmax(p, -1, out=p)
        # The Jacobian of softmax is symmetric: its backward kernel is its forward derivative.
        torch._softmax_backward_data(dp, p, -1, p.dtype, grad_input=dp)
        torch.bmm(p, value, out=mixed)
        attended, dattended = self._out[0, pairs, rows], self._out[1, pairs, rows]
        attended.copy_(mixed[..., :depth])
        torch.bmm(dp, value[..., :depth], out=dattended)
        dattended.add_(mixed[..., depth:])
