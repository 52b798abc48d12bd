"""The Performer (FAVOR+) that scBERT is made of and scFoundation decodes with: weights, plain pass.

Letters: B cells, N tokens, D width, H heads, d of a head, M random features, F feed-forward width.
Maths: design notes models-formats.md 1. The maximum that steadies the keys is taken per cell, as
the original does for a cell alone: there it couples the cells of a batch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ugrn_core.backbones.checkpoint import Checkpoint
from ugrn_core.backbones.transformer import Affine, layer_norm, linear
from ugrn_core.errors import CheckpointError

FLOOR = 1e-4  # what the original adds to every feature
TOKENS_AT_ONCE = 20_000  # of all cells together, in a plain pass: bounds its memory


@dataclass(frozen=True)
class PerformerLayer:
    """One pre-norm layer. `qkv` rows: query, key, value of H d each; head h owns rows h*d..(h+1)*d.

    projection: (M, d), the random features, one matrix for all heads, as stored: never drawn anew.
    """

    norm1: Affine
    qkv: Tensor
    qkv_bias: Tensor | None
    projection: Tensor
    out: Affine
    norm2: Affine
    linear1: Affine
    linear2: Affine

    @property
    def heads(self) -> int:
        """How many heads: the projections have as many rows as heads times features in."""
        return len(self.qkv) // (3 * self.projection.shape[1])


def read_performer(
    checkpoint: Checkpoint, prefix: str, width: int, qkv_bias: bool
) -> tuple[PerformerLayer, ...]:
    """Return the layers under `prefix`; record tensors that lack or misfit.

    Raises CheckpointError where there are no layers.
    """
    pattern = re.compile(re.escape(prefix) + r"net\.layers\.(\d{1,3})\.")
    numbers = {int(m[1]) for m in map(pattern.match, checkpoint.state) if m}
    if not numbers:
        raise CheckpointError(
            f"The checkpoint in {checkpoint.folder} holds no '{prefix}net.layers.N' tensors. "
            "Give the weights as published."
        )
    checkpoint.taken.add(f"{prefix}calls_since_last_redraw")  # a counter of its training
    return tuple(
        _read_layer(checkpoint, f"{prefix}net.layers.{n}", width, qkv_bias)
        for n in range(max(numbers) + 1)
    )


def _read_layer(checkpoint: Checkpoint, at: str, width: int, qkv_bias: bool) -> PerformerLayer:
    take, affine = checkpoint.take, checkpoint.affine
    projection = take(f"{at}.0.fn.fast_attention.projection_matrix", None, None)
    parts = [f"{at}.0.fn.to_{name}" for name in "qkv"]
    inner = len(take(f"{parts[0]}.weight", None, width))
    depth = projection.shape[1]
    if not depth or inner % depth:
        checkpoint.problems.append(f"'{parts[0]}.weight' has no whole number of heads")
    weights = [take(f"{name}.weight", inner, width) for name in parts]
    biases = [take(f"{name}.bias", inner) for name in parts] if qkv_bias else []
    linear1 = affine(f"{at}.1.fn.fn.w1", None, width)
    return PerformerLayer(
        norm1=affine(f"{at}.0.norm", width),
        qkv=torch.cat(weights),
        qkv_bias=torch.cat(biases) if biases else None,
        projection=projection,
        out=affine(f"{at}.0.fn.to_out", width, inner),
        norm2=affine(f"{at}.1.norm", width),
        linear1=linear1,
        linear2=affine(f"{at}.1.fn.fn.w2", width, linear1.weight.shape[0]),
    )


def perform(layers: tuple[PerformerLayer, ...], x: Tensor) -> Tensor:
    """Return tokens (B, N, D) after all layers; differentiable, in forward and reverse mode."""
    for p in layers:
        x = x + linear(attend(x, p), p.out)
        hidden = F.gelu(linear(layer_norm(x, p.norm2), p.linear1))
        x = x + linear(hidden, p.linear2)
    return x


def project(x: Tensor, p: PerformerLayer) -> tuple[Tensor, Tensor, Tensor]:
    """Return query, key and value of tokens (B, N, D), each (B, H, N, d)."""
    b, n, _ = x.shape
    projected = F.linear(layer_norm(x, p.norm1), p.qkv, p.qkv_bias)
    q, k, v = projected.view(b, n, 3, p.heads, -1).permute(2, 0, 3, 1, 4)
    return q, k, v


def attend(x: Tensor, p: PerformerLayer) -> Tensor:
    """Return self-attention (B, N, H d) before the output projection; linear in N."""
    q, k, v = project(x, p)
    logs = log_features(k, p.projection)
    top = logs[0].amax((1, 2, 3), keepdim=True)  # of a cell: over heads, tokens and features
    mixed = [
        _attend_head(q[:, h], (logs[0][:, h] - top[:, 0], logs[1][:, h]), v[:, h], p.projection)
        for h in range(p.heads)
    ]
    return torch.cat(mixed, -1)


def _attend_head(
    query: Tensor, key_logs: tuple[Tensor, Tensor], value: Tensor, projection: Tensor
) -> Tensor:
    """Return one head's attention (B, N, d); one head at a time bounds the memory."""
    keys = (key_logs[0] - key_logs[1]).exp() + FLOOR
    queries = query_features(query, projection)
    mixed = queries @ (keys.transpose(1, 2) @ value)
    return mixed / (queries @ keys.sum(1).unsqueeze(-1))


def log_features(x: Tensor, projection: Tensor) -> tuple[Tensor, Tensor]:
    """Return u (..., M) and |x|^2 / 2 (..., 1) of scaled x (..., d): a feature is exp(u - that)."""
    scaled = x * x.shape[-1] ** -0.25
    return scaled @ projection.T, scaled.square().sum(-1, keepdim=True) / 2


def query_features(query: Tensor, projection: Tensor) -> Tensor:
    """Return (..., M) features of queries (..., d), steadied by each row's own maximum."""
    u, half = log_features(query, projection)
    return (u - half - u.amax(-1, keepdim=True)).exp() + FLOOR


def attention_among(x: Tensor, p: PerformerLayer, rows: Tensor) -> Tensor:
    """Return the exact attention (H, n, n) of tokens x (1, N, D) among positions `rows` (n,).

    Rows are queries, columns keys; each row sums to 1 over all N keys, of which n are shown.
    """
    q, k, _ = project(x, p)
    u, half = log_features(k, p.projection)
    keys = ((u - half) - u.amax()).exp() + FLOOR  # (1, H, N, M)
    queries = query_features(q[:, :, rows], p.projection)
    total = queries @ keys.sum(2).unsqueeze(-1)
    return (queries @ keys[:, :, rows].transpose(-1, -2) / total)[0]
