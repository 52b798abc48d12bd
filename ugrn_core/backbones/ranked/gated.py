"""Geneformer's pass with a presence gate on one token: answers and their derivative, by hand.

The gate a adds log a to the scores of one key, in every layer: a tangent of 1 / a in a column of
scores, from which all other tangents follow. Maths: design notes models-fetch.md 1.4 and
models-formats.md 4.3. Letters: B shares of the gate, S tokens, D width, H heads, d of a head.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ugrn_core.backbones.ranked.bert import Bert, embed, gated
from ugrn_core.backbones.transformer import (
    ACTIVATIONS,
    LEAK,
    Affine,
    Layer,
    layer_norm,
    linear,
    project,
)

SLOPES: dict[str, Callable[[Tensor], Tensor]] = {  # the derivatives of transformer.ACTIVATIONS
    "relu": lambda x: (x > 0).to(x.dtype),
    "leaky_relu": lambda x: torch.where(x > 0, x.new_tensor(1.0), x.new_tensor(LEAK)),
    "gelu": lambda x: (
        0.5 * (1 + torch.erf(x / math.sqrt(2)))
        + x * torch.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    ),
}


def gated_logits(
    net: Bert, shown: Tensor, ids: Tensor, position: int, shares: Tensor
) -> tuple[Tensor, Tensor]:
    """Return (B, S) logits of the tokens `ids` (1, S) of a sequence that reads `shown` (1, S), and
    their derivatives by the gate on the token at `position`, at `shares` (B,) of it."""
    x, slope = embed(net, shown), None
    for p in net.layers:
        attended, tangent = _attend(net, p, x, slope, position=position, shares=shares)
        total = x + linear(attended, p.out)
        tangent = F.linear(tangent, p.out.weight)
        x, slope = _normalised(total, tangent if slope is None else slope + tangent, p.norm1, net)
        inner, tangent = _activated(net, x, slope, p.linear1)
        total, tangent = x + linear(inner, p.linear2), slope + F.linear(tangent, p.linear2.weight)
        x, slope = _normalised(total, tangent, p.norm2, net)
    x, slope = _normalised(*_activated(net, x, slope, net.transform), net.transform_norm, net)
    words = net.words[ids]
    return (x * words).sum(-1) + net.bias[ids], (slope * words).sum(-1)


def _attend(
    net: Bert,
    p: Layer,
    x: Tensor,
    slope: Tensor | None,
    *,
    position: int,
    shares: Tensor,
) -> tuple[Tensor, Tensor]:
    """Return attention (B, S, D) before the output projection, and its tangent. slope (B, S, D): of
    x; None in the first layer, whose input knows of no gate."""
    q, k, v = project(x, p, net.heads)
    scale, column = q.shape[-1] ** -0.5, gated(x.shape[1], position, shares)
    shares = shares[:, None, None, None]
    weights = (q * scale @ k.mT).add(column).softmax(-1)
    out = weights @ v
    if slope is None:  # only the gate's own column moves
        tangent = weights[..., position, None] / shares * (v[..., position, None, :] - out)
        return _joined(out), _joined(tangent)
    b, s, d = x.shape
    parts = F.linear(slope, p.qkv.weight).reshape(b, s, 3, net.heads, d // net.heads)
    dq, dk, dv = parts.permute(2, 0, 3, 1, 4)
    scores = torch.cat([dq, q], -1).mul_(scale) @ torch.cat([k, dk], -1).mT
    scores[..., position] += shares[..., 0] ** -1
    moved = scores.mul_(weights)
    moved -= weights * moved.sum(-1, keepdim=True)
    return _joined(out), _joined(torch.cat([weights, moved], -1) @ torch.cat([dv, v], -2))


def _joined(x: Tensor) -> Tensor:
    """Return the heads (B, H, S, d) side by side, (B, S, D)."""
    return x.transpose(1, 2).flatten(2)


def _activated(net: Bert, x: Tensor, slope: Tensor, p: Affine) -> tuple[Tensor, Tensor]:
    before = linear(x, p)
    tangent = F.linear(slope, p.weight).mul_(SLOPES[net.activation](before))
    return ACTIVATIONS[net.activation](before), tangent


def _normalised(x: Tensor, slope: Tensor, p: Affine, net: Bert) -> tuple[Tensor, Tensor]:
    """Return LayerNorm `p` of x (B, S, D), and its derivative along `slope`."""
    variance, mean = torch.var_mean(x, -1, correction=0, keepdim=True)
    rstd = torch.rsqrt(variance + net.eps)
    normal = (x - mean).mul_(rstd)
    tangent = slope - slope.mean(-1, keepdim=True)
    tangent -= normal * (normal * tangent).mean(-1, keepdim=True)
    return layer_norm(x, p, net.eps), tangent.mul_(rstd).mul_(p.weight)
