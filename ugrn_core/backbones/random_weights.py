"""The random-weights control: a backbone of the same shape that has learned nothing."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.adapter import TransformerBackbone
from ugrn_core.backbones.transformer import Affine, BatchNorm

B = TypeVar("B", bound=TransformerBackbone)
T = TypeVar("T")


def randomised(backbone: B, seed: int | np.random.Generator) -> B:
    """Return `backbone` with every tensor drawn anew: same vocabulary, shape and defaults.

    Linear weights and biases are uniform within 1/sqrt(inputs), torch's default; embeddings are
    standard normal; norms are the identity. The same seed gives the same weights.
    """
    rng = np.random.default_rng(seed)
    return replace(
        backbone,
        name=f"{backbone.name}-random",
        weights=_drawn(backbone.weights, rng),
        files={},
        ignored=(),
    )


def _drawn(tree: T, rng: np.random.Generator) -> T:
    """Return a copy of a weight tree with newly drawn tensors of the same shapes."""
    if isinstance(tree, Affine):
        return _drawn_affine(tree, rng)
    if isinstance(tree, BatchNorm):
        zeros, ones = torch.zeros_like(tree.mean), torch.ones_like(tree.var)
        return replace(tree, weight=ones, bias=zeros, mean=zeros, var=ones)
    if isinstance(tree, Tensor):  # embeddings
        return torch.from_numpy(rng.standard_normal(tuple(tree.shape), dtype=np.float32))
    if isinstance(tree, tuple):
        return tuple(_drawn(part, rng) for part in tree)
    if is_dataclass(tree):
        return replace(tree, **{f.name: _drawn(getattr(tree, f.name), rng) for f in fields(tree)})
    return tree


def _drawn_affine(p: Affine, rng: np.random.Generator) -> Affine:
    if p.weight.ndim == 1:
        return Affine(torch.ones_like(p.weight), torch.zeros_like(p.bias))
    # Biases are drawn too: zero biases would put every ReLU kink of the value encoder at 0.
    bound = p.weight.shape[1] ** -0.5
    weight, bias = (
        torch.from_numpy(rng.uniform(-bound, bound, tuple(t.shape)).astype(np.float32))
        for t in (p.weight, p.bias)
    )
    return Affine(weight, bias)
