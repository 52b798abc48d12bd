"""scBERT checkpoints: a Performer over all genes of a fixed list, expression in whole bins.

Format and maths: design notes models-formats.md 1 and 2. A folder holds `panglao_pretrain.pth` and
`genes.txt`, the gene order of the authors' panglao_10000.h5ad, which the weights do not tell.
Letters: B cells, N tokens (all genes of the model and one more), G genes of a panel, D width,
V classes: the bins 0 to V-2, then the one class that masks and pads.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Self

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.base import BackboneDefaults, Sweep, check_options, check_settings
from ugrn_core.backbones.checkpoint import Checkpoint
from ugrn_core.backbones.loaded import LoadedBackbone, check_values, panel_ids
from ugrn_core.backbones.performer.bins import (
    FIRST_CLASS,
    BinSweep,
    BinWeights,
    bin_vectors,
    expected_bin,
)
from ugrn_core.backbones.performer.network import (
    TOKENS_AT_ONCE,
    attention_among,
    perform,
    read_performer,
)
from ugrn_core.backbones.transformer import cast, layer_norm, linear
from ugrn_core.backbones.vocabulary import Vocabulary, read_gene_order
from ugrn_core.errors import CheckpointError
from ugrn_core.types import Panel, ProbeSettings, ValueScale

PREFIX = "performer."
GENE_ORDER = "genes.txt"
RELAXATION = "between two bins the input vector is interpolated"


class ScBert(LoadedBackbone[BinWeights]):
    """scBERT as a `base.Backbone`. Every cell holds all genes of the model: those outside the
    panel carry v_b in a virtual cell, and 0 beside real values.

    Values lie in [0, V-2]; between two bins the vector is interpolated (ours, exact at the bins),
    and the derivative at a bin is that of the interval above it, at the highest bin below it.
    Readouts: the expected bin of the classes 1 to V-2, which were ever answers in training
    (`visible`, `masked`), or of 0 to V-2 (`visible-all`).
    """

    kind = "scbert"

    @staticmethod
    def recognises(keys: Collection[str]) -> bool:
        """Return whether a state dict with `keys` is an scBERT model, fine-tuned or not."""
        return f"{PREFIX}net.layers.0.0.fn.to_q.weight" in keys

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, name: str) -> Self:
        """Return the backbone; raise CheckpointError naming what lacks, misfits or is refused."""
        _refuse_unsupported(checkpoint)
        take = checkpoint.take
        tokens = take("token_emb.weight", None, None)
        classes, width = tokens.shape
        genes = take("pos_emb.emb.weight", None, width, dtype=torch.float64)
        weights = BinWeights(
            tokens=tokens,
            genes=genes,
            layers=read_performer(checkpoint, PREFIX, width, qkv_bias=False),
            norm=checkpoint.affine("norm", width),
            head=checkpoint.affine("to_out", classes, width),
        )
        checkpoint.require_complete()
        parts = (PREFIX, "token_emb.", "pos_emb.", "norm.", "to_out.")
        checkpoint.require_all_read(parts)
        if not (checkpoint.folder / GENE_ORDER).is_file():
            raise CheckpointError(
                f"{checkpoint.folder} lacks {GENE_ORDER}: the names of the model's "
                f"{len(genes) - 1:,} genes, one a line, in the order of its weights, which do not "
                "tell it (var_names of the authors' panglao_10000.h5ad). Put it beside them."
            )
        return cls(
            name=name,
            folder=checkpoint.folder,
            vocabulary=Vocabulary(
                read_gene_order(checkpoint.file(GENE_ORDER), len(genes) - 1), specials=()
            ),
            defaults=_defaults(classes),
            weights=weights,
            files=checkpoint.files,
            ignored=checkpoint.ignored,
        )

    def shape(self) -> dict:
        """See `LoadedBackbone.shape`."""
        layer = self.weights.layers[0]
        return {
            "layers": len(self.weights.layers),
            "width": self.weights.tokens.shape[1],
            "heads": layer.heads,
            "feed_forward": len(layer.linear1.bias),
            "context": len(self.weights.genes),  # tokens of every cell, whatever the panel
            "key maximum": "per cell",
            "gene identity": "gene2vec, not learnt by scBERT",
        }

    def reconstruct(
        self,
        panel: Panel,
        values: Tensor,
        readout: str = "visible",
        cls: float | None = None,
        targets: Tensor | None = None,
        *,
        outside: float = 0.0,
    ) -> Tensor:
        """See `base.Backbone.reconstruct`; `outside` is what genes outside the panel carry."""
        check_options(self.defaults, readout, cls)
        logits = self.logits(panel, values, outside)
        read = panel_ids(self.vocabulary, panel)
        output = expected_bin(logits[:, read], FIRST_CLASS[readout])
        return output if targets is None else output[:, targets]

    def logits(self, panel: Panel, values: Tensor, outside: float = 0.0) -> Tensor:
        """Return the (B, N, V) logits of every token of cells with `values` (B, G)."""
        net = self.in_dtype(values.dtype)
        cells = self._cells(panel, values, outside)
        step = max(1, TOKENS_AT_ONCE // cells.shape[1])
        parts = [perform(net.layers, part) for part in cells.split(step)]
        return linear(layer_norm(torch.cat(parts), net.norm), net.head)

    def gene_embedding(self, panel: Panel) -> np.ndarray:
        """Return (G, D) float32: gene2vec as the checkpoint holds it, nothing scBERT learnt."""
        return self.weights.genes[panel_ids(self.vocabulary, panel)].float().numpy()

    def attention(self, panel: Panel, values: Tensor, cls: float | None = None) -> np.ndarray:
        """Return the last layer's exact attention (B, H, G, G), panel x panel: rows query."""
        check_options(self.defaults, self.defaults.readouts[0], cls)
        net = self.in_dtype(values.dtype)
        rows = panel_ids(self.vocabulary, panel)
        with torch.no_grad():
            attention = [
                attention_among(perform(net.layers[:-1], cell[None]), net.layers[-1], rows)
                for cell in self._cells(panel, values, 0.0)
            ]
        return torch.stack(attention).numpy()

    def mean_attention(self, panel: Panel, values: Tensor, cls: float | None = None) -> np.ndarray:
        """Return the exact attention (B, G, G), panel x panel, mean over layers and heads."""
        net = self.in_dtype(values.dtype)
        rows = panel_ids(self.vocabulary, panel)
        means = []
        with torch.no_grad():
            for cell in self._cells(panel, values, 0.0):
                x, total = cell[None], 0
                for p in net.layers:
                    total = total + attention_among(x, p, rows).mean(0)
                    x = perform((p,), x)
                means.append(total / len(net.layers))
        return torch.stack(means).numpy()

    def sweep(self, panel: Panel, settings: ProbeSettings) -> Sweep:
        """See `base.Backbone.sweep`; raises GridError or OptionError for unfit settings."""
        check_settings(self.defaults, settings)
        net = self.in_dtype(getattr(torch, settings.dtype))
        return BinSweep(net, panel_ids(self.vocabulary, panel), settings)

    def _in_dtype(self, dtype: torch.dtype) -> BinWeights:
        """The weights in `dtype`; gene vectors stay float64, as they are stored."""
        return replace(cast(self.weights, dtype), genes=self.weights.genes)

    def _cells(self, panel: Panel, values: Tensor, outside: float) -> Tensor:
        """Return tokens (B, N, D) of cells with `values` (B, G); the extra token carries bin 0."""
        check_values(values.shape, panel)
        net = self.in_dtype(values.dtype)
        rows = panel_ids(self.vocabulary, panel)
        vectors = bin_vectors(net.tokens, values.new_tensor([outside, 0.0]))[0]
        around = vectors[:1].repeat(len(net.genes), 1)
        around[-1] = vectors[1]
        cells = around.expand(len(values), -1, -1).index_copy(
            1, rows, bin_vectors(net.tokens, values)[0]
        )
        return (cells + net.genes).to(values.dtype)  # summed in float64, as the original does


def _defaults(classes: int) -> BackboneDefaults:
    top = float(classes - 2)
    upper = np.unique(np.linspace(2, top, 4).round()).tolist()
    return BackboneDefaults(
        value_range=(0.0, top),
        baseline=0.0,  # most genes of a real cell carry it: here zeros are part of every cell
        grid=(0.0, 0.5, 1.0, 1.5, *upper),
        readouts=("visible", "visible-all", "masked"),
        cls_layouts=(None,),
        mask_value=float(classes - 1),
        value_scale=ValueScale.LOG2_CP10K,
        own_phrase=f"bin of log2(1 + counts per 10,000), 0 to {top:g}",
        relaxation=RELAXATION,
    )


def _refuse_unsupported(checkpoint: Checkpoint) -> None:
    keys = checkpoint.state
    problems = {
        "is fine-tuned to classify cells: it has no answer for a gene's bin": any(
            k.startswith(("to_out.conv1.", "to_out.fc1.")) for k in keys
        ),
        "has no gene vectors ('pos_emb.emb.weight'): its genes are all alike": (
            "pos_emb.emb.weight" not in keys
        ),
        "lacks its random features ('projection_matrix'): drawn anew they would be others": (
            f"{PREFIX}net.layers.0.0.fn.fast_attention.projection_matrix" not in keys
        ),
    }
    for what, there in problems.items():
        if there:
            raise CheckpointError(
                f"The scBERT checkpoint in {checkpoint.folder} {what}. "
                "Give the pretrained weights, panglao_pretrain.pth, as published."
            )
