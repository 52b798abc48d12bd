"""What a pair does by chance: bands of all pairs of a panel, also under random weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.runs.edges import all_pairs
from ugrn_core.types import ProbeTensor

if TYPE_CHECKING:
    from ugrn_core.experiment.runs.compute import Prepared

BAND = (2.5, 97.5)  # percentiles
SOURCES = 4  # regulators asked of random weights: 3,048 pairs of a panel of 763 genes
Bands = dict[str, np.ndarray]


def of_panel(tensors: dict[str, ProbeTensor], prefix: str = "") -> Bands:
    """Return the central 95 % of all pairs at each grid value: {prefix}{vvp, gdt}_{low, high},
    (T,) each."""
    pairs = all_pairs(tensors["gdt"])
    found = {}
    for probe in ("vvp", "gdt"):
        values = tensors[probe].values[pairs[:, 0], :, pairs[:, 1]]
        low, high = np.percentile(values, BAND, axis=0)
        found |= {f"{prefix}{probe}_low": low, f"{prefix}{probe}_high": high}
    return found


def of_random_weights(ready: Prepared, should_stop: Callable[[], bool] | None = None) -> Bands:
    """Return `of_panel`, prefix `random_`, of the backbone with its weights drawn at random, over
    SOURCES of the run's regulators; empty where the backbone is such a control itself."""
    if backbones.is_control(ready.backbone):
        return {}
    from ugrn_core.backbones.random_weights import randomised

    regulators = ready.study.regulators
    step = max(1, len(regulators) // SOURCES)
    control = randomised(ready.backbone, backbones.CONTROL_SEED)
    control.device = ready.backbone.device
    asked = probing.request(
        control, ready.study.panel, regulators[::step][:SOURCES], ready.settings,
        should_stop=should_stop,
    )  # fmt: skip
    return of_panel(probing.curve_tensors(asked), "random_")
