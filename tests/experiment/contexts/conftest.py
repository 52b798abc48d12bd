"""Planted cells and their backbone, in the places where contexts look for them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from planted import GatedBackbone, cells

from ugrn_core.experiment.catalog import datasets, identity, translators
from ugrn_core.settings import Settings


@pytest.fixture
def plant(tmp_path, monkeypatch):
    """Return a function that has contexts find the gated backbone and cells; it gives Settings."""
    backbone = GatedBackbone()

    def put(dataset=None) -> Settings:
        given = dataset or cells()
        monkeypatch.setattr(identity, "known", lambda name, settings: backbone)
        monkeypatch.setattr(translators, "load", lambda *a, **k: None)
        monkeypatch.setattr(translators, "stamp", lambda settings: id(given))
        monkeypatch.setattr(datasets, "stamps", lambda settings: id(given))
        monkeypatch.setattr(datasets, "open_dataset", lambda name, settings: given)
        return Settings(home=tmp_path / "home", assets=tmp_path / "assets", workers=1)

    return put
