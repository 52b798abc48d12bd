"""scBERT near a baseline cell: values as bins, and one forward pass for the answers of all genes.

Maths: design notes models-formats.md 2.4 and 2.5.
Letters: T values of the grid, B of them at a time, N tokens (all genes of the model and one more),
G genes of the panel, D width, V classes: the bins 0 to V-2, then the one that masks and pads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.base import go_on
from ugrn_core.backbones.performer.network import PerformerLayer
from ugrn_core.backbones.performer.steps import PerformerSteps
from ugrn_core.backbones.tangent.device import full_precision
from ugrn_core.backbones.tangent.sweep import check_finite, source_background, source_values
from ugrn_core.backbones.transformer import Affine, cast, linear
from ugrn_core.backbones.value_sweep import check_source
from ugrn_core.types import ProbeSettings, Uniform

FIRST_CLASS = {"visible": 1, "masked": 1, "visible-all": 0}  # of those the expected bin reads
TOKENS_AT_ONCE = 70_000  # of all cells together: a stop is heard in between, and memory kept


@dataclass(frozen=True)
class BinWeights:
    """All of scBERT. tokens (V, D): the bins' vectors. genes (N, D) float64, as stored: gene2vec,
    then the extra token's zeros. head: (V, D), the classes' logits of a normalised token."""

    tokens: Tensor
    genes: Tensor
    layers: tuple[PerformerLayer, ...]
    norm: Affine
    head: Affine


class BinSweep:
    """`base.Sweep` for scBERT: a pass answers for every gene of the model, of which G are read.

    baseline_output: (G,) numpy, in the settings' dtype.
    """

    def __init__(self, net: BinWeights, rows: Tensor, settings: ProbeSettings) -> None:
        """Run the baseline cell once; rows (G,): the panel's positions among the model's genes.

        Genes outside the panel carry v_b too; beside a profile, which does not know them, bin 0.
        """
        self._settings, self._rows, self.between = settings, rows, go_on
        self._first_class = FIRST_CLASS[settings.readout]
        self._mask = float(len(net.tokens) - 1)
        self._dtype = getattr(torch, settings.dtype)
        with torch.no_grad(), full_precision():
            self._bins = net.tokens.double()
            background = settings.background
            flat = background.value if isinstance(background, Uniform) else 0.0
            cell = np.full(len(net.genes), flat)
            cell[rows] = self._mask if settings.readout == "masked" else background.array()
            cell[-1] = 0
            tokens = bin_vectors(self._bins, torch.from_numpy(cell))[0] + net.genes
            self._performer = PerformerSteps(net.layers, tokens, self._dtype, (net.norm,))
            self._head = cast(net.head, torch.float64)
            self._logits = linear(self._performer.base[rows], self._head)  # (G, V)
            output = expected_bin(self._logits, self._first_class)
        self.baseline_output: np.ndarray = output.to(self._dtype).numpy()

    def __call__(self, source: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (response, tangent), both (T, G), of the source at position `source`."""
        source = check_source(source, len(self._rows))
        step = max(1, TOKENS_AT_ONCE // len(self._performer.base))
        own, before = source_background(self._settings, self._mask, source)
        values, origin = source_values(self._settings.grid, own, before)
        with torch.no_grad(), full_precision():
            numbers = torch.tensor([before, *values], dtype=torch.float64)
            vectors, slopes = bin_vectors(self._bins, numbers)
            steps = torch.stack([vectors[1:] - vectors[0], slopes[1:]])  # (2, B, D)
            rounds = []
            for part in steps.split(step, 1):
                rounds.append(self._cells(source, part))
                self.between()
            outputs = torch.cat(rounds, 1)
            if origin is not None:
                outputs[0] -= outputs[0, origin].clone()
        grid = len(self._settings.grid)
        response, tangent = outputs[:, :grid].to(self._dtype).numpy().copy()
        check_finite(source, response, tangent)
        return response, tangent

    def _cells(self, source: int, steps: Tensor) -> Tensor:
        """Return (2, B, G) float64, changes of the expected bin against the base cell, tangents."""
        tokens, width = self._performer.base.shape
        state = torch.zeros(2, steps.shape[1], tokens, width, dtype=self._dtype)
        state[:, :, self._rows[source]] = steps.to(self._dtype)
        state = self._performer(state)[:, :, self._rows].double()
        change, slope = state @ self._head.weight.T  # (B, G, V), of the logits
        logits, first = self._logits + change, self._first_class
        shares = logits[..., first:-1].softmax(-1)
        bins = torch.arange(first, logits.shape[-1] - 1, dtype=torch.float64)
        mean = shares @ bins
        tangent = ((bins - mean.unsqueeze(-1)) * shares * slope[..., first:-1]).sum(-1)
        return torch.stack([mean - expected_bin(self._logits, first), tangent])


def bin_vectors(tokens: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """Return the (..., D) vectors of `values` (...) and their derivatives by the value.

    tokens: (V, D). A value between two bins is interpolated; V-1 is the mask, with derivative 0.
    """
    last = len(tokens) - 1
    low = values.detach().floor().clamp(0, last - 2).long()
    part = (values - low).unsqueeze(-1)
    vectors = (1 - part) * tokens[low] + part * tokens[low + 1]
    masked = (values == last).unsqueeze(-1)
    slope = torch.where(masked, torch.zeros_like(vectors), tokens[low + 1] - tokens[low])
    return torch.where(masked, tokens[last], vectors), slope


def expected_bin(logits: Tensor, first: int) -> Tensor:
    """Return the (...) expected bin of logits (..., V) over the classes `first` to V-2."""
    shares = logits[..., first:-1].softmax(-1)
    return shares @ torch.arange(first, logits.shape[-1] - 1, dtype=logits.dtype)
