"""Small translators with random weights, saved as the benchmark saves them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ugrn_core.probes.settings import default_settings
from ugrn_core.translators.card import TranslatorCard
from ugrn_core.translators.ensemble import SeedEnsemble
from ugrn_core.translators.mlp import Translator
from ugrn_core.translators.stacked import STACKED, names_read
from ugrn_core.translators.storage import save_translator


def save_pair(folder: Path, backbone, seed: int = 0) -> None:
    """Write vvp and gdt translators of `backbone` to `folder`."""
    settings = default_settings(backbone)
    steps, rng = len(settings.grid), np.random.default_rng(seed)
    for probe in ("vvp", "gdt"):
        layers = tuple(
            (
                rng.normal(size=shape).astype(np.float32),
                rng.normal(size=shape[0]).astype(np.float32),
            )
            for shape in ((5, steps), (1, 5))
        )
        member = Translator(np.zeros(steps, np.float32), np.ones(steps, np.float32), layers)
        card = TranslatorCard(
            probe=probe,
            features="plain",
            feature_count=steps,
            settings=settings.to_json(),
            backbone=backbone.name,
            backbone_checksum=backbone.checksum,
            dataset="hESC",
            network="STRING",
            gene_set="TFs+500",
            training_genes=("GATA1", "SPI1"),
            training_pairs=2,
            config={},
            reports=({"seed": 0},),
            held_out_auprc=0.5,
            date="2026-01-01T00:00:00+00:00",
            command="a test",
        )
        save_translator(folder / f"{probe}.safetensors", SeedEnsemble((member,)), card)


def save_stacked(folder: Path, backbone, seed: int = 0) -> None:
    """Write an additive translator of the stacked pair numbers of `backbone` to `folder`."""
    count, rng = len(names_read("pair-and-neighbours")), np.random.default_rng(seed)
    layers = ((rng.normal(size=(1, count)).astype(np.float32), np.zeros(1, np.float32)),)
    member = Translator(np.zeros(count, np.float32), np.ones(count, np.float32), layers)
    card = TranslatorCard(
        probe=STACKED,
        features="pair-and-neighbours",
        feature_count=count,
        settings=default_settings(backbone).to_json(),
        backbone=backbone.name,
        backbone_checksum=backbone.checksum,
        dataset="hESC",
        network="STRING",
        gene_set="TFs+500",
        training_genes=("GATA1", "SPI1"),
        training_pairs=2,
        config={},
        reports=({"seed": 0},),
        held_out_auprc=0.5,
        date="2026-01-01T00:00:00+00:00",
        command="a test",
    )
    save_translator(folder / "stacked.safetensors", SeedEnsemble((member,)), card)
