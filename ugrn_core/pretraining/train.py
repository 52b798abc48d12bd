"""The training loop: resumable, bf16 autocast, warm-up, plateau, decay."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ugrn_core.errors import CheckpointError, OptionError, StorageError
from ugrn_core.pretraining.batches import Batch, Batcher, Sampling, training_cells
from ugrn_core.pretraining.corpus import Corpus
from ugrn_core.pretraining.model import MaskedValueModel
from ugrn_core.pretraining.profiles import gene_vectors
from ugrn_core.pretraining.start_weights import GENE_DIMS, corpus_moments, start_weights
from ugrn_core.pretraining.virtual_cells import VirtualCells, coexpression_loss, shown

MASK = -1.0
MIN_SD = 0.3  # floor of a gene's standard deviation when losses are put on one scale


@dataclass(frozen=True)
class Training:
    """Everything that decides the weights, besides the corpus."""

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
    cell: float = 0.2
    coexpression: float = 20.0
    virtual_cells: int = 16
    virtual_panel: int = 384
    seed: int = 0
    held_out: tuple[str, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)


def masked_losses(
    tokens: Tensor, cell: Tensor, batch: Batch, device: torch.device
) -> dict[str, Tensor]:
    """Return the losses of a batch on masked genes, each gene on the scale of its own spread.

    value: squared error over variance (the floor MIN_SD keeps silent genes quiet). centred: the
    same after removing each gene's mean error over the cells, so that only what tells the cells
    of one data set apart counts. cell: the value loss of the `<cls>` read-out.
    """
    masked = torch.from_numpy(batch.masked).to(device)
    truth = torch.from_numpy(batch.values).to(device)[:, masked]
    sd = torch.from_numpy(batch.sd).to(device)[masked].clamp(min=MIN_SD)
    error = (tokens[:, masked] - truth) / sd
    return {
        "value": error.square().mean(),
        "centred": (error - error.mean(0)).square().mean(),
        "cell": ((cell[:, masked] - truth) / sd).square().mean(),
    }


class Trainer:
    """One run in `folder`: `state.pt` to resume, `log.jsonl` of losses, `training.json`."""

    def __init__(self, corpus: Corpus, training: Training, folder: Path) -> None:
        self.corpus, self.training, self.folder = corpus, training, folder
        folder.mkdir(parents=True, exist_ok=True)
        self._check_same_run()
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.batcher = Batcher(
            corpus, frozenset(training.held_out), training.sampling, training.seed
        )
        self.cls = len(corpus.genes) + 1
        self.step = 0
        known = _training_part(corpus, training.held_out)
        self.vectors, self.moments = (
            gene_vectors(known, GENE_DIMS, training.seed),
            corpus_moments(known),
        )
        self.virtual = VirtualCells(self.vectors, self.moments, training.seed)
        state = folder / "state.pt"
        self.model = self._new_model(start=not state.is_file()).to(self.device)
        self.optimiser = self._optimiser()
        if state.is_file():
            self._resume(state)

    def _new_model(self, start: bool) -> MaskedValueModel:
        """Return the model with the starting weights of the seed; torch's own state is put back."""
        t = self.training
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(t.seed)
            model = MaskedValueModel(len(self.corpus.genes) + 3, t.layers, t.width, t.heads)
            if start:
                start_weights(model, self.vectors, self.moments, t.seed)
        return model

    def _resume(self, state: Path) -> None:
        try:
            saved = torch.load(state, map_location=self.device, weights_only=True)
            self.model.load_state_dict(saved["model"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.step = saved["step"]
        except Exception as error:  # torch raises many kinds for a damaged or foreign file
            raise CheckpointError(
                f"'{state}' is not the state of this run ({type(error).__name__}). "
                "Delete it to start anew, or choose another run folder."
            ) from error

    def _check_same_run(self) -> None:
        """Refuse to resume a run whose settings differ (its length may), or its corpus."""
        path = self.folder / "training.json"
        now = json.loads(json.dumps(asdict(self.training)))
        sets = [s.name for s in self.corpus.sets]
        now["corpus"] = {"sets": sets, "cells": sum(s.n_cells for s in self.corpus.sets)}
        if path.is_file():
            then = _settings_of(path)
            then.setdefault("corpus", now["corpus"])  # not noted by earlier versions
            changed = [k for k in now if k not in ("steps", "decay") and then.get(k) != now[k]]
            if changed:
                raise OptionError(
                    f"'{self.folder}' holds a run with another {', '.join(changed)}. "
                    "Resume it with the same settings, or choose another run folder."
                )
        path.write_text(json.dumps(now, indent=2))

    def _optimiser(self) -> torch.optim.Optimizer:
        t = self.training
        table = [self.model.embedding.weight]
        rest = [p for n, p in self.model.named_parameters() if n != "embedding.weight"]
        groups = [
            {"params": rest, "scale": 1.0, "weight_decay": t.weight_decay},
            {"params": table, "scale": t.embedding_rate, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=t.learning_rate, betas=(0.9, 0.98), fused=True)

    def _rate(self, step: int) -> float:
        """Linear warm-up, plateau, linear decay over the last `decay` share of the steps."""
        t = self.training
        left = (t.steps - step) / max(t.decay * t.steps, 1)
        return t.learning_rate * min((step + 1) / t.warmup, 1.0, max(left, 0.02))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the losses of one batch under bf16 autocast."""
        ids = torch.from_numpy(batch.ids).to(self.device)
        shown = np.where(batch.masked, np.float32(MASK), batch.values)
        values = torch.from_numpy(shown.astype(np.float32)).to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            tokens, cell = self.model(ids, values, self.cls)
        return masked_losses(tokens, cell, batch, self.device)

    def coexpression_loss(self, step: int) -> Tensor:
        """Return the loss on the virtual cells of `step`."""
        t = self.training
        batch = self.virtual.batch(step, t.virtual_cells, t.virtual_panel)
        ids = torch.from_numpy(batch.ids).to(self.device)
        values = torch.from_numpy(shown(batch, MASK)).to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            tokens, _ = self.model(ids, values, self.cls)
        return coexpression_loss(tokens, batch)

    def run(
        self,
        minutes: float | None = None,
        save_every: int = 100,
        on_step: Callable[[int, dict[str, float]], None] | None = None,
    ) -> None:
        """Train until `steps` or until `minutes` have passed; state is saved on the way."""
        t, start = self.training, time.monotonic()
        self.model.train()
        while self.step < t.steps:
            totals = self._one_step()
            self.step += 1
            if on_step is not None:
                on_step(self.step, totals)
            late = minutes is not None and time.monotonic() - start > 60 * minutes
            if self.step % save_every == 0 or self.step == t.steps or late:
                self._log({"step": self.step, **totals})
                self.save()
            if late:
                return

    def _one_step(self) -> dict[str, float]:
        t = self.training
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate(self.step) * group["scale"]
        totals: dict[str, float] = {}
        for k in range(t.sets_per_step):
            parts = self.losses(self.batcher.batch(self.step * t.sets_per_step + k))
            loss = parts["value"] + t.centred * parts["centred"] + t.cell * parts["cell"]
            (loss / t.sets_per_step).backward()
            for name, value in parts.items():
                totals[name] = totals.get(name, 0.0) + value.item() / t.sets_per_step
        if t.coexpression:
            loss = self.coexpression_loss(self.step)
            (t.coexpression * loss).backward()
            totals["coexpression"] = loss.item()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return totals

    def save(self) -> None:
        """Write `state.pt` atomically."""
        temporary = self.folder / f"state.{os.getpid()}.tmp"
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        torch.save(state, temporary)
        os.replace(temporary, self.folder / "state.pt")

    def _log(self, row: dict) -> None:
        with (self.folder / "log.jsonl").open("a") as f:
            f.write(json.dumps(row) + "\n")

    def history(self) -> Iterator[dict]:
        """Yield the logged rows."""
        path = self.folder / "log.jsonl"
        if path.is_file():
            yield from (json.loads(line) for line in path.read_text().splitlines())


def _settings_of(path: Path) -> dict:
    try:
        then = json.loads(path.read_text())
    except ValueError as error:
        raise StorageError(f"'{path}' is damaged ({error}). Choose another run folder.") from error
    return then if isinstance(then, dict) else {}


def _training_part(corpus: Corpus, held_out: tuple[str, ...]) -> Corpus:
    """Return the corpus without the held-out studies and without the held-out cells."""
    sets = tuple(
        replace(s, values=s.values[training_cells(s)])
        for s in corpus.sets
        if s.name not in held_out
    )
    return replace(corpus, sets=sets)
