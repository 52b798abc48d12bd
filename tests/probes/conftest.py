"""The backbones every probe is tried on. A new one is one line in BACKBONES."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from analytic import AnalyticBackbone
from checkpoints import write_checkpoint

from tests.backbones.toys import KINDS, write_toy
from ugrn_core.backbones import open_backbone
from ugrn_core.types import Panel

GENES = tuple(f"GENE{k}" for k in range(14))

BACKBONES = {
    "analytic": lambda folder: AnalyticBackbone(GENES),
    "scgpt": lambda folder: open_backbone(write_checkpoint(folder / "scgpt", "scgpt", GENES)),
    "scbenchmark": lambda folder: open_backbone(
        write_checkpoint(folder / "scbenchmark", "scbenchmark", GENES)
    ),
    **{
        kind: lambda folder, kind=kind: open_backbone(write_toy(folder / kind, kind, GENES))
        for kind in KINDS
    },
}


@pytest.fixture(params=list(BACKBONES))
def backbone(request, tmp_path):
    return BACKBONES[request.param](tmp_path)


@pytest.fixture
def analytic() -> AnalyticBackbone:
    return AnalyticBackbone(GENES)


@pytest.fixture
def panel() -> Panel:
    return Panel(GENES[:9])


@pytest.fixture
def profile() -> np.ndarray:
    """A mean profile of the panel with one silent gene (position 4)."""
    values = np.random.default_rng(0).uniform(0.5, 4, 9)
    values[4] = 0
    return values
