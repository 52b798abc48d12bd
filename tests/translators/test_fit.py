from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.errors import OptionError
from ugrn_core.translators.ensemble import SeedEnsemble
from ugrn_core.translators.fit import FitConfig, fit

QUICK = FitConfig(hidden=(16,), epochs=30, patience=5)


def training_set(n=2000, k=8, seed=0):
    """Labels by a curved rule of two features, so that a linear model cannot get them all."""
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal((n, k)) * 10.0 ** rng.integers(-3, 3, k)).astype(np.float32)
    z = x / x.std(axis=0)
    return x, (np.abs(z[:, 0]) + 0.5 * z[:, 1] > 0.8).astype(int), np.arange(n) % 5 == 0


def test_learns_a_rule_that_is_not_linear():
    x, y, held_out = training_set()
    translator, report = fit(x, y, held_out, FitConfig(), seed=1)
    assert report.held_out_auprc > 0.97
    fresh, labels, _ = training_set(seed=0)
    assert ((translator.logits(fresh) > 0) == labels)[held_out].mean() > 0.9


def test_noise_is_not_learned():
    x, y, held_out = training_set()
    y = np.random.default_rng(3).permutation(y)
    _, report = fit(x, y, held_out, FitConfig(), seed=1)
    assert abs(report.held_out_auprc - report.held_out_prevalence) < 0.08


def test_same_seed_same_bits_other_seed_other_bits():
    x, y, held_out = training_set()
    one, two, three = (fit(x, y, held_out, QUICK, seed)[0] for seed in (5, 5, 6))
    for (w1, b1), (w2, b2) in zip(one.layers, two.layers):
        np.testing.assert_array_equal(w1, w2)
        np.testing.assert_array_equal(b1, b2)
    assert not np.array_equal(one.layers[0][0], three.layers[0][0])


def test_statistics_come_from_the_training_pairs_alone():
    x, y, held_out = training_set()
    spoiled = x.copy()
    spoiled[held_out] += 1000
    translator, _ = fit(spoiled, y, held_out, FitConfig(hidden=(4,), epochs=1), seed=0)
    np.testing.assert_allclose(translator.mean, x[~held_out].mean(axis=0), rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(translator.scale, x[~held_out].std(axis=0), rtol=1e-4)


def test_constant_and_missing_features_do_no_harm():
    x, y, held_out = training_set()
    x = np.concatenate([x, np.full((len(x), 1), 7.1, np.float32), np.zeros_like(x[:, :1])], axis=1)
    x[::3, 2] = np.nan
    translator, report = fit(x, y, held_out, FitConfig(), seed=1)
    assert report.constant_features == (8, 9)
    assert report.held_out_auprc > 0.95
    assert np.isfinite(translator.logits(x)).all()


def test_the_kept_epoch_is_the_one_with_the_lowest_held_out_loss():
    x, y, held_out = training_set(300)
    translator, report = fit(x, y, held_out, FitConfig(hidden=(64,), epochs=60, patience=60), 0)
    losses = [held for _, held in report.loss]
    assert report.best_epoch == int(np.argmin(losses)) + 1
    logit = translator.logits(x[held_out]).astype(float)
    loss = np.logaddexp(0, np.where(y[held_out] == 1, -logit, logit)).mean()
    assert loss == pytest.approx(min(losses), abs=2e-5)


def test_stops_early():
    x, y, held_out = training_set(300)
    _, report = fit(x, y, held_out, FitConfig(epochs=500, patience=3), 0)
    assert len(report.loss) == report.best_epoch + 3


def test_bad_input():
    x, y, held_out = training_set(100)
    with pytest.raises(OptionError, match="both edges and non-edges"):
        fit(x, np.ones(100), held_out, QUICK, 0)
    with pytest.raises(OptionError, match="held-out pairs"):
        fit(x, y, np.zeros(100, bool), QUICK, 0)
    with pytest.raises(OptionError, match="one entry"):
        fit(x, y[:-1], held_out, QUICK, 0)
    x[3, 3] = np.inf
    with pytest.raises(OptionError, match="finite"):
        fit(x, y, held_out, QUICK, 0)


def test_global_seed_is_left_alone():
    import torch

    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    x, y, held_out = training_set(200)
    fit(x, y, held_out, QUICK, 0)
    assert torch.equal(torch.rand(3), expected)


def test_five_seeds_are_five_members():
    """What they take is measured by `python -m tests.translators.fit_seconds`."""
    x, y, held_out = training_set(500, 16)
    fits = [fit(x, y, held_out, FitConfig(epochs=2), seed) for seed in range(5)]
    assert [report.seed for _, report in fits] == [0, 1, 2, 3, 4]
    ensemble = SeedEnsemble(tuple(translator for translator, _ in fits))
    assert len(ensemble.members) == 5
