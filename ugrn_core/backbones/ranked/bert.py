"""The post-norm BERT that Geneformer is: weights and the plain forward pass.

Letters: B cells, S tokens, D width, V tokens of the vocabulary, L layers.
Maths: design notes models-formats.md 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ugrn_core.backbones.transformer import (
    ACTIVATIONS,
    Affine,
    Layer,
    attend,
    layer_norm,
    linear,
    project,
)


@dataclass(frozen=True)
class Bert:
    """words (V, D), positions (P, D), kind (D,): added up and normalised. transform, then its
    norm, then `words` once more and bias (V,): the answer for a token."""

    words: Tensor
    positions: Tensor
    kind: Tensor
    norm: Affine
    layers: tuple[Layer, ...]
    transform: Affine
    transform_norm: Affine
    bias: Tensor
    heads: int
    eps: float
    activation: str = "relu"


Gate = tuple[int, Tensor] | None  # (position of a token, share (B,) of it that is there)


def embed(net: Bert, ids: Tensor) -> Tensor:
    """Return the (B, S, D) vectors that the first layer reads, of sequences ids (B, S)."""
    x = net.words[ids] + net.positions[: ids.shape[1]] + net.kind
    return layer_norm(x, net.norm, net.eps)


def hidden_states(net: Bert, ids: Tensor, layers: int | None = None, gate: Gate = None) -> Tensor:
    """Return (B, S, D) after the first `layers` (default all) layers, of sequences ids (B, S).

    gate: how far all see one of the tokens, see `gated`.
    """
    x = embed(net, ids)
    bias = None if gate is None else gated(ids.shape[1], *gate)
    for p in net.layers[:layers]:
        x = layer_norm(x + linear(attend(x, p, net.heads, bias), p.out), p.norm1, net.eps)
        inner = ACTIVATIONS[net.activation](linear(x, p.linear1))
        x = layer_norm(x + linear(inner, p.linear2), p.norm2, net.eps)
    return x


def mean_attention(net: Bert, ids: Tensor) -> Tensor:
    """Return the attention (B, S, S) of sequences ids (B, S), mean over layers and heads."""
    total = 0
    for number, p in enumerate(net.layers):
        query, key, _ = project(hidden_states(net, ids, number), p, net.heads)
        total = total + (query @ key.mT * key.shape[-1] ** -0.5).softmax(-1).mean(1)
    return total / len(net.layers)


def gated(tokens: int, position: int, share: Tensor) -> Tensor:
    """Return (B, 1, 1, S) to add to every query's scores: log(share) (B,) at `position`, else 0.

    share 1 is the model itself; towards 0 the token is gone, though the others keep their places.
    """
    here = torch.zeros(tokens, dtype=share.dtype)
    here[position] = 1
    return here * share.log()[:, None, None, None]


def token_logits(net: Bert, x: Tensor, ids: Tensor) -> Tensor:
    """Return (B, S): at every place of x (B, S, D) the logit of that place's token in `ids`."""
    answer = ACTIVATIONS[net.activation](linear(x, net.transform))
    answer = layer_norm(answer, net.transform_norm, net.eps)
    return (answer * net.words[ids]).sum(-1) + net.bias[ids]
