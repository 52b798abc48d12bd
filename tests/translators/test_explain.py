from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ugrn_core.errors import OptionError
from ugrn_core.translators.ensemble import SeedEnsemble
from ugrn_core.translators.explain import attribute
from ugrn_core.translators.mlp import Translator


def random_translator(widths, seed):
    rng = np.random.default_rng(seed)
    layers = tuple(
        (rng.standard_normal((o, i)).astype(np.float32), rng.standard_normal(o).astype(np.float32))
        for i, o in pairwise(widths)
    )
    k = widths[0]
    mean = rng.standard_normal(k).astype(np.float32)
    return Translator(mean, rng.uniform(0.5, 2, k).astype(np.float32), layers)


def test_a_linear_model_is_its_own_attribution():
    model = Translator(
        np.array([1, 0], np.float32),
        np.array([2, 1], np.float32),
        ((np.array([[3, -2]], np.float32), np.array([0.25], np.float32)),),
    )
    found = attribute(model, np.array([5.0, 4.0]))
    assert found.base == 0.25
    np.testing.assert_allclose(found.contributions, [6, -8])


@pytest.mark.parametrize("widths", [(8, 16, 1), (8, 64, 32, 1), (16, 12, 12, 12, 1)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_contributions_add_up_exactly(widths, seed):
    model = random_translator(widths, seed)
    pair = np.random.default_rng(9).standard_normal(widths[0]) * 3
    found = attribute(model, pair)
    whole = model.logits(pair[None].astype(np.float32))[0]
    base = model.logits(model.mean[None])[0]
    assert found.base == pytest.approx(base, rel=1e-4, abs=1e-4)
    assert found.logit == pytest.approx(whole, rel=1e-4, abs=1e-3)


def test_agrees_with_a_fine_riemann_sum():
    model = random_translator((6, 10, 8, 1), 4)
    end = np.random.default_rng(5).standard_normal(6) * 2
    exact = attribute(model, model.mean + end * model.scale).contributions
    steps, h = (np.arange(4000) + 0.5) / 4000, 1e-4
    approximate = []
    for k in range(6):
        shift = np.eye(6)[k] * h
        up, down = (_float64_logits(model, steps[:, None] * end + sign * shift) for sign in (1, -1))
        approximate.append(end[k] * ((up - down) / (2 * h)).mean())
    np.testing.assert_allclose(exact, approximate, rtol=2e-3, atol=2e-3)


def _float64_logits(model, z):
    for weight, bias in model.layers[:-1]:
        z = np.maximum(z @ weight.T.astype(float) + bias, 0)
    return z @ model.layers[-1][0][0].astype(float) + model.layers[-1][1][0]


def test_ensemble_missing_features_and_bad_shapes():
    models = tuple(random_translator((4, 8, 1), s) for s in (0, 1))
    pair = np.array([1.0, np.nan, -2.0, 0.5])
    found = attribute(SeedEnsemble(models), pair)
    assert found.contributions[1] == 0
    expected = SeedEnsemble(models).logits(pair[None])[0]
    assert found.logit == pytest.approx(expected, rel=1e-4, abs=1e-4)
    with pytest.raises(OptionError):
        attribute(models[0], pair[:3])
