"""One encoder layer for a cell near a known baseline cell: what differs, and its derivative.

A state (n, B, S, D) holds the difference x - x_b to the baseline cell and the tangent dx (n = 2).
The difference is carried instead of x so that a small effect keeps all its digits. At the baseline
cell itself there is none: a state there holds the tangent alone (n = 1).
Letters: B cells, S tokens, D width, F feed-forward width.
"""

from __future__ import annotations

from copy import copy
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from ugrn_core.backbones.tangent.attention import BlockedAttention, attend_rows
from ugrn_core.backbones.tangent.buffers import Buffers, chunks
from ugrn_core.backbones.tangent.matrix_product import product_for
from ugrn_core.backbones.transformer import (
    ACTIVATIONS,
    EPS,
    LEAK,
    Affine,
    Layer,
    Stack,
    linear,
)


class Work:
    """The memory of a round, B cells at once; all layers use it.

    state, mixed, spare: (n, B, S, D); one: (B, S, D); hidden: (n, B, S, F).
    """

    def __init__(
        self, cells: int, shape: tuple[int, int, int, int], buffers: Buffers, parts: int = 2
    ) -> None:
        """Use `buffers` for `shape` = (S, D, F, H) and n = `parts`: one Work at a time."""
        tokens, width, inner, heads = shape
        kinds = (buffers(n, parts, cells, tokens, width) for n in ("state", "mixed", "spare"))
        self.state, self.mixed, self.spare = kinds
        self.one = buffers("one", cells, tokens, width)
        self.hidden = buffers("hidden", parts, cells, tokens, inner)
        self.attention = BlockedAttention((cells, tokens, width, heads), self.mixed, buffers)


class Rows:
    """The same memory for some tokens of a state, R of them: what `step` alone uses."""

    def __init__(self, state: Tensor, mixed: Tensor, inner: int) -> None:
        """Take state and mixed (n, B, R, D), which `step` writes to; inner: F."""
        self.state, self.mixed = state, mixed
        self.spare, self.one = torch.empty_like(state), torch.empty_like(state[0])
        self.hidden = state.new_empty(*state.shape[:-1], inner)


def norm_tangent(x: Tensor, tangent: Tensor, p: Affine) -> tuple[Tensor, Tensor]:
    """Return LayerNorm `p` of x (..., D) and its derivative along `tangent` (..., D)."""
    centred = x - x.mean(-1, keepdim=True)
    rstd = torch.rsqrt(centred.square().mean(-1, keepdim=True) + EPS)
    normal = centred * rstd
    slope = tangent - tangent.mean(-1, keepdim=True)
    slope = slope - normal * (normal * slope).mean(-1, keepdim=True)
    return normal * p.weight + p.bias, slope * rstd * p.weight


class NormBase:
    """A LayerNorm at the baseline: `normal` (S, D) before scale and shift, `rstd` (S, 1)."""

    def __init__(self, weight: Tensor, normal: Tensor) -> None:
        """Take the scale, and `normal` (S, D) to write to; `fill` sets the rows."""
        self.weight, self.normal = weight, normal
        self.rstd = normal.new_empty(len(normal), 1)

    def fill(self, rows: slice, x: Tensor, p: Affine) -> Tensor:
        """Return LayerNorm `p` of baseline tokens x (n, D) float64, and keep it for `rows`."""
        centred = x - x.mean(-1, keepdim=True)
        rstd = torch.rsqrt(centred.square().mean(-1, keepdim=True) + EPS)
        centred *= rstd
        self.normal[rows], self.rstd[rows] = centred, rstd
        return centred * p.weight + p.bias

    def at(self, rows: Tensor) -> Self:
        """Return the same for the tokens at positions `rows` alone."""
        few = copy(self)
        few.normal, few.rstd = self.normal[rows], self.rstd[rows]
        return few

    def step(self, state: Tensor, work: Tensor) -> None:
        """Replace `state` by what it is after the norm; `work` (B, S, D) is used."""
        *change, tangent = state
        tokens, rstd = self.normal.expand_as(tangent), self.rstd
        if change:
            tokens, factor = self._step_value(change[0], work)
            rstd = factor.mul_(self.rstd)
        # The Jacobian is symmetric: LayerNorm's backward kernel, for tokens of mean 0 and rstd 1.
        one = rstd.new_ones(*tokens.shape[:-1], 1)
        parts = tokens, tokens.shape[-1:], torch.zeros_like(one), one
        slope = torch.ops.aten.native_layer_norm_backward(
            tangent, *parts, None, None, [True, False, False]
        )[0]
        torch.mul(slope, rstd, out=tangent)
        state *= self.weight

    def _step_value(self, change: Tensor, work: Tensor) -> tuple[Tensor, Tensor]:
        """Replace `change` by the difference after the norm, before scale.

        Returns the new normalised tokens, in `work`, and rstd / rstd_b (B, S, 1).
        With z the centred difference times rstd_b and n_b the baseline, the variance grows by the
        factor 1 + r, r = mean(z (z + 2 n_b)); f = (1 + r)^-1/2 and f - 1 = -r f^2 / (1 + f)
        give n - n_b = f z + (f - 1) n_b: nothing cancels.
        """
        change -= change.mean(-1, keepdim=True)
        # With c the centred difference, r = 2 rstd_b mean(c (z / 2 + n_b)).
        torch.addcmul(self.normal, change, self.rstd, value=0.5, out=work).mul_(change)
        rise = work.mean(-1, keepdim=True).mul_(2 * self.rstd)
        factor = torch.rsqrt(1 + rise)
        lost = rise.mul_(factor.square()).div_(-1 - factor)
        change.mul_(self.rstd * factor).addcmul_(self.normal, lost)
        return torch.add(self.normal, change, out=work), factor


class LayerBase:
    """One layer's weights, the base cell on its way through it, and the step away from it."""

    def __init__(self, layer: Layer, stack: Stack, seen: Tensor) -> None:
        """Keep the weights of `layer` of `stack`, in the dtype and on the device of the steps.

        seen: (S (2 D + F),), where the base cell is kept.
        """
        self._kind, self._heads, self._pre_norm = stack.activation, stack.heads, stack.pre_norm
        self._out, self._linear1, self._linear2 = (
            p.weight for p in (layer.out, layer.linear1, layer.linear2)
        )
        self._product = product_for(self._out)
        inner, width = self._linear1.shape
        tokens = len(seen) // (2 * width + inner)
        self.norm1, self.norm2 = (
            NormBase(p.weight, part)
            for p, part in zip(
                (layer.norm1, layer.norm2),
                seen[: 2 * tokens * width].view(2, tokens, width),
            )
        )
        self.floor = seen[2 * tokens * width :].view(tokens, inner)

    def attend(self, x: Tensor, layer: Layer, work: Work, seen: Tensor) -> Tensor:
        """Return the attention (S, D) float64 of base tokens x, by the code of the steps: the same
        rounding on both sides of the difference cancels. Prepares `step_attention`.

        x: (S, D) float64, as attention reads them; `layer`: float64; seen: (4, S D), to keep the
        base cell in.
        """
        p, heads = layer.qkv, self._heads
        width, dtype = x.shape[1], self._out.dtype
        scales = torch.ones_like(p.bias)
        scales[:width] = (width // heads) ** -0.5
        # Softmax does not see a shift of all keys, nor the difference a shift of all values:
        # centring both at the base leaves small numbers, so small rounding errors.
        centre = linear(x.mean(0), p)
        centre[:width] = 0
        parts = (3, heads, width // heads)
        weight = (p.weight * scales.unsqueeze(1)).view(*parts, -1).transpose(0, 1)
        self._qkv = weight.to(dtype).flatten(1, 2)  # head by head
        self._base_qkv = seen[:3].view(*parts[:2], len(x), parts[2])
        for rows in chunks(len(x)):
            start = (linear(x[rows], p) - centre).mul_(scales)
            self._base_qkv[:, :, rows] = start.view(-1, *parts).permute(1, 2, 0, 3)
        work.state.zero_()
        work.attention(work.state, self._qkv, self._base_qkv)
        self._attended = seen[3].view(x.shape).copy_(work.mixed[0, 0])
        return self._attended.double() + centre[-width:]

    def finish(self, x: Tensor, attended: Tensor, layer: Layer) -> None:
        """Carry base tokens x to the next layer, in place; keep what norms and activation saw.

        x, attended (S, D) and `layer`: float64.
        """
        for rows in chunks(len(x)):
            if self._pre_norm:
                self.norm1.fill(rows, x[rows], layer.norm1)  # what attention read
            y = x[rows] + linear(attended[rows], layer.out)
            norm, p = (self.norm2, layer.norm2) if self._pre_norm else (self.norm1, layer.norm1)
            read = norm.fill(rows, y, p)
            before = linear(read, layer.linear1)
            self.floor[rows] = -before
            added = linear(ACTIVATIONS[self._kind](before), layer.linear2)
            if self._pre_norm:
                x[rows] = y + added
            else:
                x[rows] = self.norm2.fill(rows, read + added, layer.norm2)

    def step_attention(self, work: Work) -> None:
        """Write the step of this layer's attention into `work.mixed`."""
        state = work.state
        if self._pre_norm:
            state = work.spare.copy_(state)
            self.norm1.step(state, work.one)
        work.attention(state, self._qkv, self._base_qkv)
        if len(work.mixed) == 2:
            work.mixed[0] -= self._attended

    def at(self, rows: Tensor) -> Self:
        """Return the layer whose `step` carries the tokens at positions `rows` alone."""
        few = copy(self)
        few.norm1, few.norm2 = self.norm1.at(rows), self.norm2.at(rows)
        few.floor = self.floor[rows]
        return few

    def step_attention_of(self, rows: Tensor, work: Work) -> Tensor:
        """Return the step of this layer's attention for the tokens at `rows` alone, (n, B, R, D).

        All tokens give keys and values; of scores and mixtures a row each is computed, the base
        cell's by the same code, so that rounding cancels.
        """
        state = work.state
        if self._pre_norm:
            state = work.spare.copy_(state)
            self.norm1.step(state, work.one)
        mixed = attend_rows(state, rows, self._qkv, self._base_qkv)
        if len(mixed) == 2:
            mixed[0] -= attend_rows(None, rows, self._qkv, self._base_qkv)[0]
        return mixed

    def step(self, work: Work | Rows) -> None:
        """Carry `work.state` through the layer, given the step of its attention in `work.mixed`."""
        work.state += self._product(work.mixed, self._out, work.spare)
        read = work.spare.copy_(work.state) if self._pre_norm else work.state
        (self.norm2 if self._pre_norm else self.norm1).step(read, work.one)
        hidden = self._product(read, self._linear1, work.hidden)
        activate(self._kind, hidden, self.floor)
        work.state += self._product(hidden, self._linear2, work.spare)
        if not self._pre_norm:
            self.norm2.step(work.state, work.one)


def activate(kind: str, state: Tensor, floor: Tensor) -> None:
    """Replace pre-activations `state` (n, B, S, F) by what it is after the activation.

    floor: (S, F), the negative of the baseline's pre-activations. Raises KeyError for an unknown
    `kind`.
    """
    {"relu": _rectify, "leaky_relu": _rectify_leaky, "gelu": _gelu}[kind](state, floor)


def _rectify(state: Tensor, floor: Tensor) -> None:
    """max(h_b + c, 0) - max(h_b, 0) = max(c, -h_b) - max(-h_b, 0): exact where both are > 0."""
    *change, tangent = state
    new = change[0] - floor if change else -floor.expand_as(tangent)
    torch.ops.aten.threshold_backward.grad_input(tangent, new, 0, grad_input=tangent)
    if change:
        change[0].clamp_min_(floor).sub_(floor.clamp_min(0))


def _rectify_leaky(state: Tensor, floor: Tensor) -> None:
    *change, tangent = state
    new = change[0] - floor if change else -floor.expand_as(tangent)
    torch.ops.aten.leaky_relu_backward.grad_input(tangent, new, LEAK, False, grad_input=tangent)
    if change:
        rectified = torch.maximum(change[0], floor).sub_(floor.clamp_min(0))
        change[0].mul_(LEAK).add_(rectified, alpha=1 - LEAK)


def _gelu(state: Tensor, floor: Tensor) -> None:
    """Through float64: the difference of two gelus cancels."""
    *change, tangent = state
    start = -floor.double().expand_as(tangent)
    end = start + change[0] if change else start
    tangent.copy_(torch.ops.aten.gelu_backward(tangent, end.to(tangent.dtype)))
    if change:
        change[0].copy_(F.gelu(end) - F.gelu(start))
