"""The training loop: resumable, bf16 autocast, warm-up, plateau, decay."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ugrn_core.errors import ComputationError
from ugrn_core.pretraining.batches import Batch, Batcher, training_part
from ugrn_core.pretraining.corpus.data_sets import Corpus
from ugrn_core.pretraining.corpus.profiles import block_vectors, gene_vectors, unit
from ugrn_core.pretraining.model import MaskedValueModel
from ugrn_core.pretraining.ranks import Ranks, on_device
from ugrn_core.pretraining.recipe import Training, identity
from ugrn_core.pretraining.run_folder import RunFolder
from ugrn_core.pretraining.start import corpus_svd
from ugrn_core.pretraining.start_weights import GENE_DIMS, corpus_moments, start_weights
from ugrn_core.pretraining.virtual_cells import VirtualCells, coexpression_loss, shown

MASK = -1.0
WEIGHTED = ("centred", "level", "cell")  # losses beside the value loss, by Training's weights
MIN_SD = 0.3  # floor of a gene's standard deviation when losses are put on one scale


@lru_cache(maxsize=2)  # a trial trains many networks on one corpus
def starting_point(
    corpus: Corpus, held_out: tuple[str, ...], seed: int, start: str
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return the gene vectors (genes, GENE_DIMS) and the genes' moments of all but what is held
    out; `start` as in Training."""
    known = training_part(corpus, held_out, seed)
    if start == "within":
        vectors = unit(corpus_svd(known, GENE_DIMS, seed=seed))
    elif start == "blocks":
        vectors = block_vectors(known, GENE_DIMS, seed=seed)
    else:
        vectors = gene_vectors(known, GENE_DIMS, seed=seed)
    return vectors, corpus_moments(known)


def masked_losses(
    tokens: Tensor, cell: Tensor, batch: Batch, device: torch.device
) -> dict[str, Tensor]:
    """Return the losses of a batch on masked genes, each gene on the scale of its own spread.

    value: squared error over variance (the floor MIN_SD keeps silent genes quiet). centred: the
    same after removing each gene's mean error over the cells, so that only what tells the cells
    of one data set apart counts. level: squared error of the values as they are, most of it from
    well expressed genes. cell: the value loss of the `<cls>` read-out.
    """
    masked, values, sd = (
        on_device(torch.from_numpy(x), device) for x in (batch.masked, batch.values, batch.sd)
    )
    truth, sd = values[:, masked], sd[masked].clamp(min=MIN_SD)
    off = tokens[:, masked] - truth
    error = off / sd
    return {
        "value": error.square().mean(),
        "centred": (error - error.mean(0)).square().mean(),
        "level": off.square().mean(),
        "cell": ((cell[:, masked] - truth) / sd).square().mean(),
    }


class Trainer:
    """One run in `folder` (run_folder.py), by one process or several ranks."""

    def __init__(
        self, corpus: Corpus, training: Training, folder: Path, ranks: Ranks | None = None
    ) -> None:
        self.corpus, self.training, self.folder = corpus, training, folder
        self.ranks = ranks or Ranks()
        self.device = self.ranks.device
        self._files = RunFolder(folder)
        self._files.check_same_run(*identity(corpus, training), write=self.ranks.first)
        held_out = frozenset(training.held_out)
        drawn = training.sampling, training.seed, training.balance
        self.batcher = Batcher(corpus, held_out, *drawn)
        self.cls = len(corpus.genes) + 1
        self.step = 0
        self._drawn: list[str] = []  # data sets of the step that is being made
        self.ranks.wait()  # rank 0 may not save before all have looked
        resumes = self._files.has_state
        self.model = self._new_model(start=not resumes).to(self.device)
        self.optimiser = self._optimiser()
        if resumes:
            self._resume()
        self.ranks.wait()

    @cached_property
    def _start(self) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """The gene vectors and moments: minutes of work, which a resumed run may not need."""
        t = self.training
        vectors, moments = starting_point(self.corpus, t.held_out, t.seed, t.start)
        if t.sampling.metacells:
            moments = self.batcher.mean_moments(len(self.corpus.genes))
        return vectors, moments

    @cached_property
    def _virtual(self) -> VirtualCells:
        return VirtualCells(*self._start, self.training.seed)

    def _new_model(self, start: bool) -> MaskedValueModel:
        """Return the model with the starting weights of the seed; torch's own state is put back."""
        t = self.training
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(t.seed)
            model = MaskedValueModel(len(self.corpus.genes) + 3, t.layers, t.width, t.heads)
            if start and t.start != "random":
                start_weights(model, *self._start, t.seed)
        return model

    def _resume(self) -> None:
        saved = self._files.load(self.device)
        try:
            self.model.load_state_dict(saved["model"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.step = saved["step"]
        except Exception as error:  # of another network, or no state at all
            raise self._files.foreign(error) from error

    def _optimiser(self) -> torch.optim.Optimizer:
        t = self.training
        table = [self.model.embedding.weight]
        rest = [p for n, p in self.model.named_parameters() if n != "embedding.weight"]
        groups = [
            {"params": rest, "scale": 1.0, "weight_decay": t.weight_decay},
            {"params": table, "scale": t.embedding_rate, "weight_decay": 0.0},
        ]
        if t.optimiser == "SGD":
            return torch.optim.SGD(groups, lr=t.learning_rate, momentum=0.9, nesterov=True)
        return torch.optim.AdamW(groups, lr=t.learning_rate, betas=(0.9, 0.98), fused=True)

    def _rate(self, step: int) -> float:
        """Linear warm-up, plateau, linear decay over the last `decay` share of the steps."""
        t = self.training
        left = (t.steps - step) / max(t.decay * t.steps, 1)
        return t.learning_rate * min((step + 1) / t.warmup, 1.0, max(left, 0.02))

    def _forward(self, ids: np.ndarray, values: np.ndarray) -> tuple[Tensor, Tensor]:
        mixed = self.training.precision == "bfloat16"
        ids, values = (on_device(torch.from_numpy(x), self.device) for x in (ids, values))
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=mixed):
            return self.model(ids, values, self.cls)

    def readouts(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the token and the cell read-out (B, G) of real cells, in the run's precision."""
        shown = np.where(batch.masked, np.float32(MASK), batch.seen).astype(np.float32)
        return self._forward(batch.ids, shown)

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Return the losses of one batch of real cells."""
        return masked_losses(*self.readouts(batch), batch, self.device)

    def coexpression_loss(self, number: int) -> Tensor:
        """Return the loss on the virtual cells of micro-batch `number`."""
        t = self.training
        batch = self._virtual.batch(number, t.virtual_cells, t.virtual_panel)
        return coexpression_loss(self._forward(batch.ids, shown(batch, MASK))[0], batch)

    def run(
        self,
        minutes: float | None = None,
        save_every: int = 100,
        on_step: Callable[[int, dict[str, float]], None] | None = None,
        until: int | None = None,
    ) -> None:
        """Train until `steps`, until step `until`, or until `minutes` have passed; state is saved
        on the way."""
        t, start = self.training, time.monotonic()
        last = t.steps if until is None else min(until, t.steps)
        self.model.train()
        while self.step < last:
            totals = self._one_step()
            self.step += 1
            if on_step is not None:
                on_step(self.step, totals)
            late = minutes is not None and time.monotonic() - start > 60 * minutes
            late = self.ranks.any(late) if minutes is not None else False
            if self.step % save_every == 0 or self.step == last or late:
                totals = self.ranks.average(totals)
                if self.ranks.first:
                    self._files.log({"step": self.step, **totals})
                    self.save()
            if late:
                return

    def _one_step(self) -> dict[str, float]:
        t, ranks = self.training, self.ranks
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate(self.step) * group["scale"]
        totals: dict[str, float] = {}
        self._drawn.clear()
        first = (self.step * ranks.size + ranks.rank) * t.accumulate
        for number in range(first, first + t.accumulate):
            for name, value in self._micro_batch(number).items():
                totals[name] = totals.get(name, 0.0) + value / t.accumulate
        ranks.average_gradients(self.model.parameters())
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._require_finite({**totals, "gradient": norm.item()})
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return totals

    def _require_finite(self, numbers: dict[str, float]) -> None:
        """Raise ComputationError, on all ranks at one step, before a step that would leave the
        weights without a number; what was saved before it is sound."""
        odd = [f"{name} {value}" for name, value in numbers.items() if not math.isfinite(value)]
        if not self.ranks.any(bool(odd)):
            return
        sets = ", ".join(dict.fromkeys(self._drawn))[:120]
        raise ComputationError(
            f"Training stopped at step {self.step + 1}: {', '.join(odd) or 'another rank'} is not "
            f"finite. Its batch was of {sets}; check their values and value_kind in index.csv. "
            f"Nothing was written; '{self.folder}' holds what was saved before."
        )

    def _micro_batch(self, number: int) -> dict[str, float]:
        """Add the gradients of micro-batch `number`; return its losses."""
        t = self.training
        totals: dict[str, float] = {}
        for k in range(t.sets_per_step):
            batch = self.batcher.batch(number * t.sets_per_step + k)
            self._drawn.append(batch.name)
            parts = self.losses(batch)
            loss = sum((getattr(t, k) * parts[k] for k in WEIGHTED), parts["value"])
            (loss / (t.sets_per_step * t.accumulate)).backward()
            for name, value in parts.items():
                totals[name] = totals.get(name, 0.0) + value.item() / t.sets_per_step
        if t.coexpression:
            loss = self.coexpression_loss(number)
            (t.coexpression / t.accumulate * loss).backward()
            totals["coexpression"] = loss.item()
        return totals

    def save(self) -> None:
        """Keep all that is needed to go on."""
        self._files.save(
            {
                "model": self.model.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
            }
        )

    def history(self) -> Iterator[dict]:
        """Yield the logged rows."""
        return self._files.history()
