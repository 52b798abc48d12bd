"""What decides the weights of a run, besides its corpus."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

import torch

from ugrn_core.pretraining.batches import Sampling
from ugrn_core.pretraining.corpus.data_sets import Corpus
from ugrn_core.pretraining.corpus.metacells import Metacells

PRECISIONS = ("auto", "bfloat16", "float32")
LATER = {  # what the first runs did not note, as it was then
    "accumulate": 1,
    "precision": "bfloat16",
    "start": "joined",
    "balance": 0.5,
    "level": 0.0,
    "optimiser": "AdamW",
    "sampling": {"varied": 0.5, "metacells": None, "profiles": None, "redrawn": 0.0},
}


@dataclass(frozen=True)
class Training:
    """Everything that decides the weights, besides the corpus and the number of ranks.

    A step is `accumulate` micro-batches on every rank, each of `sets_per_step` batches of real
    cells and one of virtual cells. precision: of the forward pass, bfloat16 (autocast) or float32;
    weights, optimiser and losses are float32. start: the gene vectors that the network starts
    from and that virtual cells answer by, within and between data sets (joined) or within alone;
    blocks: with profiles and signatures as blocks of their own (profiles.block_vectors); random:
    the joined ones teach, but the network starts as torch draws it. optimiser: AdamW, or
    SGD with Nesterov momentum. balance: power of a data set's cells in the odds that it is drawn.
    centred, level, cell, coexpression: weights of these losses beside the value loss
    (train.masked_losses, virtual_cells).
    """

    layers: int = 2
    width: int = 256
    heads: int = 4
    steps: int = 2600
    sets_per_step: int = 1
    learning_rate: float = 6e-4
    embedding_rate: float = 0.1
    warmup: int = 100
    decay: float = 0.25
    weight_decay: float = 0.01
    centred: float = 2.0
    level: float = 0.0
    cell: float = 0.2
    coexpression: float = 20.0
    virtual_cells: int = 16
    virtual_panel: int = 384
    seed: int = 0
    held_out: tuple[str, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    accumulate: int = 1
    precision: str = "bfloat16"
    optimiser: str = "AdamW"
    start: str = "joined"
    balance: float = 0.5


def on_metacells(training: Training) -> Training:
    """Return `training` on metacells drawn anew at every step in the place of single cells, nearly
    a third of the batches from profiles, half of what is shown redrawn at another depth, and
    without the virtual cells that repeat the gene vectors."""
    drawn = replace(training.sampling, metacells=Metacells(), profiles=0.3, redrawn=0.5)
    return replace(training, sampling=drawn, coexpression=0.0, start="blocks")


def fast_precision(device: torch.device) -> str:
    """Return what `auto` means on `device`: bfloat16 where it is computed, not emulated (2.7 times
    slower than float32 on a processor without it), else float32."""
    if device.type == "cuda":
        there = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        able = torch.cpu.get_capabilities()
        there = any(able.get(word, False) for word in ("avx512_bf16", "amx_bf16"))
    return "bfloat16" if there else "float32"


def identity(corpus: Corpus, training: Training) -> tuple[dict, dict]:
    """Return what a run is, as JSON, and what earlier versions left unsaid of theirs."""
    now = json.loads(json.dumps(asdict(training)))
    sets = [s.name for s in corpus.sets]
    now["corpus"] = {"sets": sets, "cells": sum(s.n_cells for s in corpus.sets)}
    if corpus.signatures:
        now["corpus"]["signatures"] = [s.name for s in corpus.signatures]
    return now, {"corpus": now["corpus"]} | LATER
