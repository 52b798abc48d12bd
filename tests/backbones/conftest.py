"""Tiny backbones, and the reference outputs of the shared data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.backbones.tiny import scbenchmark_state, scgpt_state, write_checkpoint
from ugrn_core.backbones import open_backbone
from ugrn_core.types import Panel


@pytest.fixture(params=["scgpt", "scbenchmark"])
def tiny(request: pytest.FixtureRequest, tmp_path: Path):
    """A tiny random backbone of either kind."""
    state = scgpt_state() if request.param == "scgpt" else scbenchmark_state()
    return open_backbone(write_checkpoint(tmp_path / request.param, state))


@dataclass(frozen=True)
class Golden:
    """One shared checkpoint with the original code's outputs."""

    folder: Path
    facts: dict
    arrays: dict[str, np.ndarray]

    @property
    def panel(self) -> Panel:
        return Panel(tuple(self.facts["genes"]))

    def layouts(self) -> list[tuple[str, float | None]]:
        return [
            (name, layout["cls_value"] if layout["cls"] else None)
            for name, layout in self.facts["layouts"].items()
        ]


PARITY = (
    "scgpt_small/flash_wqkv",
    "scgpt_small/torch_inproj",
    "scbenchmark_small/ddp_prefix",
    "scbenchmark_small/plain",
)


def read_golden(folder: Path) -> Golden:
    """Return one checkpoint of the shared data with its outputs, which lie in it or beside it."""
    where = folder if (folder / "golden.json").exists() else folder.parent
    facts = json.loads((where / "golden.json").read_text())
    with np.load(where / "golden.npz") as arrays:
        return Golden(folder, facts, {k: arrays[k] for k in arrays.files})


def close(got, expected, atol: float) -> None:
    """Fail unless two arrays have one shape and differ nowhere by more than `atol`."""
    assert tuple(got.shape) == tuple(expected.shape)
    np.testing.assert_allclose(np.asarray(got), expected, rtol=0, atol=atol)


# Precision: the suffix of its reference outputs; how far outputs and derivatives may be from them.
PRECISIONS = {"float64": ("_f64", 1e-9, 1e-7), "float32": ("_f32", 5e-5, 5e-5)}


@pytest.fixture(params=list(PRECISIONS))
def case(request: pytest.FixtureRequest) -> tuple[str, str, float, float]:
    """A precision, its suffix and its two tolerances."""
    return (request.param, *PRECISIONS[request.param])


@pytest.fixture(scope="module")
def backbone(golden: Golden):
    """The backbone in the folder of `golden`, which a module may choose for itself."""
    return open_backbone(golden.folder)


@pytest.fixture(scope="module", params=PARITY)
def any_golden(request: pytest.FixtureRequest, shared_data: Path) -> Golden:
    """Every spelling of the shared checkpoints."""
    return read_golden(shared_data / "parity" / request.param)


@pytest.fixture(scope="module", params=PARITY[::2])
def golden(request: pytest.FixtureRequest, shared_data: Path) -> Golden:
    """One spelling of each model; a test shows that the other holds the same tensors."""
    return read_golden(shared_data / "parity" / request.param)
