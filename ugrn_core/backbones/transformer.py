"""The transformer that scGPT, scBenchmark and Tahoe-x1 share: weights and the plain forward pass.

Letters: B cells, S tokens, D width, H heads, F feed-forward width, G genes.
Maths: design notes backbones.md 1.3 (scGPT, post-norm), 2.3 (scBenchmark, post-norm) and
models-fetch.md 3 (Tahoe-x1, pre-norm).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Protocol, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

CLAMP = 512.0  # the value encoders of both models clamp from above, and only from above
LEAK = 0.01
EPS = 1e-5
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "leaky_relu": lambda x: F.leaky_relu(x, LEAK),
}
T = TypeVar("T")


@dataclass(frozen=True)
class Affine:
    """A Linear (weight (out, in)) or a LayerNorm scale and shift (weight (D,))."""

    weight: Tensor
    bias: Tensor


@dataclass(frozen=True)
class BatchNorm:
    """Evaluation-mode BatchNorm over channels."""

    weight: Tensor
    bias: Tensor
    mean: Tensor
    var: Tensor
    eps: float = 6.1e-5


@dataclass(frozen=True)
class Layer:
    """One encoder layer. `qkv` rows: query, key, value of D each; head h owns rows h*d..(h+1)*d."""

    qkv: Affine
    out: Affine
    linear1: Affine
    linear2: Affine
    norm1: Affine
    norm2: Affine


class Stack(Protocol):
    """Encoder layers and how they are put together; see `Transformer`."""

    @property
    def heads(self) -> int: ...
    @property
    def layers(self) -> tuple[Layer, ...]: ...
    @property
    def activation(self) -> str: ...
    @property
    def pre_norm(self) -> bool: ...


@dataclass(frozen=True)
class Transformer:
    """All weights between a gene vector plus a value and the reconstruction.

    decoder: hidden layers, then the last, (1, D). activation: of the feed-forward parts; the value
    encoder and the decoder have their own. pre_norm: layers normalise what they read, not what
    they add up; `final_norm` then closes the stack. queries_projected: whether a queried token's
    attention goes through the output projection (`generative.py`).
    """

    heads: int
    value1: Affine
    value2: Affine
    value_norm: Affine | None
    batch_norm: BatchNorm | None
    layers: tuple[Layer, ...]
    decoder: tuple[Affine, ...]
    activation: str = "relu"
    value_activation: str = "relu"
    decoder_activation: str = "leaky_relu"
    clamp: float = CLAMP
    pre_norm: bool = False
    final_norm: Affine | None = None
    queries_projected: bool = False

    @property
    def width(self) -> int:
        """Model width D."""
        return self.value2.weight.shape[0]


def cast(weights: T, dtype: torch.dtype, device: torch.device | str = "cpu") -> T:
    """Return a copy of a weight tree with every tensor in `dtype` on `device`."""
    if isinstance(weights, Tensor):
        return weights.to(device=device, dtype=dtype)
    if isinstance(weights, tuple):
        return tuple(cast(w, dtype, device) for w in weights)
    if is_dataclass(weights):
        parts = {f.name: cast(getattr(weights, f.name), dtype, device) for f in fields(weights)}
        return replace(weights, **parts)
    return weights


def linear(x: Tensor, p: Affine) -> Tensor:
    """x @ weight' + bias."""
    return F.linear(x, p.weight, p.bias)


def layer_norm(x: Tensor, p: Affine, eps: float = EPS) -> Tensor:
    """LayerNorm over the last axis, biased variance."""
    return F.layer_norm(x, (x.shape[-1],), p.weight, p.bias, eps)


def encode_values(net: Transformer, values: Tensor) -> Tensor:
    """Return the (..., D) value vectors of `values` (...)."""
    # Not torch.clamp: its derivative at the bound differs between autograd modes; here it is 1.
    u = torch.where(values > net.clamp, torch.full_like(values, net.clamp), values)
    hidden = ACTIVATIONS[net.value_activation](linear(u.unsqueeze(-1), net.value1))
    e = linear(hidden, net.value2)
    return e if net.value_norm is None else layer_norm(e, net.value_norm)


def normalise_input(net: Transformer, x: Tensor) -> Tensor:
    """Apply the input BatchNorm of some fine-tuned scGPT models, if there is one."""
    bn = net.batch_norm
    if bn is None:
        return x
    return (x - bn.mean) / torch.sqrt(bn.var + bn.eps) * bn.weight + bn.bias


def project(x: Tensor, p: Layer, heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return query, key and value of tokens (B, S, D), each (B, H, S, D/H)."""
    b, s, d = x.shape
    q, k, v = linear(x, p.qkv).reshape(b, s, 3, heads, d // heads).permute(2, 0, 3, 1, 4)
    return q, k, v


def attend(x: Tensor, p: Layer, heads: int, bias: Tensor | None = None) -> Tensor:
    """Return self-attention (B, S, D) before the output projection; all tokens see all tokens.

    bias: added to the scores (B, H, S, S), query by key. Explicit softmax, not SDPA: its fused
    kernels have no forward-mode derivative.
    """
    q, k, v = project(x, p, heads)
    scores = (q @ k.transpose(-1, -2)) * q.shape[-1] ** -0.5  # (B, H, S, S)
    scores = scores if bias is None else scores + bias
    return (scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape)


def attention_input(net: Stack, x: Tensor, p: Layer) -> Tensor:
    """Return what layer `p` attends to: tokens x (..., D), normalised first in pre-norm stacks."""
    return layer_norm(x, p.norm1) if net.pre_norm else x


def feed_forward(net: Stack, x: Tensor, attended: Tensor, p: Layer) -> Tensor:
    """Return the rest of layer `p`, given the projected attention output."""
    x = x + attended
    if not net.pre_norm:
        x = layer_norm(x, p.norm1)
    before = layer_norm(x, p.norm2) if net.pre_norm else x
    x = x + linear(ACTIVATIONS[net.activation](linear(before, p.linear1)), p.linear2)
    return x if net.pre_norm else layer_norm(x, p.norm2)


def encode(net: Stack, x: Tensor, layers: int | None = None) -> Tensor:
    """Run the first `layers` (default all) encoder layers on tokens (B, S, D)."""
    for p in net.layers[:layers]:
        attended = attend(attention_input(net, x, p), p, net.heads)
        x = feed_forward(net, x, linear(attended, p.out), p)
    return x


def decode(net: Transformer, x: Tensor) -> Tensor:
    """Return the (...,) reconstruction of tokens (..., D), as the last layer leaves them."""
    if net.final_norm is not None:
        x = layer_norm(x, net.final_norm)
    *hidden, last = net.decoder
    for p in hidden:
        x = ACTIVATIONS[net.decoder_activation](linear(x, p))
    return linear(x, last).squeeze(-1)
