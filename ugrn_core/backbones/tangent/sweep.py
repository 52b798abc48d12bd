"""The tangent pass: reconstructions and their derivatives for one source, without autograd.

One pass a (source, value) gives the value and the derivative of every target: forward mode, with
every rule written out. Exact; design notes performance.md, "The algorithm".
Letters: T values of the grid, B of them at a time, S tokens, D width, G genes.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.base import go_on
from ugrn_core.backbones.tangent.device import Host, full_precision, tokens_at_once
from ugrn_core.backbones.tangent.encoder import EncoderSteps
from ugrn_core.backbones.tangent.layer import activate, norm_tangent
from ugrn_core.backbones.tangent.matrix_product import product_for
from ugrn_core.backbones.transformer import (
    ACTIVATIONS,
    Transformer,
    cast,
    encode_values,
    linear,
    normalise_input,
)
from ugrn_core.backbones.value_sweep import check_source
from ugrn_core.errors import ComputationError, OptionError
from ugrn_core.types import ProbeSettings, Profile


@dataclass(frozen=True, eq=False)
class _Changes:
    """The B cells of a source. steps: (2, B, D) float64, by how much its token differs from the
    base cell's, and its tangent. origin: the cell that responses count from, None for the base
    cell. rounds: (positions of cells, parts of their states) of every round."""

    steps: Tensor
    origin: int | None
    rounds: list[tuple[list[int], int]]


class TangentSweep:
    """`base.Sweep` for the transformer that scGPT, scBenchmark and Tahoe-x1 share.

    baseline_output: (G,) numpy, in the settings' dtype.
    """

    def __init__(
        self,
        net: Transformer,
        gene_vectors: Tensor,
        cls_vector: Tensor | None,
        settings: ProbeSettings,
        mask_value: float,
    ) -> None:
        """Run the baseline cell once: gene_vectors (G, D) and cls_vector (D,) carry no value yet.

        Raises OptionError for the `generative` readout and for activations it has no rule for.
        """
        if settings.readout not in ("visible", "masked"):
            raise OptionError(
                f"The tangent pass reads 'visible' or 'masked'; not '{settings.readout}'. "
                "Use forward_ad for this readout."
            )
        for kind in (net.activation, net.value_activation, net.decoder_activation):
            if kind not in ACTIVATIONS:
                known = ", ".join(ACTIVATIONS)
                raise OptionError(f"The activation is one of {known}; not '{kind}'.")
        self._settings, self._mask, self.between = settings, mask_value, go_on
        self._lead = 0 if cls_vector is None else 1
        self._host = Host()
        with torch.no_grad(), full_precision():
            self._exact = cast(replace(net, layers=()), torch.float64, gene_vectors.device)
            tokens = gene_vectors.double() + self._carried(gene_vectors)
            if cls_vector is not None:
                first = cls_vector.double() + _encode(self._exact, [settings.cls], gene_vectors)[0]
                tokens = torch.cat([first, tokens])
            tokens, dtype = normalise_input(self._exact, tokens), getattr(torch, settings.dtype)
            self._encoder = EncoderSteps(net, tokens, dtype, net.final_norm)
            self._prepare(self._exact)
            self._known = source_background(settings, mask_value, 0)
            self._changes = self._changes_from(settings.grid, *self._known)

    def __call__(self, source: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (response, tangent), both (T, G), of the source at position `source`."""
        return self._read(source, None)

    def at(self, source: int, targets: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Return the same of the targets at positions `targets` alone, both (T, R): the last layer
        is computed for them only, a quarter to a seventh of the work of a thousand genes. Raises
        PanelError for a position outside the panel."""
        return self._read(source, [check_source(t, len(self.baseline_output)) for t in targets])

    def over(self, settings: ProbeSettings) -> Self | None:
        """Return the sweep of `settings` that shares this one's base cell and memory: one of the
        two runs at a time. None where `settings` make another base cell."""
        own, background = self._settings, settings.background
        same = (settings.readout, settings.cls, settings.dtype) == (own.readout, own.cls, own.dtype)
        in_parts = isinstance(background, Profile) and background.folds  # several base cells
        # Masked, every gene of the base cell carries the mask, whatever the background.
        masked = own.readout == "masked" and not in_parts
        if not same or not (masked or background == own.background):
            return None
        other, known = copy(self), source_background(settings, self._mask, 0)
        changes = self._changes_from(settings.grid, *known)
        vars(other).update(_settings=settings, _known=known, _changes=changes, between=go_on)
        return other

    def _read(self, source: int, targets: list[int] | None) -> tuple[np.ndarray, np.ndarray]:
        source = check_source(source, len(self.baseline_output))
        with torch.no_grad(), full_precision():
            now = source_background(self._settings, self._mask, source)
            if now != self._known:  # never so in a uniform background
                self._known = now
                self._changes = self._changes_from(self._settings.grid, *now)
            steps, origin = self._changes.steps, self._changes.origin
            rows = None if targets is None else self._tokens_of(targets)
            tokens = len(self._encoder.base) if rows is None else len(rows)
            # Zero where nothing is computed: the response of the base cell itself.
            outputs = self._encoder.like.new_zeros(2, steps.shape[1], tokens)
            for at, parts in self._changes.rounds:
                outputs[-parts:, at] = self._cells(source, steps[:, at], parts, rows)
                self.between()
            if rows is None:
                outputs = outputs[..., self._lead :]
            if origin is not None:
                outputs[0] -= outputs[0, origin].clone()
        response, tangent = self._host(outputs[:, : len(self._settings.grid)]).numpy().copy()
        check_finite(source, response, tangent)
        return response, tangent

    def _tokens_of(self, genes: list[int]) -> Tensor:
        return torch.tensor(genes, device=self._encoder.base.device) + self._lead

    def _carried(self, like: Tensor) -> Tensor:
        """Return the float64 vectors of what genes carry in the base cell: (1, D), or (G, D)."""
        if self._settings.readout == "masked":
            return _encode(self._exact, [self._mask], like)[0]
        values, gene = np.unique(self._settings.background.array(), return_inverse=True)
        vectors = _encode(self._exact, values.tolist(), like)[0]
        return vectors if len(values) == 1 else vectors[torch.from_numpy(gene).to(like.device)]

    def _changes_from(self, grid: tuple[float, ...], own: float, before: float) -> _Changes:
        """Return the cells of a source whose background value is `own` and that carries `before` in
        the base cell."""
        values, origin = source_values(grid, own, before)
        same = values.index(own) if origin is None and own in values else None
        steps = self._input_steps(before, values)
        return _Changes(steps, origin, self._rounds(len(values), same))

    def _input_steps(self, before: float, values: list[float]) -> Tensor:
        """Return (2, B, D) float64: the source token's change from the base cell, its tangent."""
        net, like = self._exact, self._encoder.base
        value, tangent = _encode(net, values, like)
        steps = torch.stack([value - _encode(net, [before], like)[0], tangent])
        if net.batch_norm is not None:
            bn = net.batch_norm
            steps *= bn.weight / torch.sqrt(bn.var + bn.eps)
        return steps

    def _prepare(self, net: Transformer) -> None:
        """Run the base cell through the decoder of `net`, float64; plan the rounds."""
        x, like = self._encoder.base, self._encoder.like
        tokens = tokens_at_once(x.device, net.width, self._encoder.inner, like.dtype.itemsize)
        self._most = max(1, round(tokens / len(x)))
        self._product = product_for(like)
        self._decoder, self._decoder_kind = [], net.decoder_activation
        for p in net.decoder:
            before = linear(x, p)
            self._decoder.append((p.weight.to(like.dtype), -before.to(like.dtype)))
            x = ACTIVATIONS[net.decoder_activation](before)
        self.baseline_output = self._host(before[self._lead :, 0].to(like.dtype)).numpy().copy()

    def _rounds(self, cells: int, same: int | None) -> list[tuple[list[int], int]]:
        """Return (positions of cells, parts of their states) of every round of cells at a time.

        Two parts, value and tangent; the cell `same`, which is the base cell itself, needs its
        tangent only.
        """
        others = [at for at in range(cells) if at != same]
        size = -(-len(others) // max(1, -(-len(others) // self._most)))
        rounds = [(others[k : k + size], 2) for k in range(0, len(others), max(1, size))]
        return rounds if same is None else [*rounds, ([same], 1)]

    def _cells(self, source: int, steps: Tensor, parts: int, rows: Tensor | None) -> Tensor:
        """Return (parts, B, S or R): responses against the base cell, where asked for, and
        tangents; of the tokens at positions `rows`, or of all."""
        x = self._encoder(source + self._lead, steps, parts, rows)
        *hidden, (last, _) = self._decoder
        for weight, floor in hidden:
            x = self._product(x, weight, None)
            activate(self._decoder_kind, x, floor if rows is None else floor[rows])
        return x @ last[0]


def source_background(
    settings: ProbeSettings, mask_value: float, source: int
) -> tuple[float, float]:
    """Return the background's value of a source, and what it carries in the base cell."""
    masked, background = settings.readout == "masked", settings.background
    return background.at(source), mask_value if masked else background.carried(source)


def source_values(
    grid: tuple[float, ...], own: float, before: float
) -> tuple[list[float], int | None]:
    """Return what the source carries cell by cell, and the cell that responses count from, None
    where that is the base cell. own: its background value; before: what it carries in the base
    cell, the mask value where it is masked there: responses count from the cell at `own`, then.
    """
    values = list(grid)
    if before == own:
        return values, None
    values = values if own in values else [*values, own]
    return values, values.index(own)


def check_finite(source: int, *results: np.ndarray) -> None:
    """Raise ComputationError unless all `results` of `source` are finite."""
    if not all(np.isfinite(values).all() for values in results):
        raise ComputationError(
            f"The tangent pass gave values that are not finite for source {source}. "
            "Check the checkpoint, and that the grid lies in the backbone's range."
        )


def _encode(net: Transformer, values: list[float], like: Tensor) -> tuple[Tensor, Tensor]:
    """Return the (B, D) float64 value vectors and their derivatives by the value."""
    numbers = torch.tensor(values, dtype=torch.float64, device=like.device)
    before = linear(numbers.clamp_max(net.clamp).unsqueeze(-1), net.value1)
    slope = (numbers <= net.clamp).double().unsqueeze(-1) * net.value1.weight.T
    activate(net.value_activation, slope.unsqueeze(0), -before)
    tangent = slope @ net.value2.weight.T
    if net.value_norm is not None:
        hidden = ACTIVATIONS[net.value_activation](before)
        tangent = norm_tangent(linear(hidden, net.value2), tangent, net.value_norm)[1]
    return encode_values(net, numbers), tangent
