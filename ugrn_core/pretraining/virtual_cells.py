"""Co-expression as a second thing to learn: virtual cells whose answer the corpus knows.

Real cells say little about a pair: one gene explains about a hundredth of another's variance, so a
network sees each pair too rarely at this budget. The joined gene vectors (profiles.py) hold what
all cells say together. A virtual cell shows one gene at a value, as the probes do, and the masked
genes are to move away from their mean by kernel x (standardised value of the source).

Letters: S virtual cells, one source each; G genes of the panel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

GAIN = 0.5  # standard deviations of a twin gene when the source moves by one of its own
REACH = 3.0  # standardised values of the source saturate here
MIN_SD = 0.3  # as in the losses on real cells
TOP_VALUE = 5.0  # log1p CP10k


@dataclass(frozen=True)
class VirtualBatch:
    """ids (G,); source (S,) positions in the panel; values (S,) of the sources; deviation (S, G):
    what the masked genes are to move by, in standard deviations sd (G,)."""

    ids: np.ndarray
    source: np.ndarray
    values: np.ndarray
    deviation: np.ndarray
    sd: np.ndarray


class VirtualCells:
    """Draws batches of virtual cells; a pure function of (seed, step)."""

    def __init__(
        self, vectors: np.ndarray, moments: tuple[np.ndarray, np.ndarray], seed: int
    ) -> None:
        self._vectors, self._seed = vectors, seed
        self._mean, self._sd = moments[0], np.maximum(moments[1], MIN_SD)
        spread = moments[1] ** 2
        self._odds = 0.5 * spread / spread.sum() + 0.5 / len(spread)

    def batch(self, step: int, cells: int, panel: int) -> VirtualBatch:
        """Return `cells` virtual cells over a panel of `panel` genes."""
        rng = np.random.default_rng([self._seed, step, 1303])
        n = min(panel, len(self._odds))
        ids = np.sort(rng.choice(len(self._odds), n, replace=False, p=self._odds))
        source = rng.choice(n, min(cells, n), replace=False)
        values = rng.uniform(0, TOP_VALUE, len(source))
        z = (values - self._mean[ids[source]]) / self._sd[ids[source]]
        strength = GAIN * REACH * np.tanh(z / REACH)
        kernel = self._vectors[ids[source]] @ self._vectors[ids].T
        deviation = strength[:, None] * kernel
        return VirtualBatch(
            ids=ids,
            source=source,
            values=values.astype(np.float32),
            deviation=deviation.astype(np.float32),
            sd=self._sd[ids].astype(np.float32),
        )


def shown(batch: VirtualBatch, mask: float) -> np.ndarray:
    """Return the (S, G) float32 values: `mask` everywhere, the source at its value."""
    values = np.full((len(batch.source), len(batch.ids)), mask, np.float32)
    values[np.arange(len(batch.source)), batch.source] = batch.values
    return values


def coexpression_loss(tokens: Tensor, batch: VirtualBatch) -> Tensor:
    """Return the mean squared error of how targets differ between the virtual cells.

    Each target is taken less its mean over the cells, so that its level stays free; the sources
    themselves are left out.
    """
    device = tokens.device
    wanted = torch.from_numpy(batch.deviation).to(device)
    error = tokens / torch.from_numpy(batch.sd).to(device) - wanted
    error = error - error.mean(0)
    keep = torch.ones_like(error)
    keep[torch.arange(len(error)), torch.from_numpy(batch.source)] = 0
    return (error.square() * keep).sum() / keep.sum()
