"""A Performer near a known baseline cell: what changed tokens change, and the derivative.

Exact and linear in the tokens: FAVOR+ (`network.py`) with every rule written out, value
and tangent together, in blocks of rows. As in `layer.py` the difference to the baseline cell is
carried, not the value, so that small effects keep their digits.
Letters: B cells at a time, N tokens, D width, H heads, d of a head, M random features, R rows of a
block. A trailing _b marks the baseline cell.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ugrn_core.backbones.performer.network import FLOOR, PerformerLayer, log_features
from ugrn_core.backbones.tangent.layer import NormBase, activate
from ugrn_core.backbones.transformer import Affine, cast, linear

FEATURES_AT_ONCE = 600_000  # features of all cells that a block holds: what the caches bear
HIDDEN_AT_ONCE = 2_000_000  # numbers of the feed-forward part that a block holds
LEAST_ROWS = 16
BASE_ROWS = 1024


class PerformerSteps:
    """The layers, the baseline cell on its way through them, and the steps away from it.

    base: (N, D) float64, what the layers and `norms` make of the baseline cell.
    """

    def __init__(
        self,
        layers: tuple[PerformerLayer, ...],
        tokens: Tensor,
        dtype: torch.dtype,
        norms: tuple[Affine, ...] = (),
    ) -> None:
        """Run the base cell `tokens` (N, D) float64 through the layers; keep what steps need."""
        self._layers, x = [], tokens.clone()
        for p in layers:
            self._layers.append(_Layer(p, x, dtype))
        self._norms = []
        for p in norms:
            norm, x = _norm(x, cast(p, torch.float64), dtype)
            self._norms.append(norm)
        self.base = x

    def __call__(self, state: Tensor) -> Tensor:
        """Carry state (2, B, N, D), differences and tangents, through all layers, in place."""
        work = torch.empty_like(state[0])
        for layer in self._layers:
            layer.step(state, work)
        for norm in self._norms:
            norm.step(state, work)
        return state


class _Layer:
    """One layer's weights in the dtype of the steps, and the base cell as its parts saw it."""

    def __init__(self, p: PerformerLayer, x: Tensor, dtype: torch.dtype) -> None:
        """Carry base tokens x (N, D) float64 to the next layer, in place."""
        exact = cast(p, torch.float64)
        self._p: PerformerLayer = cast(p, dtype)
        self._norm1, y = _norm(x, exact.norm1, dtype)
        self._heads = [_Head(self._p, h) for h in range(p.heads)]
        x += linear(self._attend(y, exact, dtype), exact.out)
        self._norm2, y = _norm(x, exact.norm2, dtype)
        for rows in _blocks(len(x), BASE_ROWS):
            hidden = torch.nn.functional.gelu(linear(y[rows], exact.linear1))
            x[rows] += linear(hidden, exact.linear2)

    def _attend(self, y: Tensor, exact: PerformerLayer, dtype: torch.dtype) -> Tensor:
        """Return the base cell's attention (N, H d) float64; set what the heads keep of it."""
        heads = [_Head(exact, h) for h in range(exact.heads)]
        self._top = max(float(h.highest(y)) for h in heads)
        mixed = []
        for ours, head in zip(self._heads, heads):
            head.sum_keys(y, self._top)
            ours.key_sums, ours.value_sum = head.key_sums.to(dtype), head.value_sum.to(dtype)
            mixed.append(head.attend(y))
        return torch.cat(mixed, -1)

    def step(self, state: Tensor, work: Tensor) -> None:
        """Carry `state` (2, B, N, D) through the layer; `work` (B, N, D) is used."""
        y = state.clone()
        self._norm1.step(y, work)
        state += self._step_attention(y) @ self._p.out.weight.T
        y.copy_(state)
        self._norm2.step(y, work)
        norm, p = self._norm2, self._p
        cells, inner = y.shape[1], len(p.linear1.bias)
        for rows in _blocks(y.shape[2], max(1, HIDDEN_AT_ONCE // (cells * inner))):
            before = linear(norm.normal[rows] * p.norm2.weight + p.norm2.bias, p.linear1)
            hidden = y[:, :, rows] @ p.linear1.weight.T
            activate("gelu", hidden, -before)
            state[:, :, rows] += hidden @ p.linear2.weight.T

    def _step_attention(self, y: Tensor) -> Tensor:
        """Return the step (2, B, N, H d) of attention, given normalised tokens' steps y."""
        p = self._p
        base = self._norm1.normal * p.norm1.weight + p.norm1.bias  # (N, D)
        sums = [head.step_keys(y, base, self._top) for head in self._heads]
        top, slope = _highest([s.top for s in sums])
        mixed = y.new_empty(*y.shape[:-1], len(p.qkv) // 3)
        for number, (head, keys) in enumerate(zip(self._heads, sums, strict=True)):
            depth = p.projection.shape[1]
            out = mixed[..., number * depth : (number + 1) * depth]
            head.step_queries(y, base, keys.total(head, top, slope), out)
        return mixed


def _highest(tops: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Return of every cell the greatest rise (B,) of the key maximum of all heads, its tangent."""
    rises, slopes = (torch.stack(part) for part in zip(*tops))
    top, at = rises.max(0)
    return top, slopes.gather(0, at[None])[0]


class _KeySums:
    """One head's sums over keys, steadied by the base cell's maximum.

    changed, sloped (B, M, d + 1): of the features' change and tangent times [value, 1];
    moved, moved_slope (B, M, d): of base features times the values' change, and of features times
    the values' tangent; values, value_slopes (B, d): sums of those; top: greatest rise of a key
    over the base maximum (B,), and the tangent there.
    """

    def __init__(self, head: _Head, cells: int) -> None:
        (features, wide), like = head.key_sums.shape, head.key_sums
        self.changed, self.sloped = like.new_zeros(2, cells, features, wide)
        self.moved, self.moved_slope = like.new_zeros(2, cells, features, wide - 1)
        self.values, self.value_slopes = like.new_zeros(2, cells, wide - 1)
        self.top = like.new_full((cells,), -torch.inf), like.new_zeros(cells)

    def total(self, head: _Head, top: Tensor, slope: Tensor) -> tuple[Tensor, Tensor]:
        """Return the change and the tangent, (B, M, d + 1) each, of the sum over all keys.

        top, slope (B,): the rise of the maximum that steadies the keys, and its tangent.
        """
        shrink = torch.exp(-top)[:, None, None]
        lost = torch.expm1(-top)[:, None, None]
        change = self.changed * shrink + head.key_sums * lost
        change[..., :-1] += self.moved * shrink
        steady = head.key_sums + change  # without the floor
        tangent = self.sloped * shrink - slope[:, None, None] * steady
        tangent[..., :-1] += self.moved_slope * shrink
        change[..., :-1] += FLOOR * self.values[:, None]
        tangent[..., :-1] += FLOOR * self.value_slopes[:, None]
        return change, tangent


class _Head:
    """One head's weights, and the base cell's sums over keys.

    key_sums: (M, d + 1), features times [value, 1] without the floor; value_sum: (d,).
    """

    key_sums: Tensor
    value_sum: Tensor

    def __init__(self, p: PerformerLayer, number: int) -> None:
        depth = p.projection.shape[1]
        inner = len(p.qkv) // 3
        rows = [
            slice(k * inner + number * depth, k * inner + (number + 1) * depth) for k in (0, 1, 2)
        ]
        self._weights = [p.qkv[r] for r in rows]
        self._biases = [None if p.qkv_bias is None else p.qkv_bias[r] for r in rows]
        self._projection, self._scale = p.projection, depth**-0.25
        self._scaled = p.projection * self._scale  # of unscaled rows the logarithms of features

    def _project(self, y: Tensor, which: int) -> Tensor:
        return torch.nn.functional.linear(y, self._weights[which], self._biases[which])

    def highest(self, y: Tensor) -> Tensor:
        """Return the greatest key logarithm of base tokens y (N, D)."""
        return torch.stack(
            [
                log_features(self._project(y[rows], 1), self._projection)[0].amax()
                for rows in _blocks(len(y), BASE_ROWS)
            ]
        ).amax()

    def sum_keys(self, y: Tensor, top: float) -> None:
        """Set the sums over the keys of base tokens y (N, D)."""
        self.key_sums, self.value_sum = 0, 0
        for rows in _blocks(len(y), BASE_ROWS):
            value = _with_one(self._project(y[rows], 2))
            self.key_sums = self.key_sums + self._key_features(y[rows], top).T @ value
            self.value_sum = self.value_sum + value.sum(0)[:-1]
        self._count = len(y)

    def _key_features(self, y: Tensor, top: float) -> Tensor:
        u, half = log_features(self._project(y, 1), self._projection)
        return (u - half - top).exp_()

    def attend(self, y: Tensor) -> Tensor:
        """Return the head's attention (N, d) of base tokens y (N, D)."""
        sums = self._floored(len(y))
        return torch.cat(
            [_ratio(self._query_features(y[rows])[0] @ sums) for rows in _blocks(len(y), BASE_ROWS)]
        )

    def _floored(self, tokens: int) -> Tensor:
        """Return the base cell's sums with the floor under every feature."""
        sums = self.key_sums.clone()
        sums[:, :-1] += FLOOR * self.value_sum
        sums[:, -1] += FLOOR * tokens
        return sums

    def _query_features(self, y: Tensor) -> tuple[Tensor, ...]:
        """Return of tokens y (R, D): features (R, M), those without the floor, logarithms less
        their maximum, queries (R, d)."""
        query = self._project(y, 0)
        u, half = log_features(query, self._projection)
        u -= u.amax(-1, keepdim=True)
        bare = (u - half).exp_()
        return bare + FLOOR, bare, u, query

    def step_keys(self, y: Tensor, base: Tensor, top: float) -> _KeySums:
        """Return the sums over keys for steps y (2, B, N, D) of normalised base tokens (N, D)."""
        _, cells, tokens, _ = y.shape
        sums = _KeySums(self, cells)
        features = len(self._projection)
        for rows in _blocks(tokens, max(LEAST_ROWS, FEATURES_AT_ONCE // (cells * features))):
            here = y[:, :, rows]
            key_b, value_b = self._project(base[rows], 1), self._project(base[rows], 2)
            u_b, half_b = log_features(key_b, self._projection)
            u_b -= top
            bare = (u_b - half_b).exp_()  # (R, M)
            change, slope, rise, rise_slope = self._log_steps(here, key_b, 1)
            _raise_top(sums, rise + u_b, rise_slope)
            change = change.expm1_().mul_(bare)  # of the features, (B, R, M)
            slope *= change + bare
            dv, tv = (part @ self._weights[2].T for part in here)
            value = _with_one(dv + value_b)
            sums.changed += change.mT @ value
            sums.sloped += slope.mT @ value
            sums.moved += (
                (bare.T @ dv.transpose(0, 1).flatten(1)).view(features, cells, -1).transpose(0, 1)
            )
            sums.moved_slope += (change.add_(bare)).mT @ tv
            sums.values += dv.sum(1)
            sums.value_slopes += tv.sum(1)
        return sums

    def _log_steps(self, here: Tensor, base: Tensor, which: int) -> tuple[Tensor, ...]:
        """Return the change and tangent of the features' logarithms u - |x|^2 / 2, then of u alone.

        here (2, B, R, D): steps of tokens; base (R, d): queries (0) or keys (1) they start from.
        All results (B, R, M).
        """
        moved, sloped = here @ self._weights[which].T  # (B, R, d)
        rise, rise_slope = moved @ self._scaled.T, sloped @ self._scaled.T
        square = self._scale**2
        half = ((base + moved / 2) * moved).sum(-1, keepdim=True) * square
        half_slope = ((base + moved) * sloped).sum(-1, keepdim=True) * square
        return rise - half, rise_slope - half_slope, rise, rise_slope

    def step_queries(
        self, y: Tensor, base: Tensor, total: tuple[Tensor, Tensor], out: Tensor
    ) -> None:
        """Write the step of the head's attention into `out` (2, B, N, d).

        y (2, B, N, D): steps of normalised base tokens (N, D); total: change and tangent of the
        sums over keys, (B, M, d + 1) each.
        """
        _, cells, tokens, _ = y.shape
        features, wide = self.key_sums.shape
        whole_b = self._floored(tokens)
        whole = whole_b + total[0]
        flat = [t.transpose(0, 1).flatten(1) for t in total]  # (M, B (d + 1))
        for rows in _blocks(tokens, max(LEAST_ROWS, FEATURES_AT_ONCE // (cells * features))):
            floored, bare, u, query = self._query_features(base[rows])
            start = floored @ whole_b  # (R, d + 1)
            attended = _ratio(start)
            change, slope, rise, rise_slope = self._log_steps(y[:, :, rows], query, 0)
            top, at = (rise.add_(u)).max(-1, keepdim=True)
            slope -= rise_slope.gather(-1, at)
            change = (change - top).expm1_().mul_(bare)
            slope *= change + bare
            by_sums, slope_by_sums = (
                (floored @ f).view(-1, cells, wide).transpose(0, 1) for f in flat
            )
            risen = change @ whole + by_sums
            sloped = slope @ whole + slope_by_sums + change @ total[1]
            below = start[:, -1:] + risen[..., -1:]
            step = (risen[..., :-1] - attended * risen[..., -1:]) / below
            out[0, :, rows] = step
            out[1, :, rows] = (sloped[..., :-1] - (attended + step) * sloped[..., -1:]) / below


def _raise_top(sums: _KeySums, rise: Tensor, slope: Tensor) -> None:
    """Note the greatest `rise` (B, R, M) of a key over the base maximum, and its tangent."""
    here, at = rise.flatten(1).max(1)
    there = slope.flatten(1).gather(1, at[:, None])[:, 0]
    top, top_slope = sums.top
    higher = here > top
    sums.top = torch.where(higher, here, top), torch.where(higher, there, top_slope)


def _norm(x: Tensor, p: Affine, dtype: torch.dtype) -> tuple[NormBase, Tensor]:
    """Return LayerNorm `p` (float64) at base tokens x (N, D), kept in `dtype`, and its output."""
    norm = NormBase(p.weight.to(dtype), torch.empty_like(x, dtype=dtype))
    return norm, norm.fill(slice(None), x, cast(p, torch.float64))


def _with_one(value: Tensor) -> Tensor:
    return torch.cat([value, value.new_ones(*value.shape[:-1], 1)], -1)


def _ratio(sums: Tensor) -> Tensor:
    """Return attention (..., d) from numerators and denominator (..., d + 1)."""
    return sums[..., :-1] / sums[..., -1:]


def _blocks(tokens: int, rows: int) -> Iterator[slice]:
    return (slice(top, min(top + rows, tokens)) for top in range(0, tokens, rows))
