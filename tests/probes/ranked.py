"""A backbone of ranks: no derivative, whole numbers only, a response that can be written down."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch

from tests.probes.analytic import AnalyticBackbone
from ugrn_core.backbones.base import BackboneDefaults, check_options
from ugrn_core.backbones.value_sweep import ValueSweep
from ugrn_core.types import ValueScale


class RankBackbone(AnalyticBackbone):
    """out_j = a_j + sum_i w_ji r_i, r_i the share of genes whose value is below that of i."""

    name = kind = "ranks"
    checksum = "b" * 64
    defaults = BackboneDefaults(
        value_range=(0.0, 7.0),
        baseline=3.0,
        grid=(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0),
        readouts=("visible", "masked"),
        cls_layouts=(None,),
        mask_value=-1.0,
        value_scale=ValueScale.RANK,
        continuous=False,
        differentiable=False,
    )

    def reconstruct(self, panel, values, readout="visible", cls=None, targets=None):
        check_options(self.defaults, readout, cls)
        w = torch.from_numpy(self.couplings(panel)).to(values.dtype)
        a = torch.from_numpy(self.gene_embedding(panel)[:, 0]).to(values.dtype)
        out = a + ranks(values) @ w.T
        return out if targets is None else out[:, targets]

    def sweep(self, panel, settings):
        return ValueSweep(self, panel, settings)


class Silent(RankBackbone):
    """Gene vectors and attention only."""

    defaults = replace(RankBackbone.defaults, readouts=())


def ranks(values: torch.Tensor) -> torch.Tensor:
    below = values[:, None, :] < values[:, :, None]
    return below.to(values.dtype).sum(-1) / values.shape[1]


class RankAdapter(RankBackbone):
    """The same as a checkpoint folder's adapter: told by the name of a tensor."""

    @staticmethod
    def recognises(keys) -> bool:
        return "ranks.weight" in keys

    @classmethod
    def from_checkpoint(cls, checkpoint, name):
        made = cls(checkpoint.vocabulary.genes)
        made.name, made.folder, made.files = name, checkpoint.folder, checkpoint.files
        return made


def write_ranks(folder: Path, genes: tuple[str, ...]) -> Path:
    """Write a checkpoint folder that RankAdapter reads."""
    folder.mkdir(parents=True)
    torch.save({"ranks.weight": torch.ones(1)}, folder / "best_model.pt")
    (folder / "args.json").write_text("{}")
    (folder / "vocab.json").write_text(json.dumps({g: k for k, g in enumerate(genes)}))
    return folder
