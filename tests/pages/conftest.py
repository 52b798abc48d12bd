"""A home and assets with a tiny backbone, its translator and finished runs, for every page test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.experiment.translators import save_pair
from tests.probes.checkpoints import write_checkpoint
from ugrn_core.backbones import open_backbone
from ugrn_core.data.cells import builtin
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    *("start", "data", "regulators", "gene_pair", "network", "probe_benchmark"),
    *(
        "compare",
        "probe_lab",
        "runs",
        "downloads",
        "methods",
        "many_genes",
        "knock_out",
        "contexts",
    ),
)


def furnished(folder: Path) -> Settings:
    """Return settings with the backbones `tiny` (with a translator) and `bare` installed."""
    genes = (*builtin.krumsiek_network().genes, "MYC")
    for seed, name in enumerate(("bare", "tiny")):
        write_checkpoint(folder / "assets" / "backbones" / name, "scbenchmark", genes, seed)
    backbone = open_backbone(folder / "assets" / "backbones" / "tiny", "tiny")
    trained = folder / "assets" / "translators" / "tiny" / "small"
    trained.mkdir(parents=True)
    save_pair(trained, backbone)
    return Settings(home=folder / "home", assets=folder / "assets", workers=1)


@pytest.fixture(scope="session")
def filled(tmp_path_factory) -> Settings:
    """Settings under which both backbones have probed the Krumsiek genes."""
    settings = furnished(tmp_path_factory.mktemp("filled"))
    for name in ("tiny", "bare"):
        compute.compute(settings, run_spec.Spec(name, "krumsiek2011"))
    return settings


@pytest.fixture
def point_to(monkeypatch):
    """Return a function that makes the environment name the folders of a Settings."""

    def point(settings: Settings) -> None:
        monkeypatch.setenv("UGRN_HOME", str(settings.home))
        monkeypatch.setenv("UGRN_ASSETS", str(settings.assets))
        monkeypatch.setenv("UGRN_WORKERS", "1")
        monkeypatch.setenv("UGRN_STANDBY", "0")  # an import of torch for every test's server
        for name in ("UGRN_BEELINE", "UGRN_BACKBONES", "UGRN_ORTHOLOGS"):
            monkeypatch.delenv(name, raising=False)

    return point
