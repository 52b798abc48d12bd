"""scFoundation: its parts, the plain pass of a cell, and the cell near a baseline cell.

The encoder reads the expressed genes and the two depth tokens T and S; the Performer decodes all
genes, zeros too. A value of 0 takes the gene out of the encoder: there the output jumps.
Maths: design notes models-formats.md 3.
Letters: T values of the grid, B of them at a time, N tokens (all genes of the model, T and S), n
those in the encoder, G genes of the panel, E encoder width, D decoder width, K value bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ugrn_core.backbones.base import go_on
from ugrn_core.backbones.forward_ad import push_forward
from ugrn_core.backbones.performer.network import PerformerLayer, perform
from ugrn_core.backbones.performer.steps import PerformerSteps
from ugrn_core.backbones.tangent.device import full_precision
from ugrn_core.backbones.tangent.encoder import EncoderSteps
from ugrn_core.backbones.tangent.sweep import check_finite, source_background, source_values
from ugrn_core.backbones.transformer import Affine, Layer, encode, layer_norm, linear
from ugrn_core.backbones.value_sweep import check_source
from ugrn_core.types import ProbeSettings

LEAK = 0.1
TOKENS_AT_ONCE = 80_000  # of all cells together, at the published width some 2 GB


@dataclass(frozen=True)
class ValueEncoder:
    """A number as a mixture of bins. first: (K, 1), second: (K, K); bins (K, E); mask, pad (E,)
    are the vectors of two values by exact equality."""

    first: Affine
    second: Affine
    bins: Tensor
    mask: Tensor
    pad: Tensor
    alpha: float
    mask_value: float
    pad_value: float

    def __call__(self, values: Tensor) -> Tensor:
        """Return the (..., E) vectors of `values` (...)."""
        hidden = F.leaky_relu(linear(values.unsqueeze(-1), self.first), LEAK)
        vectors = (self.alpha * hidden + linear(hidden, self.second)).softmax(-1) @ self.bins
        for value, vector in ((self.mask_value, self.mask), (self.pad_value, self.pad)):
            vectors = torch.where((values == value).unsqueeze(-1), vector, vectors)
        return vectors


@dataclass(frozen=True)
class Encoder:
    """A post-norm stack (`transformer.Stack`), and the norm after it."""

    heads: int
    layers: tuple[Layer, ...]
    norm: Affine
    activation: str = "relu"
    pre_norm: bool = False


@dataclass(frozen=True)
class DepthNet:
    """All of scFoundation. positions: (N, E), of every gene, then of T and S. norms: two, one after
    the other. last: (1, D)."""

    values: ValueEncoder
    positions: Tensor
    encoder: Encoder
    embed: Affine
    decoder: tuple[PerformerLayer, ...]
    norms: tuple[Affine, ...]
    last: Affine

    def in_encoder(self, values: Tensor) -> Tensor:
        """Return which of `values` (N,) the encoder reads: the positive ones but the mask."""
        return (values > 0) & (values != self.values.mask_value)

    def encode(self, tokens: Tensor) -> Tensor:
        """Return encoder tokens (B, n, E) after the stack and its norm."""
        return layer_norm(encode(self.encoder, tokens), self.encoder.norm)

    def cell(self, values: Tensor) -> Tensor:
        """Return the (N, E) vectors that the decoder embeds, of a cell with `values` (N,)."""
        vectors = self.values(values)
        on = self.in_encoder(values.detach()).nonzero()[:, 0]
        if len(on):
            read = self.encode((vectors[on] + self.positions[on])[None])[0]
            vectors = vectors.index_copy(0, on, read)
        return vectors + self.positions  # the second time for those in the encoder

    def states(self, values: Tensor) -> Tensor:
        """Return the (N, D) final states of a cell with `values` (N,); differentiable."""
        x = perform(self.decoder, linear(self.cell(values), self.embed)[None])[0]
        for norm in self.norms:
            x = layer_norm(x, norm)
        return x

    def __call__(self, values: Tensor) -> Tensor:
        """Return the (N,) reconstruction of a cell with `values` (N,)."""
        return linear(self.states(values), self.last)[:, 0]


class DepthSweep:
    """`base.Sweep` for scFoundation, T and S held.

    A source at 0 is out of the encoder, so its response is exact there; the derivative at 0 is the
    limit from above, with the gene still in. baseline_output: (G,), in the settings' dtype.
    """

    def __init__(
        self, net: DepthNet, rows: Tensor, settings: ProbeSettings, depth: tuple[float, float]
    ) -> None:
        """Run the baseline cell once; net: float64; rows (G,): the panel's genes; depth: (T, S)."""
        self._net, self._rows, self._settings = net, rows, settings
        self.between = go_on
        self._dtype = getattr(torch, settings.dtype)
        with torch.no_grad(), full_precision():
            masked, background = settings.readout == "masked", settings.background.array()
            base = torch.zeros(len(net.positions), dtype=torch.float64)
            base[rows] = torch.from_numpy(
                np.full(len(rows), net.values.mask_value if masked else background)
            )
            base[-2:] = torch.tensor(depth, dtype=torch.float64)
            self._on = net.in_encoder(base).nonzero()[:, 0]
            self._vectors = net.values(base)
            tokens = self._vectors[self._on] + net.positions[self._on]
            self._encoder = None
            if net.in_encoder(base[rows]).any():  # sources are in the base cell's encoder
                norm = net.encoder.norm
                self._encoder = EncoderSteps(net.encoder, tokens, self._dtype, norm)
                self._vectors[self._on] = self._encoder.base
            elif len(self._on):
                self._vectors[self._on] = net.encode(tokens[None])[0]
            self._tokens = tokens
            whole = linear(self._vectors + net.positions, net.embed)
            self._decoder = PerformerSteps(net.decoder, whole, self._dtype, net.norms)
            output = linear(self._decoder.base[rows], net.last)[:, 0]
        self.baseline_output: np.ndarray = output.to(self._dtype).numpy()

    def __call__(self, source: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (response, tangent), both (T, G), of the source at position `source`."""
        source = check_source(source, len(self._rows))
        step = max(1, TOKENS_AT_ONCE // len(self._vectors))
        own, before = source_background(self._settings, self._net.values.mask_value, source)
        values, origin = source_values(self._settings.grid, own, before)
        zeros = [at for at, value in enumerate(values) if value <= 0]
        # At 0 twice: just in the encoder, for the derivative, and out of it, for the response.
        numbers = torch.tensor([*values, *(-torch.inf for _ in zeros)], dtype=torch.float64)
        with torch.inference_mode(False), torch.no_grad(), full_precision():
            rounds = []
            for part in numbers.split(step):
                rounds.append(self._cells(self._rows[source], part))
                self.between()
            outputs = torch.cat(rounds, 1)
            outputs[0, zeros] = outputs[0, len(values) :].clone()
            if origin is not None:
                outputs[0] -= outputs[0, origin].clone()
        grid = len(self._settings.grid)
        response, tangent = outputs[:, :grid].to(self._dtype).numpy().copy()
        check_finite(source, response, tangent)
        return response, tangent

    def _cells(self, source: Tensor, values: Tensor) -> Tensor:
        """Return (2, B, G) float64, changes of the output against the base cell, and tangents.

        A value of -inf is a source at 0, out of the encoder; its tangent is not asked for.
        """
        out, values = values == -torch.inf, values.clamp_min(0)
        inside = (self._on == source).any()
        steps = self._near(source, values) if inside else self._anew(source, values)
        self._leave(source, steps[0], out)
        state = steps.to(self._dtype) @ self._net.embed.weight.T.to(self._dtype)
        state = self._decoder(state)[:, :, self._rows].double()
        return (state @ self._net.last.weight.T)[..., 0]

    def _near(self, source: Tensor, values: Tensor) -> Tensor:
        """Return the steps (2, B, N, E) of what the decoder embeds, the source in the encoder."""
        net, at = self._net, int((self._on == source).nonzero())
        vectors, slopes = push_forward(net.values, values, torch.ones_like(values))
        start = self._tokens[at] - net.positions[source]
        moved = self._encoder(at, torch.stack([vectors - start, slopes]))
        steps = moved.new_zeros(2, len(values), *self._vectors.shape)
        steps[:, :, self._on] = moved
        return steps

    def _leave(self, source: Tensor, change: Tensor, out: Tensor) -> None:
        """Set the changes (B, N, E) of cells that are `out` (B,), of an encoder without source."""
        if not out.any():
            return
        net, others = self._net, self._on != source
        change[out] = 0
        if not others.all():
            without = net.encode(self._tokens[others][None])[0] if others.any() else 0
            moved = without - self._vectors[self._on[others]]
            for cell in out.nonzero()[:, 0]:
                change[cell, self._on[others]] = moved.to(change.dtype)
        zero = net.values(torch.zeros(1, dtype=torch.float64))[0]
        change[out, source] = (zero - self._vectors[source]).to(change.dtype)

    def _anew(self, source: Tensor, values: Tensor) -> Tensor:
        """Return the same where the base cell's encoder does not read the source: it is small."""
        net = self._net
        joined = torch.cat([self._on, source[None]])

        def run(values: Tensor) -> Tensor:
            token = net.values(values) + net.positions[source]
            fixed = self._tokens.expand(len(values), -1, -1)
            return net.encode(torch.cat([fixed, token.unsqueeze(1)], 1))

        read, slopes = push_forward(run, values, torch.ones_like(values))
        steps = torch.zeros(2, len(values), *self._vectors.shape, dtype=torch.float64)
        steps[0][:, joined] = read - self._vectors[joined]
        steps[1][:, joined] = slopes
        return steps
