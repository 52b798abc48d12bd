"""Tiny random checkpoints in the published file formats."""

from __future__ import annotations

import json
from pathlib import Path

import torch

WIDTH, HEADS, LAYERS = 16, 2, 2


def write_checkpoint(folder: Path, kind: str, genes: tuple[str, ...], seed: int = 0) -> Path:
    """Write a random `scgpt` or `scbenchmark` checkpoint that knows `genes`; return its folder."""
    generator = torch.Generator().manual_seed(seed)
    tokens = [*genes, "<pad>", "<cls>", "<eoc>"]
    shapes = (scgpt_shapes if kind == "scgpt" else scbenchmark_shapes)(len(tokens))
    state = {}
    for key, shape in shapes.items():
        spread = 1.0 if "embedding" in key else shape[-1] ** -0.5
        state[key] = torch.randn(shape, generator=generator) * spread
        if len(shape) == 1 and "norm" in key and key.endswith("weight"):
            state[key] = 1 + 0.1 * state[key]
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(state, folder / "best_model.pt")
    sizes = {"embsize": WIDTH, "nheads": HEADS, "d_hid": WIDTH, "nlayers": LAYERS}
    (folder / "args.json").write_text(json.dumps(sizes))
    (folder / "vocab.json").write_text(json.dumps({t: k for k, t in enumerate(tokens)}))
    return folder


def affine(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def layers(prefix: str, qkv: tuple[str, str]) -> dict:
    d, shapes = WIDTH, {}
    for n in range(LAYERS):
        at = f"{prefix}{n}"
        shapes |= {f"{at}.self_attn.{qkv[0]}": (3 * d, d), f"{at}.self_attn.{qkv[1]}": (3 * d,)}
        shapes |= affine(f"{at}.self_attn.out_proj", d, d)
        shapes |= affine(f"{at}.linear1", d, d) | affine(f"{at}.linear2", d, d)
        shapes |= affine(f"{at}.norm1", d) | affine(f"{at}.norm2", d)
    return shapes


def scgpt_shapes(tokens: int) -> dict:
    d = WIDTH
    return (
        {"encoder.embedding.weight": (tokens, d), "flag_encoder.weight": (2, d)}
        | affine("encoder.enc_norm", d)
        | affine("value_encoder.linear1", d, 1)
        | affine("value_encoder.linear2", d, d)
        | affine("value_encoder.norm", d)
        | layers("transformer_encoder.layers.", ("Wqkv.weight", "Wqkv.bias"))
        | affine("decoder.fc.0", d, d)
        | affine("decoder.fc.2", d, d)
        | affine("decoder.fc.4", 1, d)
    )


def scbenchmark_shapes(tokens: int) -> dict:
    d = WIDTH
    return (
        {"embedding.weight": (tokens, d)}
        | affine("value_encoder.0", d, 1)
        | affine("value_encoder.2", d, d)
        | affine("gene2query.0", d, d)
        | layers("encoder.layers.", ("in_proj_weight", "in_proj_bias"))
        | affine("decoder.0", d, d)
        | affine("decoder.2", d, d)
        | affine("decoder.4", 1, d)
    )
