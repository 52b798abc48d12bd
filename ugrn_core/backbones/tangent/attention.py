"""Softmax attention of values and tangents together, in blocks small enough for the cache.

Letters: B cells, S tokens, D width, H heads, d = D / H, R rows a block, h heads at once; n = 2 for
values and tangents, 1 for the tangents of the base cell itself.
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
Pair = tuple[Tensor, Tensor]


class BlockedAttention:
    """Buffers, and views of them made once; one instance serves every layer of one shape.

    Head by head: what the blocks read is then still in the cache from its projection. In small
    panels h heads at once, as many as a block may hold: there the calls would take the time.
    """

    def __init__(self, shape: tuple[int, int, int, int], out: Tensor, buffers: Buffers) -> None:
        """Use `buffers` for `shape` = (B, S, D, H); results are written into `out` (n, B, S, D)."""
        cells, tokens, width, heads = shape
        depth, kinds = width // heads, len(out)
        self._product = product_for(out)
        self._budget = SCORES.get(out.device.type, SCORES["cpu"])
        self._at_once = _heads_at_once(heads, self._budget // (cells * tokens * tokens))
        self._shape = (cells, self._at_once, tokens, depth)
        each = cells * self._at_once
        self._projected = buffers("projected", kinds, cells, tokens, 3 * self._at_once * depth)
        self._query, self._key, self._value = buffers("head", 3, each, tokens, depth)
        # Value beside tangent, so that each derivative is one product:
        # dS = [dq, q] [k, dk]', and [P v, P dv] = P [v, dv].
        self._queries, self._keys = buffers("pairs", 2, each, tokens, 2 * depth)
        self._values = buffers("values", each, tokens, kinds * depth)
        self._halves = [
            tuple(x.view(*self._shape[:3], -1).split(depth, -1))
            for x in (self._queries, self._keys, self._values)
        ]
        by_head = out.view(kinds, cells, tokens, heads, depth).transpose(2, 3)
        scores = buffers("scores", 2, prod(self._sizes()) * self._at_once * tokens)
        self._blocks = [
            [*self._views(*scores, by_head[:, :, k : k + self._at_once])]
            for k in range(0, heads, self._at_once)
        ]

    def __call__(self, state: Tensor, weights: Tensor, base: Tensor) -> None:
        """Attend with all heads.

        state: (n, B, S, D), differences to the base cell, if there are any, and tangents.
        weights: (H, 3 d, D); base: (3, H, S, d), of the base cell. Queries, of both, are scaled
        by d ** -0.5.
        """
        count = self._at_once
        for number, blocks in enumerate(self._blocks):
            heads = slice(number * count, (number + 1) * count)
            projected = self._product(state, weights[heads].flatten(0, 1), self._projected)
            self._pack(projected, base[:, heads])
            for block in blocks:
                self._attend(*block)

    def _sizes(self) -> tuple[int, int]:
        """Return how many cells and how many rows a block has."""
        cells, at_once, tokens, _ = self._shape
        if at_once > 1:
            return cells, tokens
        count = max(1, -(-tokens // max(LEAST_ROWS, self._budget // tokens)))
        rows = -(-tokens // count)
        most = min(cells, max(1, self._budget // (rows * tokens)))
        return -(-cells // -(-cells // most)), rows  # no small rest

    def _views(self, score: Tensor, slope: Tensor, out: Tensor) -> Iterator[tuple]:
        """Yield the arguments of every `_attend` of the heads that write `out` (n, B, h, S, d)."""
        cells, at_once, tokens, _ = self._shape
        if at_once > 1:
            mixers = tuple(x.transpose(-2, -1) for x in (self._values, self._value))
            p, dp = (x.view(-1, tokens, tokens) for x in (score, slope))
            yield (self._query, self._key, p), (self._queries, self._keys, dp), mixers, (*out,)
            return
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
                parts = tuple(x[:, 0][c][..., r, :] for x in out)
                yield (query, self._key[c], p), (queries, self._keys[c], dp), mixers, parts

    def _pack(self, projected: Tensor, base: Tensor) -> None:
        """Lay out the projections of h heads, adding the base (3, h, S, d) on the way."""
        cells, at_once, tokens, depth = self._shape
        by_kind = projected.view(-1, cells, tokens, at_once, 3, depth).permute(4, 0, 1, 3, 2, 5)
        wholes = [x.view(self._shape) for x in (self._query, self._key, self._value)]
        for start, part, whole in zip(base, by_kind, wholes, strict=True):
            if len(part) == 2:
                torch.add(part[0], start, out=whole)
            else:
                whole.copy_(start)
        (dq, q), (k, dk), (*v, dv) = self._halves
        for half, part in zip((dq, dk, dv), by_kind, strict=True):
            half.copy_(part[-1])
        for half, whole in zip((q, k, *v), wholes, strict=False):  # no value without a difference
            half.copy_(whole)

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
            out[0].copy_(mixed[0].view(out[0].shape))
        added = self._product(dp, mixers[1], None)
        torch.add(*(x.view(out[-1].shape) for x in (slope, added)), out=out[-1])


def attend_rows(state: Tensor | None, rows: Tensor, weights: Tensor, base: Tensor) -> Tensor:
    """Return what `BlockedAttention` gives for the tokens at positions `rows` alone, (n, B, R, D);
    arguments as there. state None: of the base cell itself, n = B = 1."""
    heads, depth = len(weights), base.shape[-1]
    query, key, value = (x.unsqueeze(0) for x in (base[0][:, rows], base[1], base[2]))
    if state is None:
        mixed = (query @ key.transpose(-2, -1)).softmax(-1) @ value
        return _joined(mixed.unsqueeze(0))

    def by_head(x: Tensor, kinds: int) -> Tensor:
        """(n, B, S, H k d) as (k, n, B, H, S, d)."""
        return x.view(*x.shape[:3], heads, kinds, depth).permute(4, 0, 1, 3, 2, 5)

    product = product_for(state)
    of_keys = weights[:, depth:].reshape(-1, weights.shape[-1])
    of_queries = weights[:, :depth].reshape(-1, weights.shape[-1])
    keys, values = by_head(product(state, of_keys, None), 2)
    (queries,) = by_head(product(state[:, :, rows].contiguous(), of_queries, None), 1)
    if len(state) == 2:
        query, key, value = query + queries[0], key + keys[0], value + values[0]
    parts = query.shape[-2] * key.shape[-2] * query[..., 0, 0].numel()
    size = max(LEAST_ROWS, len(rows) * SCORES.get(query.device.type, SCORES["cpu"]) // parts)
    blocks = zip(query.split(size, -2), queries[-1].split(size, -2))
    seen = (key, keys[-1]), (value, values[-1])
    mixed = [_attend_rows(block, *seen) for block in blocks]
    return _joined(torch.cat(mixed, -2)[-len(state) :])


def _attend_rows(queries: Pair, keys: Pair, values: Pair) -> Tensor:
    """Return (2, B, H, R, d), mixtures and their tangents, of queries (B, H, R, d) against keys and
    values (B, H, S, d), each beside its tangents."""
    (query, dq), (key, dk), (value, dv) = queries, keys, values
    p = (query @ key.transpose(-2, -1)).softmax(-1)
    slope = dq @ key.transpose(-2, -1) + query @ dk.transpose(-2, -1)
    dp = torch._softmax_backward_data(slope, p, -1, p.dtype)
    return torch.stack([p @ value, p @ dv + dp @ value])


def _joined(mixed: Tensor) -> Tensor:
    """(n, B, H, R, d) as (n, B, R, H d)."""
    return mixed.transpose(2, 3).flatten(-2).contiguous()


def _heads_at_once(heads: int, room: int) -> int:
    """Return how many of `heads` a block takes together, where there is `room` for so many: a
    divisor of `heads`, at least 1."""
    return max((h for h in range(1, heads + 1) if heads % h == 0 and h <= room), default=1)
