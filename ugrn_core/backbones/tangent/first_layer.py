"""The first layer's attention, from a cached baseline: one token changed, so one softmax entry.

Letters: k sources, c cells of each, S tokens, D width, H heads, d = D / H.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ugrn_core.backbones.tangent.buffers import chunks
from ugrn_core.backbones.transformer import Affine, Layer, cast, linear

HELD = 1e-6  # a source holds a row's attention when it leaves less than this to the others


class FirstAttention:
    """Attention of the first layer at the baseline, and its exact update when one token changes.

    Kept in float64: exp(s - m) overflows and Z - e cancels otherwise; the work is O(S D) a cell.
    `attended` (S, H, d) is the attention of the baseline cell.
    """

    def __init__(self, tokens: Tensor, layer: Layer, heads: int) -> None:
        """Attend at baseline `tokens` (S, D) float64."""
        count, width = tokens.shape
        p: Affine = cast(layer.qkv, torch.float64, tokens.device)
        depth = width // heads
        qkv = linear(tokens, p).view(count, 3, heads, depth)
        self._weight = p.weight
        self._scale = depth**-0.5
        self._query, self._key, self._value = qkv.unbind(1)  # (S, H, d) each
        self._total = qkv.new_empty(count, heads)  # log-sum-exp of the scores
        self.attended = torch.empty_like(self._value)
        for top in range(0, count, 64):
            rows = slice(top, top + 64)
            score = torch.einsum("rhd,shd->hrs", self._query[rows], self._key) * self._scale
            self._total[rows] = score.logsumexp(-1).T
            self.attended[rows] = torch.einsum("hrs,shd->rhd", score.softmax(-1), self._value)

    def __call__(
        self, sources: Sequence[int], change: Tensor, tangent: Tensor, out: Tensor
    ) -> None:
        """Write the change of attention, and its tangent, into `out` (2, k c, S, D); the tangent
        alone into an `out` (1, k c, S, D).

        sources: k positions of tokens that change; change, tangent: (k, c, D) float64, of
        the token there in its c cells; (1, c, D) where all sources change alike.
        """
        at = torch.tensor(sources, device=change.device)
        steps = torch.stack([change, tangent]) @ self._weight.T
        heads, depth = self._value.shape[1:]
        parts = steps.view(2, *change.shape[:2], 3, heads, depth).movedim(3, 1)
        (dq, dk, dv), (tq, tk, tv) = parts.expand(-1, -1, len(at), -1, -1, -1)
        cells = len(at) * change.shape[1]
        out = out.view(-1, len(at), *(change.shape[1], *out.shape[2:]))
        # All cells at once: in a small panel the number of calls would take the time.
        for rows in chunks(len(self._query), cells * heads * depth):
            both = self._others(rows, at, dk, dv, tk, tv)
            out[:, :, :, rows].copy_(both.flatten(-2)[-len(out) :])
        own = self._own(at, dq, dk, dv, tq, tk, tv).flatten(-2)[-len(out) :]
        for number, position in enumerate(sources):
            out[:, number, :, position] = own[:, number].to(out.dtype)

    def _others(self, rows: slice, at: Tensor, *steps: Tensor) -> Tensor:
        """Return (2, k, c, n, H, d) of `rows`: each loses one softmax entry and gains another."""
        dk, dv, tk, tv = steps
        query, base = self._query[rows], self.attended[rows]
        old = self._scores(query, self._key[at, None]) - self._total[rows]
        new = old + self._scores(query, dk)  # (k, c, n, H)
        top = new.clamp_min(0)
        rest = (1 - old.exp()) * (-top).exp()
        left, came = (old - top).exp(), new.sub_(top).exp_()
        total = rest.add_(came)  # of the new softmax, in units of the old one
        arrive = (self._value[at, None] + dv).unsqueeze(2) - base
        share = (came / total).unsqueeze(-1)
        both = arrive.new_empty(2, *arrive.shape)
        gain, stays = ((came - left) / total).unsqueeze(-1), (left / total).unsqueeze(-1)
        torch.mul(arrive, gain, out=both[0]).addcmul_(stays, dv.unsqueeze(2))
        slope = self._scores(query, tk).unsqueeze(-1)
        torch.mul(arrive.sub_(both[0]), slope, out=both[1]).add_(tv.unsqueeze(2)).mul_(share)
        for source, head in held_heads(old[:, 0] > -HELD):
            few = (old[source, 0, :, head] > -HELD).nonzero().flatten()
            for cell in range(dk.shape[1]):
                parts = (s[source, cell, head] for s in steps)
                anew = self._anew(rows.start + few, head, at[source], *parts)
                both[:, source, cell, few, head] = anew
        return both

    def _anew(self, rows: Tensor, head: int, at: Tensor, *steps: Tensor) -> Tensor:
        """Return (2, n, d) for rows whose attention the source held: 1 - old would cancel."""
        dk, dv, tk, tv = steps
        query = self._query[rows, head]
        score = query @ self._key[:, head].T
        score[:, at] += query @ dk
        p = (score * self._scale).softmax(-1)
        share = p[:, at, None]
        attended = p @ self._value[:, head] + share * dv
        slope = (query @ tk * self._scale).unsqueeze(-1)
        arrive = self._value[at, head] + dv - attended
        change = attended - self.attended[rows, head]
        return torch.stack([change, share * (slope * arrive + tv)])

    def _own(self, at: Tensor, *steps: Tensor) -> Tensor:
        """Return (2, k, c, H, d): the changed token has a new query, so a whole new row."""
        dq, dk, dv, tq, tk, tv = steps
        query = self._query[at, None] + dq
        score, slope = torch.einsum("xkchd,shd->xkchs", torch.stack([query, tq]), self._key)
        own = at.view(-1, 1, 1, 1).expand(*query.shape[:3], 1)  # its place in its row
        score.scatter_add_(-1, own, (query * dk).sum(-1, keepdim=True))
        slope.scatter_add_(-1, own, (tq * dk + query * tk).sum(-1, keepdim=True))
        p = score.mul_(self._scale).softmax(-1)
        slope *= self._scale
        dp = p * (slope - (p * slope).sum(-1, keepdim=True))
        attended, dattended = torch.einsum("xkchs,shd->xkchd", torch.stack([p, dp]), self._value)
        share = p.gather(-1, own)
        attended += share * dv
        dattended += dp.gather(-1, own) * dv + share * tv
        return torch.stack([attended - self.attended[at, None], dattended])

    def _scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return the (k, c, n, H) scaled scores of baseline queries (n, H, d) with keys (k, c, H,
        d)."""
        product = torch.matmul(query.transpose(0, 1), keys.flatten(0, 1).permute(1, 2, 0))
        scores = product.permute(2, 1, 0) * self._scale  # from (H, n, k c)
        return scores.unflatten(0, keys.shape[:2])


def held_heads(held: Tensor) -> list[list[int]]:
    """Return [source, head] of those of which any row is held; held: (k, n, H)."""
    return held.any(1).nonzero().tolist()
