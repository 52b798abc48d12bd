"""`python -m ugrn_core pretrain`: a backbone of one's own."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from ugrn_core.commands import options as o


def pretrain(
    corpus: o.CORPUS,
    out: o.BACKBONE_OUT,
    run: o.RUN,
    orthologs: o.MOUSE = None,
    exclude: o.EXCLUDE = "",
    held_out: o.HELD_OUT = "",
    layers: o.LAYERS = 2,
    width: o.WIDTH = 256,
    heads: o.HEADS = 4,
    cells: o.CELLS = 24,
    context: o.CONTEXT = 256,
    steps: o.STEPS = 2600,
    accumulate: o.ACCUMULATE = 1,
    precision: o.PRECISION = "auto",
    device: o.DEVICE = "auto",
    level: o.LEVEL = 0.0,
    metacells: o.METACELLS = False,
    merge: o.MERGE = (),
    signatures: o.SIGNATURES = "",
    sets_per_step: o.SETS_PER_STEP = 1,
    decay: o.DECAY = 0.25,
    average: o.AVERAGE = (),
    minutes: o.MINUTES = None,
    seed: o.SEED = 0,
    name: o.NAME = "ugrn-base",
) -> None:
    """Train a backbone of your own on a corpus of single-cell data sets (scBenchmark's format).

    On several GPUs: torchrun --nproc-per-node N -m -- ugrn_core pretrain ...
    """
    from ugrn_core.experiment.pretrain import training

    size = {"layers": layers, "width": width, "heads": heads, "cells": cells, "context": context}
    how = {"accumulate": accumulate, "precision": precision, "device": device, "level": level}
    how |= {"metacells": metacells, "merge": tuple(merge), "decay": decay}
    how |= {"average": tuple(average)}
    how |= {"sets_per_step": sets_per_step, "signatures": tuple(map(Path, o.names(signatures)))}
    what = {"corpus": corpus, "orthologs": orthologs, "out": out, "run": run, "name": name}
    what |= {"exclude": o.names(exclude), "held_out": o.names(held_out), "steps": steps}
    command = "python -m ugrn_core " + shlex.join(sys.argv[1:])
    plan = training.Plan(**what, **size, **how, seed=seed, command=command)
    training.run(plan, minutes)
