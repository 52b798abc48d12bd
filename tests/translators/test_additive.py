"""The additive translator against the model that made the labels."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.errors import OptionError
from ugrn_core.translators.additive import AdditiveConfig, fit_additive

WEIGHTS = np.array([1.5, -0.7, 0.0])


def _pairs(n: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 3)).astype(np.float32)
    y = rng.random(n) < 1 / (1 + np.exp(-(x @ WEIGHTS - 0.4)))
    return x, y, np.arange(n) % 5 == 0


def test_finds_the_weights_that_made_the_labels():
    translator, report = fit_additive(*_pairs(), AdditiveConfig(penalty=1.0), seed=0)
    ((weight, bias),) = translator.layers
    np.testing.assert_allclose(weight[0] / translator.scale, WEIGHTS, atol=0.1)
    assert bias[0] - weight[0] @ (translator.mean / translator.scale) == pytest.approx(
        -0.4, abs=0.1
    )
    assert report.held_out_auprc > 0.75 > report.held_out_prevalence


def test_the_same_seed_gives_the_same_bits_and_another_seed_other_pairs():
    x, y, held_out = _pairs(500)
    first, again, other = (
        fit_additive(x, y, held_out, AdditiveConfig(), seed)[0].logits(x) for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert np.abs(first - other).max() > 0.01


def test_a_missing_number_counts_as_average_and_one_label_is_refused():
    x, y, held_out = _pairs(500)
    x[::2, 2] = np.nan
    translator, _ = fit_additive(x, y, held_out, AdditiveConfig(), 0)
    assert np.isfinite(translator.logits(x)).all()
    with pytest.raises(OptionError, match="both edges and non-edges"):
        fit_additive(x, np.ones(500, bool), held_out, AdditiveConfig(), 0)
