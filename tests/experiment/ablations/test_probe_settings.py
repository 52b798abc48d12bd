"""`bench settings`: the same probe gives the same rows, another one is told apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ugrn_core.errors import InputError
from ugrn_core.experiment.ablations import probe_settings
from ugrn_core.experiment.ablations.probe_settings import Variant


@pytest.fixture(scope="module")
def trial(backbone, beeline):
    return probe_settings.open_trial(backbone, beeline, "hESC", 12, 0)


@pytest.fixture
def table(trial, monkeypatch) -> pd.DataFrame:
    some = [
        Variant("defaults"),
        Variant("the same", {"baseline": trial.backbone.defaults.baseline}),
        Variant("half", share=0.5),
        Variant("more", more_genes=0.05),
    ]
    monkeypatch.setattr(probe_settings, "variants", lambda _: some)
    return probe_settings.measure(trial)


def test_rows_of_every_variant_beside_the_defaults(table):
    by = table.set_index(["variant", "score"])
    for score in ("response", "gradient"):
        assert by.loc[("defaults", score), "like_defaults"] == pytest.approx(1)
        assert by.loc[("the same", score), "like_defaults"] == pytest.approx(1)
        assert by.loc[("the same", score), "auprc"] == by.loc[("defaults", score), "auprc"]
        assert by.loc[("more", score), "like_defaults"] < 1
        assert by.loc[("half", score), "edges"] < by.loc[("defaults", score), "edges"]
    assert table["auprc"].between(0, 1).all()


def test_a_score_is_the_mean_over_the_grid_centred_twice(trial):
    ((_, response), (_, gradient)) = probe_settings._scores(trial, Variant("defaults"))
    settings = probe_settings.default_settings(trial.backbone)
    sweep = trial.backbone.sweep(trial.study.panel, settings)
    at = [trial.study.panel.genes.index(s) for s in trial.sources]
    side = [np.sign(v - settings.baseline) for v in settings.grid]
    ways = (response, 0, side), (gradient, 1, [1.0] * len(side))
    for got, part, weights in ways:
        total = sum(map(abs, weights))
        mean = np.array([np.tensordot(weights, sweep(k)[part], 1) / total for k in at])
        mean[np.arange(len(at)), at] = np.nan
        mean -= np.nanmean(mean, axis=1, keepdims=True)
        assert got == pytest.approx(mean - np.nanmean(mean, axis=0), abs=1e-6, nan_ok=True)


def test_mean_expression_needs_the_cells(trial):
    assert list(probe_settings._scores(trial, Variant("x", on_profile=True))) == []


def test_on_a_profile_the_response_is_a_difference_of_two_passes(trial):
    genes = trial.study.panel
    profile = np.linspace(0, 2, len(genes))
    settings = replace(probe_settings.default_settings(trial.backbone), grid=(1.0,))
    got = probe_settings._on_profile(trial.backbone, genes, profile, settings, [3])
    cells = np.tile(profile, (2, 1)).astype(np.float32)
    cells[:, 3] = 1.0, settings.baseline
    out = trial.backbone.reconstruct(
        genes, probe_settings.torch.from_numpy(cells), settings.readout, settings.cls
    )
    assert got[0] == pytest.approx((out[0] - out[1]).numpy(), abs=1e-6)


def test_below_the_baseline_a_response_is_turned_round(trial):
    settings = probe_settings.default_settings(trial.backbone)
    settings = replace(settings, grid=(0.0, 1.0, 2.0), background=1.0)
    response = np.array([[-3.0, 1.0], [0.0, 0.0], [5.0, 2.0]])
    assert probe_settings._mean(response, settings) == pytest.approx([4.0, 0.5])


def test_readouts_and_backgrounds_are_those_the_backbone_offers(backbone):
    names = [v.name for v in probe_settings.variants(backbone)]
    assert names[0] == "defaults"
    assert len(set(names)) == len(names)
    assert any("visible" in n for n in names) == ("visible" in backbone.defaults.readouts)


def test_too_few_edges_are_refused_in_words(backbone, beeline):
    with pytest.raises(InputError, match="--regulators"):
        probe_settings.open_trial(backbone, beeline, "hESC", 1, 0)
