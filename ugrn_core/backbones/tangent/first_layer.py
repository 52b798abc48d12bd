"""The first layer's attention, from a cached baseline: one token changed, so one softmax entry.

Letters: B cells, S tokens, D width, H heads, d = D / H.
"""

from __future__ import annotations

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
        self, at: int, change: Tensor, tangent: Tensor, out: Tensor, wanted: Tensor | None = None
    ) -> Tensor:
        """Write the change of attention, and its tangent, into `out` (2, B, S, D); the tangent
        alone into an `out` (1, B, S, D).

        change, tangent: (B, D) float64, of the token at position `at`. wanted: positions of R
        tokens, for an `out` (n, B, R, D) of them alone.
        """
        steps = torch.stack([change, tangent]) @ self._weight.T
        heads, depth = self._value.shape[1:]
        (dq, dk, dv), (tq, tk, tv) = steps.view(2, -1, 3, heads, depth).transpose(1, 2)
        # All cells at once: of a small panel their number of calls would be what takes the time.
        for part in chunks(out.shape[2], len(change)):
            rows = part if wanted is None else wanted[part]
            both = self._others(rows, at, dk, dv, tk, tv)
            out[:, :, part].copy_(both.flatten(-2)[-len(out) :])
        own = [at] if wanted is None else (wanted == at).nonzero().flatten().tolist()
        if own:
            both = self._own(at, dq, dk, dv, tq, tk, tv).flatten(-2)[-len(out) :]
            out[:, :, own] = both.unsqueeze(2).to(out.dtype)
        return out

    def _others(self, rows: slice | Tensor, at: int, *steps: Tensor) -> Tensor:
        """Return (2, B, n, H, d) of `rows`: each loses one softmax entry and gains another."""
        dk, dv, tk, tv = steps
        query, base = self._query[rows], self.attended[rows]
        old = self._scores(query, self._key[at, None])[0] - self._total[rows]
        new = old + self._scores(query, dk)  # (B, n, H)
        top = new.clamp_min(0)
        rest = (1 - old.exp()) * (-top).exp()
        left, came = (old - top).exp(), new.sub_(top).exp_()
        total = rest.add_(came)  # of the new softmax, in units of the old one
        arrive = (self._value[at] + dv).unsqueeze(1) - base
        share = (came / total).unsqueeze(-1)
        both = arrive.new_empty(2, *arrive.shape)
        gain, stays = ((came - left) / total).unsqueeze(-1), (left / total).unsqueeze(-1)
        torch.mul(arrive, gain, out=both[0]).addcmul_(stays, dv.unsqueeze(1))
        slope = self._scores(query, tk).unsqueeze(-1)
        torch.mul(arrive.sub_(both[0]), slope, out=both[1]).add_(tv.unsqueeze(1)).mul_(share)
        held = old > -HELD
        for head in held_heads(held):
            few = held[:, head].nonzero().flatten()
            for cell in range(len(dk)):
                parts = (s[cell, head] for s in steps)
                places = few + rows.start if isinstance(rows, slice) else rows[few]
                both[:, cell, few, head] = self._anew(places, head, at, *parts)
        return both

    def _anew(self, rows: Tensor, head: int, at: int, *steps: Tensor) -> Tensor:
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

    def _own(self, at: int, *steps: Tensor) -> Tensor:
        """Return (2, B, H, d): the changed token has a new query, so a whole new row."""
        dq, dk, dv, tq, tk, tv = steps
        query = self._query[at] + dq
        score, slope = torch.einsum("xbhd,shd->xbhs", torch.stack([query, tq]), self._key)
        score[..., at] += (query * dk).sum(-1)
        slope[..., at] += (tq * dk + query * tk).sum(-1)
        p = score.mul_(self._scale).softmax(-1)
        slope *= self._scale
        dp = p * (slope - (p * slope).sum(-1, keepdim=True))
        attended, dattended = torch.einsum("xbhs,shd->xbhd", torch.stack([p, dp]), self._value)
        attended += p[..., at, None] * dv
        dattended += dp[..., at, None] * dv + p[..., at, None] * tv
        return torch.stack([attended - self.attended[at], dattended])

    def _scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return the (B, n, H) scaled scores of baseline queries (n, H, d) with B keys (H, d)."""
        product = torch.matmul(query.transpose(0, 1), keys.permute(1, 2, 0))  # (H, n, B)
        return product.permute(2, 1, 0) * self._scale


def held_heads(held: Tensor) -> list[int]:
    """Return the heads (columns) of which any row is held."""
    return held.any(0).nonzero().flatten().tolist()
