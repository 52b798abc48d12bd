"""What the scGPT, scBenchmark and Tahoe-x1 adapters share: a loaded transformer as a Backbone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.base import Sweep, check_options, check_settings
from ugrn_core.backbones.forward_ad import ForwardADSweep
from ugrn_core.backbones.generative import generate
from ugrn_core.backbones.loaded import LoadedBackbone, check_values, panel_ids
from ugrn_core.backbones.tangent.device import open_device
from ugrn_core.backbones.transformer import (
    Affine,
    Transformer,
    attention_input,
    cast,
    decode,
    encode,
    encode_values,
    feed_forward,
    layer_norm,
    linear,
    normalise_input,
    project,
)
from ugrn_core.errors import OptionError
from ugrn_core.types import Panel, ProbeSettings


@dataclass(frozen=True)
class GeneWeights:
    """The gene table (V, D0), then a LayerNorm (scGPT) or a Linear (scBenchmark), or neither."""

    embedding: Tensor
    norm: Affine | None = None
    projection: Affine | None = None


@dataclass(frozen=True)
class Weights:
    """Everything a backbone computes with. `query_flag` (D,) marks queried tokens, if trained."""

    genes: GeneWeights
    net: Transformer
    query_flag: Tensor | None = None


@dataclass(eq=False)
class TransformerBackbone(LoadedBackbone[Weights]):
    """`base.Backbone` over a loaded transformer. device: see `device.open_device`. release: which
    published model the weights are, where their content tells."""

    release: str = ""

    kind = "transformer"

    def told(self) -> list[str]:
        """See `LoadedBackbone.told`: the head count."""
        return [str(self.weights.net.heads)]

    def shape(self) -> dict:
        """See `LoadedBackbone.shape`."""
        net = self.weights.net
        return {
            # Of the control, which stands for no file, the release says nothing.
            **({"release": self.release} if self.release and self.files else {}),
            "layers": len(net.layers),
            "width": net.width,
            "heads": net.heads,
            "feed_forward": net.layers[0].linear1.weight.shape[0],
        }

    def reconstruct(
        self,
        panel: Panel,
        values: Tensor,
        readout: str = "visible",
        cls: float | None = 0.0,
        targets: Tensor | None = None,
    ) -> Tensor:
        """See `base.Backbone.reconstruct`; with `targets` (n,) positions the result is (B, n)."""
        check_options(self.defaults, readout, cls)
        genes, tokens = self._tokens(panel, values, cls)
        net = self.in_dtype(values.dtype).net
        if readout == "generative":
            queried = genes if targets is None else genes[targets]
            return generate(net, tokens, queried + self.weights.query_flag.to(values.dtype))
        output = decode(net, encode(net, tokens)[:, -len(panel) :])
        return output if targets is None else output[:, targets]

    def gene_embedding(self, panel: Panel) -> np.ndarray:
        """See `base.Backbone.gene_embedding`."""
        return self._gene_vectors(panel_ids(self.vocabulary, panel), torch.float32).numpy()

    def attention(self, panel: Panel, values: Tensor, cls: float | None = 0.0) -> np.ndarray:
        """See `base.Backbone.attention`."""
        check_options(self.defaults, self.defaults.readouts[0], cls)
        with torch.no_grad():
            _, tokens = self._tokens(panel, values, cls)
            net = self.in_dtype(values.dtype).net
            x = encode(net, tokens, layers=len(net.layers) - 1)
            last = net.layers[-1]
            query, key, _ = project(attention_input(net, x, last), last, net.heads)
            return (query @ key.transpose(-1, -2)).numpy()

    def mean_attention(self, panel: Panel, values: Tensor, cls: float | None = 0.0) -> np.ndarray:
        """Return the attention (B, G, G) among the panel's genes, mean over layers and heads."""
        check_options(self.defaults, self.defaults.readouts[0], cls)
        with torch.no_grad():
            _, x = self._tokens(panel, values, cls)
            net, total = self.in_dtype(values.dtype).net, 0
            for p in net.layers:
                read = attention_input(net, x, p)
                query, key, value = project(read, p, net.heads)
                shares = (query @ key.mT * key.shape[-1] ** -0.5).softmax(-1)
                total = total + shares.mean(1)
                mixed = (shares @ value).transpose(1, 2).reshape(x.shape)
                x = feed_forward(net, x, linear(mixed, p.out), p)
            genes = slice(-len(panel), None)
            return (total / len(net.layers))[:, genes, genes].numpy()

    def sweep(self, panel: Panel, settings: ProbeSettings) -> Sweep:
        """See `base.Backbone.sweep`; raises GridError, PanelError or OptionError."""
        check_settings(self.defaults, settings, panel)
        if settings.readout == "generative":
            return ForwardADSweep(self, panel, settings)
        from ugrn_core.backbones.tangent.sweep import TangentSweep

        dtype, where = getattr(torch, settings.dtype), open_device(self.device)
        genes = self._gene_vectors(panel_ids(self.vocabulary, panel), dtype).to(where)
        first = None if settings.cls is None else self._cls_vector(dtype).to(where)
        return TangentSweep(
            self.in_dtype(dtype).net, genes, first, settings, self.defaults.mask_value
        )

    def _tokens(self, panel: Panel, values: Tensor, cls: float | None) -> tuple[Tensor, Tensor]:
        """Return gene vectors (G, D) and input tokens (B, S', D), `<cls>` first if there is one."""
        if values.dtype not in (torch.float32, torch.float64):
            raise OptionError(f"Values must be float32 or float64, not {values.dtype}.")
        check_values(values.shape, panel)
        net = self.in_dtype(values.dtype).net
        genes = self._gene_vectors(panel_ids(self.vocabulary, panel), values.dtype)
        tokens = genes + encode_values(net, values)
        if cls is not None:
            vector = self._cls_vector(values.dtype) + encode_values(net, values.new_tensor(cls))
            tokens = torch.cat([vector.expand(len(values), 1, -1), tokens], dim=1)
        return genes, normalise_input(net, tokens)

    def _gene_vectors(self, ids: Tensor, dtype: torch.dtype) -> Tensor:
        table = self.weights.genes
        rows = table.embedding[ids].to(dtype)
        if table.norm is not None:
            rows = layer_norm(rows, cast(table.norm, dtype))
        return rows if table.projection is None else linear(rows, cast(table.projection, dtype))

    def _cls_vector(self, dtype: torch.dtype) -> Tensor:
        """The (D,) vector of `<cls>` without value."""
        return self._gene_vectors(torch.tensor([self.vocabulary.special("<cls>")]), dtype)[0]

    def _in_dtype(self, dtype: torch.dtype) -> Weights:
        """The network in `dtype`; gene vectors are cast as they are read: the table is large."""
        return replace(self.weights, net=cast(self.weights.net, dtype))
