"""Tiny random checkpoints in both formats, written on the spot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch

WIDTH, HEADS, LAYERS, HIDDEN = 8, 2, 2, 12
GENES = ("GATA1", "SPI1", "KLF1", "C1orf112", "MYC", "STAT3", "TAL1", "CEBPA", "FLI1", "JUN")
VOCABULARY = {t: k for k, t in enumerate((*GENES, "<pad>", "<cls>", "<eoc>"))}
State = dict[str, torch.Tensor]


def layer_state(draw: Callable[..., torch.Tensor], prefix: str, hidden: int) -> State:
    shapes = {
        "self_attn.in_proj_weight": (3 * WIDTH, WIDTH),
        "self_attn.in_proj_bias": (3 * WIDTH,),
        "self_attn.out_proj.weight": (WIDTH, WIDTH),
        "self_attn.out_proj.bias": (WIDTH,),
        "linear1.weight": (hidden, WIDTH),
        "linear1.bias": (hidden,),
        "linear2.weight": (WIDTH, hidden),
        "linear2.bias": (WIDTH,),
        **{f"norm{n}.{part}": (WIDTH,) for n in (1, 2) for part in ("weight", "bias")},
    }
    return {f"{prefix}{n}.{k}": draw(*s) for n in range(LAYERS) for k, s in shapes.items()}


def affine_state(draw: Callable[..., torch.Tensor], **shapes: tuple[int, ...]) -> State:
    return {
        f"{name.replace('__', '.')}.{part}": draw(*(shape if part == "weight" else shape[:1]))
        for name, shape in shapes.items()
        for part in ("weight", "bias")
    }


def drawer(seed: int) -> Callable[..., torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return lambda *shape: torch.randn(shape, generator=generator) * 0.5


def scgpt_state(seed: int = 0) -> State:
    """A canonical scGPT state dict, attention in torch's naming, with flag_encoder."""
    draw, square, vector = drawer(seed), (WIDTH, WIDTH), (WIDTH,)
    return {
        "encoder.embedding.weight": draw(len(VOCABULARY), WIDTH),
        "flag_encoder.weight": draw(2, WIDTH),
        **affine_state(
            draw,
            encoder__enc_norm=vector,
            value_encoder__linear1=(WIDTH, 1),
            value_encoder__linear2=square,
            value_encoder__norm=vector,
            decoder__fc__0=square,
            decoder__fc__2=square,
            decoder__fc__4=(1, WIDTH),
        ),
        **layer_state(draw, "transformer_encoder.layers.", HIDDEN),
    }


def scbenchmark_state(seed: int = 0) -> State:
    """A canonical scBenchmark state dict whose gene table is as wide as the model."""
    draw, square = drawer(seed), (WIDTH, WIDTH)
    return {
        "embedding.weight": draw(len(VOCABULARY), WIDTH),
        **affine_state(
            draw,
            layer_norm=(WIDTH,),
            value_encoder__0=(WIDTH, 1),
            value_encoder__2=square,
            decoder__0=square,
            decoder__2=square,
            decoder__4=(1, WIDTH),
            gene2query__0=square,
        ),
        **layer_state(draw, "encoder.layers.", WIDTH),
    }


def write_checkpoint(folder: Path, state: object, **arguments: object) -> Path:
    """Write a folder as published: best_model.pt, args.json, vocab.json."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(state, folder / "best_model.pt")
    (folder / "args.json").write_text(json.dumps({"nheads": HEADS, "nlayers": LAYERS, **arguments}))
    (folder / "vocab.json").write_text(json.dumps(VOCABULARY))
    return folder
