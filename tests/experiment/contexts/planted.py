"""A backbone with planted regulation that depends on the context, and cells of three types."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from ugrn_core.backbones.base import BackboneDefaults, check_options
from ugrn_core.backbones.forward_ad import ForwardADSweep
from ugrn_core.backbones.vocabulary import Vocabulary
from ugrn_core.data.readers.base import Dataset
from ugrn_core.types import Expression, ValueScale

TFS = ("GATA1", "SPI1", "KLF1")
GENES = (*TFS, *(f"GENE{k}" for k in range(17)))
GATE, QUIET = 3, 4  # GENE0 opens gates; GENE1 is expressed in type B alone
ALWAYS = ((0, 6), (1, 7), (2, 8))  # (source, target): wherever
GATED = ((0, 9), (0, 10), (1, 11))  # as far as GENE0 is expressed
TYPES = {"A": 80, "B": 60, "C": 40}
LEVEL = {"A": 0.2, "B": 2.5, "C": 0.2}  # of GENE0


class GatedBackbone:
    """out_j = sum_i (W_ji + U_ji v_gate) v_i; a masked gene gives nothing."""

    name = kind = "gated"
    folder = Path()
    checksum = "b" * 64
    files: ClassVar[dict[str, str]] = {}
    ignored = ()
    device = "cpu"
    defaults = BackboneDefaults(
        value_range=(0.0, 9.0),
        baseline=0.0,
        grid=(0.0, 1.0, 4.0),
        readouts=("visible", "masked"),
        cls_layouts=(None,),
        mask_value=-1.0,
        value_scale=ValueScale.LOG1P_CP10K,
    )

    def __init__(self) -> None:
        self.vocabulary = Vocabulary(GENES)
        self.steady, self.gated = np.zeros((2, len(GENES), len(GENES)))
        for k, (source, target) in enumerate(ALWAYS):
            self.steady[target, source] = 1.0 + k
        for k, (source, target) in enumerate(GATED):
            self.gated[target, source] = (1.0, -0.8, 0.6)[k]

    def describe(self) -> dict:
        return {"kind": self.kind}

    def reconstruct(self, panel, values, readout="visible", cls=None, targets=None):
        check_options(self.defaults, readout, cls)
        shown = torch.where(values < 0, torch.zeros_like(values), values)
        steady, gated = (torch.from_numpy(w).to(values.dtype) for w in (self.steady, self.gated))
        return shown @ steady.T + shown[:, GATE : GATE + 1] * (shown @ gated.T)

    def sweep(self, panel, settings):
        return ForwardADSweep(self, panel, settings)

    def rise(self, profile: np.ndarray) -> np.ndarray:
        """Return (S, G): what each factor's rise is in a cell of `profile`, by hand."""
        slopes = self.steady + self.gated * profile[GATE]
        return 4.0 * slopes[:, : len(TFS)].T


def cells(seed: int = 0, *, shuffled: bool = False) -> Dataset:
    """Return 180 cells of three types; shuffled: their types dealt out at random."""
    rng = np.random.default_rng(seed)
    types = np.repeat(list(TYPES), list(TYPES.values()))
    values = rng.gamma(2.0, 0.3, (len(types), len(GENES)))
    values[:, GATE] = [LEVEL[t] for t in types] * rng.uniform(0.6, 1.4, len(types))
    values[types != "B", QUIET] = 0.0
    time = np.arange(len(types)) + rng.normal(0, 3, len(types))
    if shuffled:
        types = rng.permutation(types)
    return Dataset(
        name="planted",
        title="Planted",
        species="human",
        genes=GENES,
        regulators=TFS,
        source="made up",
        expression=Expression(
            name="planted",
            genes=GENES,
            cells=tuple(f"cell{k}" for k in range(len(types))),
            values=np.ascontiguousarray(values.T, dtype=np.float32),
            scale=ValueScale.LOG1P_CP10K,
            annotations={"cell_type": types, "pseudotime": time},
        ),
    )
