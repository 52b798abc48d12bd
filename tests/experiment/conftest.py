"""A tiny backbone, a home of its own, and a synthetic BEELINE in GENELink's layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.probes.checkpoints import write_checkpoint
from ugrn_core.backbones import open_backbone
from ugrn_core.settings import Settings

TFS = ("GATA1", "SPI1", "KLF1", "MYC", "STAT3", "TAL1", "CEBPA", "FLI1", "JUN", "RUNX1")
GENES = (*TFS, *(f"GENE{k}" for k in range(38)))
ENSEMBL = "ENSG00000123456"


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("backbones") / "tiny"
    return write_checkpoint(folder, "scbenchmark", (*GENES, "C1orf112", ENSEMBL))


@pytest.fixture(scope="session")
def backbone(checkpoint):
    return open_backbone(checkpoint)


@pytest.fixture
def settings(tmp_path, checkpoint) -> Settings:
    """A home and assets of this test alone; the tiny backbone is installed."""
    (tmp_path / "assets" / "backbones").mkdir(parents=True)
    (tmp_path / "assets" / "backbones" / "tiny").symlink_to(checkpoint)
    return Settings(home=tmp_path / "home", assets=tmp_path / "assets", workers=1)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_cell(folder: Path, dataset: str, genes: tuple[str, ...], seed: int) -> None:
    """Write one STRING cell: the first third of `genes` regulates, edges follow popularity."""
    rng = np.random.default_rng(seed)
    regulators = genes[: len(genes) // 3]
    odds = 1.2 * (rng.normal(size=len(regulators))[:, None] + rng.normal(size=len(genes))) - 0.8
    edges = np.argwhere(rng.random(odds.shape) < 1 / (1 + np.exp(-odds)))
    cell = folder / "genelink" / "STRING Dataset" / dataset / "TFs+500"
    write(
        cell / "Target.csv",
        ",Gene,index\n" + "".join(f"{k},{g},{k}\n" for k, g in enumerate(genes)),
    )
    write(
        cell / "TF.csv", ",TF,index\n" + "".join(f"{k},{g},{k}\n" for k, g in enumerate(regulators))
    )
    lines = "".join(f"{genes[a]},{genes[b]}\n" for a, b in edges if a != b)
    write(cell / "BL--network.csv", "Gene1,Gene2\n" + lines)


def write_beeline(folder: Path, seed: int = 0) -> Path:
    """Write hESC (30 genes), hHEP (30, of which 10 are hESC's; with cells) and mESC (mouse)."""
    write_cell(folder, "hESC", GENES[:30], seed)
    write_cell(folder, "hHEP", (*GENES[:10], *GENES[30:48], "UNKNOWN1", "UNKNOWN2"), seed + 1)
    mouse = tuple(g.capitalize() for g in (*GENES[:6], *GENES[20:44]))
    write_cell(folder, "mESC", mouse, seed + 2)
    cells = np.random.default_rng(seed).gamma(1.0, 1.0, (48, 12)).round(3)
    lines = "".join(f"{g}," + ",".join(map(str, row)) + "\n" for g, row in zip(GENES, cells))
    write(
        folder / "expression" / "hHEP.csv",
        "," + ",".join(f"c{k}" for k in range(12)) + "\n" + lines,
    )
    return folder


@pytest.fixture(scope="session")
def beeline(tmp_path_factory) -> Path:
    return write_beeline(tmp_path_factory.mktemp("beeline"))


@pytest.fixture(scope="module")
def place(tmp_path_factory, checkpoint) -> Settings:
    """A home of its own, with the tiny checkpoint as the shipped backbone."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "assets" / "backbones").mkdir(parents=True)
    (folder / "assets" / "backbones" / "tiny").symlink_to(checkpoint)
    return Settings(home=folder / "home", assets=folder / "assets", workers=1)
