"""The trainable network in scBenchmark's format: the same parameter names, shapes and maths.

Letters: B cells, S tokens (`<cls>` first), D width, H heads.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TABLE_WIDTH = 256  # scBenchmark hard-codes the width of its gene table
EXPLICIT_TOKENS = 1024  # below, bf16 products with a plain softmax beat CPU's fused attention


def _mlp(first: int, width: int, last: int, slope: float) -> nn.Sequential:
    """Three Linear layers with LeakyReLU between, at indices 0, 2 and 4."""
    return nn.Sequential(
        nn.Linear(first, width),
        nn.LeakyReLU(slope),
        nn.Linear(width, width),
        nn.LeakyReLU(slope),
        nn.Linear(width, last),
    )


class SelfAttention(nn.Module):
    """Multi-head self-attention under torch's in_proj / out_proj names."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, S, D)."""
        b, s, d = x.shape
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = qkv.reshape(b, s, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        if s <= EXPLICIT_TOKENS and x.device.type == "cpu":
            scores = (q * (d // self.heads) ** -0.5) @ k.transpose(-1, -2)
            mixed = scores.softmax(-1).to(v.dtype) @ v
        else:
            mixed = F.scaled_dot_product_attention(q, k, v)
        return self.out_proj(mixed.transpose(1, 2).reshape(b, s, d))


class EncoderLayer(nn.Module):
    """Post-norm encoder layer, ReLU, feed-forward width = model width."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.self_attn = SelfAttention(width, heads)
        self.linear1 = nn.Linear(width, width)
        self.linear2 = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, S, D)."""
        x = self.norm1(x + self.self_attn(x))
        return self.norm2(x + self.linear2(F.relu(self.linear1(x))))


class Encoder(nn.Module):
    """The stack; its name gives the state dict the prefix `encoder.layers.`."""

    def __init__(self, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(width, heads) for _ in range(layers))


class MaskedValueModel(nn.Module):
    """Gene ids and values in, one reconstruction per gene out."""

    def __init__(self, vocabulary: int, layers: int, width: int, heads: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, TABLE_WIDTH)
        self.emb_trans = nn.Linear(TABLE_WIDTH, width) if width != TABLE_WIDTH else None
        self.layer_norm = nn.LayerNorm(width)  # in the format, unused by its forward pass
        self.value_encoder = nn.Sequential(nn.Linear(1, width), nn.ReLU(), nn.Linear(width, width))
        self.encoder = Encoder(width, heads, layers)
        self.decoder = _mlp(width, width, 1, 0.01)
        self.gene2query = _mlp(width, width, width, 0.01)

    def forward(self, ids: Tensor, values: Tensor, cls: int) -> tuple[Tensor, Tensor]:
        """Return the token read-out and the cell read-out, both (B, G), of `values` (B, G).

        ids: (G,), shared by the cells of the batch. `<cls>` carries value 0.
        """
        g = self.embedding(torch.cat([ids.new_tensor([cls]), ids]))
        if self.emb_trans is not None:
            g = self.emb_trans(g)
        v = torch.cat([values.new_zeros(len(values), 1), values], 1).clamp(max=512)
        x = g + self.value_encoder(v.unsqueeze(-1))
        for layer in self.encoder.layers:
            x = layer(x)
        tokens = self.decoder(x[:, 1:]).squeeze(-1)
        cell = x[:, 0] @ self.gene2query(g[1:].detach()).transpose(0, 1)
        return tokens.float(), cell.float()
