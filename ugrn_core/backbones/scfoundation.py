"""scFoundation checkpoints: a transformer over expressed genes, a Performer that decodes them all.

Format and maths: design notes models-formats.md 1 and 3. A folder holds `models.ckpt`, of which
the entry `gene` is read, and the gene list `OS_scRNA_gene_index.*.tsv`, both as published.
Letters: B cells, N tokens (all genes of the model, T and S), G genes of a panel, E encoder width.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from ugrn_core.backbones.base import BackboneDefaults, Sweep, check_options, check_settings
from ugrn_core.backbones.checkpoint import Checkpoint
from ugrn_core.backbones.layers import read_layers
from ugrn_core.backbones.loaded import LoadedBackbone, check_values, panel_ids
from ugrn_core.backbones.performer.depth import DepthNet, DepthSweep, Encoder, ValueEncoder
from ugrn_core.backbones.performer.network import read_performer
from ugrn_core.backbones.transformer import encode, project
from ugrn_core.backbones.vocabulary import Vocabulary
from ugrn_core.errors import CheckpointError
from ugrn_core.types import Panel, ProbeSettings, ValueScale

DEPTH = (4.0, 4.0)  # T and S: a cell of 10,000 counts, read at that depth
LAYERS = "encoder.transformer_encoder."
GENE_LISTS = "OS_scRNA_gene_index*.tsv"
GRID = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0)  # above 0: there the output jumps
MOST_BYTES = 4_000_000


class ScFoundation(LoadedBackbone[DepthNet]):
    """scFoundation as a `base.Backbone`. Values are log1p of counts per 10,000.

    Genes outside the panel carry 0: they are decoded, and stay out of the quadratic encoder. The
    depth tokens T and S are held. A gene at 0 leaves the encoder, and the output jumps.
    """

    kind = "scfoundation"

    @staticmethod
    def recognises(keys: Collection[str]) -> bool:
        """Return whether a state dict with `keys` is an entry of scFoundation's file."""
        return "decoder_embed.weight" in keys and "token_emb.mlp.weight" in keys

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, name: str) -> Self:
        """Return the backbone; raise CheckpointError naming what lacks, misfits or is refused."""
        net = _read_network(checkpoint, _config(checkpoint.config))
        checkpoint.require_complete()
        parts = ("token_emb.", "pos_emb.", "encoder.", "decoder", "norm.", "to_final.")
        checkpoint.require_all_read(parts)
        genes = _read_genes(checkpoint, len(net.positions) - 2)
        return cls(
            name=name,
            folder=checkpoint.folder,
            vocabulary=Vocabulary(genes, specials=()),
            defaults=_defaults(net.values.mask_value),
            weights=net,
            files=checkpoint.files,
            ignored=checkpoint.ignored,
        )

    def told(self) -> list[str]:
        """See `LoadedBackbone.told`."""
        v = self.weights.values
        return [str(n) for n in (self.weights.encoder.heads, v.alpha, v.mask_value, v.pad_value)]

    def shape(self) -> dict:
        """See `LoadedBackbone.shape`."""
        net = self.weights
        return {
            "layers": len(net.encoder.layers),
            "width": net.positions.shape[1],
            "heads": net.encoder.heads,
            "feed_forward": len(net.encoder.layers[0].linear1.bias),
            "decoder_layers": len(net.decoder),
            "decoder_width": len(net.embed.bias),
            "context": len(net.positions),  # tokens that are decoded, whatever the panel
            "key maximum": "per cell",
            "genes outside the panel": "0: decoded, not encoded",
        }

    def reconstruct(
        self,
        panel: Panel,
        values: Tensor,
        readout: str = "visible",
        cls: float | None = None,
        targets: Tensor | None = None,
        *,
        depth: tuple[float, float] = DEPTH,
    ) -> Tensor:
        """See `base.Backbone.reconstruct`; depth: (T, S)."""
        check_options(self.defaults, readout, cls)
        rows, net = panel_ids(self.vocabulary, panel), self.in_dtype(values.dtype)
        read = rows if targets is None else rows[targets]
        cells = self._cells(panel, values, depth)
        return torch.stack([net(cell)[read] for cell in cells])

    def gene_embedding(self, panel: Panel) -> np.ndarray:
        """See `base.Backbone.gene_embedding`: the learnt vector of each gene."""
        return self.weights.positions[panel_ids(self.vocabulary, panel)].numpy()

    def attention(self, panel: Panel, values: Tensor, cls: float | None = None) -> np.ndarray:
        """Return the encoder's last layer's raw q.k (B, H, G, G) among the panel: rows query.

        Pairs with a gene at 0, which the encoder does not read, carry -inf: they rank last.
        """
        check_options(self.defaults, self.defaults.readouts[0], cls)
        net, rows = self.in_dtype(values.dtype), panel_ids(self.vocabulary, panel)
        stack, genes = net.encoder, len(panel)
        attention = values.new_full((len(values), stack.heads, genes, genes), -torch.inf)
        with torch.no_grad():
            for number, cell in enumerate(self._cells(panel, values, DEPTH)):
                on = net.in_encoder(cell)
                tokens = (net.values(cell) + net.positions)[on][None]
                x = encode(stack, tokens, len(stack.layers) - 1)
                query, key, _ = project(x, stack.layers[-1], stack.heads)
                at = on[rows].nonzero()[:, 0]
                slot = (on.cumsum(0) - 1)[rows[at]]
                scores = (query @ key.mT)[0]
                attention[number, :, at[:, None], at] = scores[:, slot[:, None], slot]
        return attention.numpy()

    def sweep(self, panel: Panel, settings: ProbeSettings) -> Sweep:
        """See `base.Backbone.sweep`; raises GridError or OptionError for unfit settings."""
        check_settings(self.defaults, settings)
        rows = panel_ids(self.vocabulary, panel)
        return DepthSweep(self.in_dtype(torch.float64), rows, settings, settings.depth or DEPTH)

    def _cells(self, panel: Panel, values: Tensor, depth: tuple[float, float]) -> Tensor:
        """Return (B, N) values of all tokens."""
        check_values(values.shape, panel)
        around = values.new_zeros(len(values), len(self.weights.positions))
        around[:, -2:] = values.new_tensor(depth)
        return around.index_copy(1, panel_ids(self.vocabulary, panel), values)


def _config(config: dict[str, Any]) -> dict[str, Any]:
    """Return the model's options: the data set's are merged over the model's, as the original."""
    merged: dict[str, Any] = {}
    for group, name in (("model_config", config.get("model")), ("dataset_config", "rnaseq")):
        part = config.get(group)
        chosen = part.get(name) if isinstance(part, dict) else None
        merged |= chosen if isinstance(chosen, dict) else {}
    return merged


def _read_network(checkpoint: Checkpoint, config: dict[str, Any]) -> DepthNet:
    take, affine = checkpoint.take, checkpoint.affine
    positions = take("pos_emb.weight", None, None)
    width = positions.shape[1]
    first = affine("token_emb.mlp", None, 1)
    bins = len(first.bias)
    encoder = config.get("encoder")
    heads = _number(encoder if isinstance(encoder, dict) else {}, "heads", 12)
    if width and (heads < 1 or heads != int(heads) or width % int(heads)):
        raise CheckpointError(
            f"The configuration in {checkpoint.folder} should give the encoder's heads, a divisor "
            f"of its width {width}; got {heads:g}. Give models.ckpt as published."
        )
    embed = affine("decoder_embed", None, width)
    decoded = len(embed.bias)
    values = ValueEncoder(
        first=first,
        second=affine("token_emb.mlp2", bins, bins),
        bins=take("token_emb.emb.weight", bins, width),
        mask=take("token_emb.emb_mask.weight", 1, width)[0],
        pad=take("token_emb.emb_pad.weight", 1, width)[0],
        alpha=_number(config, "bin_alpha", 1.0),
        mask_value=_number(config, "mask_token_id", 102),
        pad_value=_number(config, "pad_token_id", 103),
    )
    return DepthNet(
        values=values,
        positions=positions[:-1].clone(),  # the last one pads batches
        encoder=Encoder(
            int(heads), read_layers(checkpoint, LAYERS, width), affine("encoder.norm", width)
        ),
        embed=embed,
        decoder=read_performer(checkpoint, "decoder.performer.", decoded, qkv_bias=True),
        norms=(affine("decoder.norm", decoded), affine("norm", decoded)),
        last=affine("to_final", 1, decoded),
    )


def _number(config: dict[str, Any], name: str, default: float) -> float:
    value = config.get(name, default)
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e6:
        raise CheckpointError(
            f"The configuration in models.ckpt should give '{name}' as a number, not "
            f"{str(value)[:40]!r}. Give the file as published."
        )
    return float(value)


def _read_genes(checkpoint: Checkpoint, count: int) -> tuple[str, ...]:
    """Return the genes of the list beside the weights, in the order of their index."""
    lists = sorted(p for p in checkpoint.folder.glob(GENE_LISTS) if p.is_file())
    if len(lists) != 1:
        raise CheckpointError(
            f"{checkpoint.folder} should hold one gene list, {GENE_LISTS}; it holds {len(lists)}. "
            "Put OS_scRNA_gene_index.19264.tsv of scFoundation's code beside models.ckpt."
        )
    path = checkpoint.file(lists[0].name)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = {int(r["index"]): r["gene_name"] for r in csv.DictReader(file, delimiter="\t")}
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise CheckpointError(
            f"{path} should be a table with the columns gene_name and index "
            f"({type(error).__name__}). Give scFoundation's own file."
        ) from error
    genes = tuple(str(rows.get(k, "")).strip() for k in range(count))
    if len(rows) != count or len(set(genes)) < count or not all(genes):
        raise CheckpointError(
            f"{path} should number the model's {count} genes 0 to {count - 1}, each once; it holds "
            f"{len(rows)}. Give the gene list published with the weights."
        )
    return genes


def _defaults(mask_value: float) -> BackboneDefaults:
    return BackboneDefaults(
        value_range=(0.0, 9.3),  # log1p of 10,000 is 9.2
        baseline=1.0,
        grid=GRID,
        readouts=("visible", "masked"),
        cls_layouts=(None,),
        mask_value=mask_value,
        value_scale=ValueScale.LOG1P_CP10K,
        depth=DEPTH,
    )
