"""How well masked genes are told apart between cells of one data set."""

from __future__ import annotations

import numpy as np
import torch

from ugrn_core.pretraining.corpus.data_sets import CorpusSet
from ugrn_core.pretraining.imputation import in_units, value_errors
from ugrn_core.pretraining.train import MIN_SD, Trainer


def validate(trainer: Trainer, batches: int = 40) -> list[dict]:
    """Return rows cells, shown, r2, r2_values, batches: held-out cells of training sets, held-out
    studies.

    r2: 1 - squared error over squared deviation, both after removing each gene's mean over the
    batch and divided by the gene's spread in its set; the baseline is the gene's mean. r2_values:
    of the values themselves, differences between genes included; the baseline is one mean of all
    masked values of the batch.
    """
    rows = []
    for cells, sets in (
        ("held-out cells", trainer.batcher.judged),
        ("held-out studies", trainer.batcher.studies),
    ):
        for shown, few in (("1 to 32", True), ("10 to 70 %", False)):
            if sets:
                scores = _r2(trainer, sets, few, batches)
                rows.append({"cells": cells, "shown": shown, **scores, "batches": batches})
    return rows


@torch.no_grad()
def _r2(trainer: Trainer, sets: list[CorpusSet], few: bool, batches: int) -> dict[str, float]:
    rng = np.random.default_rng(0)
    sums = np.zeros(4)
    trainer.model.eval()
    for k in range(batches):
        batch = trainer.batcher.validation(sets[rng.integers(len(sets))], few, k)
        guess = trainer.readouts(batch)[0].cpu().numpy()[:, batch.masked]
        truth, sd = batch.values[:, batch.masked], np.maximum(batch.sd[batch.masked], MIN_SD)
        off, apart = (truth - guess) / sd, truth / sd
        between = [float(((x - x.mean(0)) ** 2).sum()) for x in (off, apart)]
        sums += [*between, *value_errors(in_units(guess, batch), batch)]
    trainer.model.train()
    left, spread, left_values, spread_values = np.maximum(sums, 1e-12)
    return {"r2": 1 - left / spread, "r2_values": 1 - left_values / spread_values}
