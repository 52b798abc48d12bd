"""How well masked genes are told apart between cells of one data set."""

from __future__ import annotations

import numpy as np
import torch

from ugrn_core.pretraining.corpus import CorpusSet
from ugrn_core.pretraining.train import MASK, MIN_SD, Trainer


def validate(trainer: Trainer, batches: int = 40) -> list[dict]:
    """Return rows cells, shown, r2, batches: held-out cells of training sets, held-out studies.

    r2: 1 - squared error over squared deviation, both after removing each gene's mean over the
    batch and divided by the gene's spread in its set; the baseline is the gene's mean.
    """
    rows = []
    for cells, sets in (
        ("held-out cells", trainer.batcher.train),
        ("held-out studies", trainer.batcher.studies),
    ):
        for shown, few in (("1 to 32", True), ("10 to 70 %", False)):
            if sets:
                r2 = _r2(trainer, sets, few, batches)
                rows.append({"cells": cells, "shown": shown, "r2": r2, "batches": batches})
    return rows


@torch.no_grad()
def _r2(trainer: Trainer, sets: list[CorpusSet], few: bool, batches: int) -> float:
    rng = np.random.default_rng(0)
    error = total = 0.0
    trainer.model.eval()
    for k in range(batches):
        batch = trainer.batcher.validation(sets[rng.integers(len(sets))], few, k)
        shown = np.where(batch.masked, np.float32(MASK), batch.values).astype(np.float32)
        ids = torch.from_numpy(batch.ids).to(trainer.device)
        with torch.autocast(trainer.device.type, dtype=torch.bfloat16):
            tokens, _ = trainer.model(ids, torch.from_numpy(shown).to(trainer.device), trainer.cls)
        guess = tokens.cpu().numpy()[:, batch.masked]
        truth, sd = batch.values[:, batch.masked], np.maximum(batch.sd[batch.masked], MIN_SD)
        residual, spread = (truth - guess) / sd, truth / sd
        error += float(((residual - residual.mean(0)) ** 2).sum())
        total += float(((spread - spread.mean(0)) ** 2).sum())
    trainer.model.train()
    return 1 - error / max(total, 1e-12)
