"""The pretraining readout of scGPT and Tahoe-x1: queried genes without a value beside a known cell.

Design notes backbones.md 1.7. B cells, S known tokens, Q queried tokens, D width, H heads.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ugrn_core.backbones.transformer import (
    Layer,
    Transformer,
    attend,
    attention_input,
    decode,
    feed_forward,
    linear,
    project,
)


def generate(net: Transformer, known: Tensor, queries: Tensor) -> Tensor:
    """Return the (B, Q) reconstruction of `queries` (Q, D) beside the `known` tokens (B, S, D).

    A query attends to all known tokens and to itself, never to other queries, and the known
    tokens never see a query. Differentiable in `known`, in forward and reverse mode.
    """
    queries = queries.expand(known.shape[0], *queries.shape)
    for p in net.layers:
        tokens = attention_input(net, known, p)
        attended = attend_known(tokens, attention_input(net, queries, p), p, net.heads)
        # A quirk of scGPT's original: its queries skip the output projection.
        attended = linear(attended, p.out) if net.queries_projected else attended
        queries = feed_forward(net, queries, attended, p)
        known = feed_forward(net, known, linear(attend(tokens, p, net.heads), p.out), p)
    return decode(net, queries)


def attend_known(known: Tensor, queries: Tensor, p: Layer, heads: int) -> Tensor:
    """Return the (B, Q, D) attention of each query over the known tokens and itself."""
    _, known_key, known_value = project(known, p, heads)
    query, key, value = project(queries, p, heads)
    scores = query @ known_key.transpose(-1, -2)  # (B, H, Q, S)
    own = (query * key).sum(-1, keepdim=True)
    weights = (torch.cat([scores, own], -1) * query.shape[-1] ** -0.5).softmax(-1)
    mixed = weights[..., :-1] @ known_value + weights[..., -1:] * value  # (B, H, Q, d)
    return mixed.transpose(1, 2).reshape(queries.shape)
