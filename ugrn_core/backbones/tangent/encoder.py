"""An encoder stack near a known baseline cell: what one changed token changes, and the derivative.

Exact; design notes performance.md, "The algorithm".
Letters: B cells at a time, S tokens, D width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ugrn_core.backbones.tangent.buffers import Buffers
from ugrn_core.backbones.tangent.first_layer import FirstAttention
from ugrn_core.backbones.tangent.layer import LayerBase, NormBase, Rows, Work, norm_tangent
from ugrn_core.backbones.transformer import Affine, Layer, Stack, attention_input, cast


class EncoderSteps:
    """The stack's layers, the baseline cell on its way through them, and the steps away from it.

    base: (S, D) float64, what the stack makes of the baseline cell, `final_norm` included.
    """

    def __init__(
        self, stack: Stack, tokens: Tensor, dtype: torch.dtype, final_norm: Affine | None = None
    ) -> None:
        """Run the base cell `tokens` (S, D) float64 through the network; keep what steps need."""
        layers, self._pre_norm = stack.layers, stack.pre_norm
        count, width = tokens.shape
        self.inner = len(layers[0].linear1.bias)
        self._shape = (count, width, self.inner, stack.heads)
        self.like = tokens.new_empty(0, dtype=dtype)
        self._buffers = Buffers(self.like)
        self._work: dict[tuple[int, int], Work] = {}
        self._tokens, x = tokens, tokens.clone()
        self._first_norm = cast(layers[0].norm1, torch.float64, x.device)
        self._first = FirstAttention(
            attention_input(stack, x, cast(layers[0], torch.float64, x.device)),
            layers[0],
            stack.heads,
        )
        self._layers = self._read(stack, x)
        self._final = None
        if final_norm is not None:
            seen = self.like.new_empty(x.shape)
            self._final = NormBase(cast(final_norm.weight, dtype, x.device), seen)
            x = self._final.fill(slice(None), x, cast(final_norm, torch.float64, x.device))
        self.base = x

    def __call__(
        self, source: int, steps: Tensor, parts: int = 2, rows: Tensor | None = None
    ) -> Tensor:
        """Return (parts, B, S, D), in memory that the next call uses again.

        source: the token that changes; steps (2, B, D) float64: by how much, and its tangent. With
        parts = 2 differences to the base cell and tangents; with 1 the tangents of the base cell.
        rows: positions of the tokens that are wanted, for (parts, B, R, D): the last layer is
        computed for them alone. None: all.
        """
        kind = steps.shape[1], parts
        if kind not in self._work:
            self._work[kind] = Work(kind[0], self._shape, self._buffers, parts)
        work = self._work[kind]
        work.state.zero_()
        work.state[:, :, source] = steps[-parts:]
        change = self._first_steps(source, steps)
        if rows is not None and len(self._layers) == 1:
            mixed = work.mixed.new_empty(*kind[::-1], len(rows), work.mixed.shape[-1])
            return self._last_of(rows, work, self._first(source, *change, mixed, rows))
        self._first(source, *change, out=work.mixed)
        for number, layer in enumerate(self._layers, 1):
            if rows is not None and number == len(self._layers):
                return self._last_of(rows, work, layer.step_attention_of(rows, work))
            if number > 1:  # the first layer's attention is `_first`
                layer.step_attention(work)
            layer.step(work)
        if self._final is not None:
            self._final.step(work.state, work.one)
        return work.state

    def _last_of(self, rows: Tensor, work: Work, mixed: Tensor) -> Tensor:
        """Return what the last layer makes of the tokens at `rows`; mixed (n, B, R, D): the step
        of its attention."""
        few = Rows(work.state[:, :, rows], mixed, self.inner)
        self._layers[-1].at(rows).step(few)
        if self._final is not None:
            self._final.at(rows).step(few.state, few.one)
        return few.state

    def _first_steps(self, source: int, steps: Tensor) -> Tensor:
        """Return `steps` as the first layer's attention sees them."""
        if not self._pre_norm:
            return steps
        token = self._tokens[source]
        value, tangent = norm_tangent(token + steps[0], steps[1], self._first_norm)
        return torch.stack(
            [value - norm_tangent(token, steps[1, :1], self._first_norm)[0], tangent]
        )

    def _read(self, stack: Stack, x: Tensor) -> list[LayerBase]:
        """Carry the base cell x (S, D) through every layer, in place; return the layers."""
        count, width, inner, _ = self._shape
        single = Work(1, self._shape, self._buffers)
        dtype, device, read = self.like.dtype, x.device, []
        # For all layers at once: piece by piece, what is freed in between would leave holes.
        seen = self.like.new_empty(len(stack.layers), count * (2 * width + inner))
        attention = self.like.new_empty(len(stack.layers) - 1, 4, count * width)
        attended = self._first.attended.flatten(1)
        for number, layer in enumerate(stack.layers):
            # Layers are cast one by one: all of them in float64 would be the peak of memory.
            exact: Layer = cast(layer, torch.float64, device)
            base = LayerBase(cast(layer, dtype, device), stack, seen[number])
            if number:  # the first layer's attention is `_first`
                of_base = attention[number - 1]
                attended = base.attend(attention_input(stack, x, exact), exact, single, of_base)
            base.finish(x, attended, exact)
            read.append(base)
        return read
