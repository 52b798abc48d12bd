"""Calibration against values one can write down."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from ugrn_core.benchmark.calibration import BINS, calibration


def _test_of(labels: np.ndarray) -> SimpleNamespace:
    rows, columns = np.indices(labels.shape).reshape(2, -1)
    sample = SimpleNamespace(rows=rows, columns=columns, labels=labels[rows, columns])
    return SimpleNamespace(samples=(sample,))


def test_a_coin_that_says_so_is_calibrated_and_says_nothing():
    labels = np.tile([True, False], (5, 4))
    found = calibration(_test_of(labels), np.full(labels.shape, 0.5))
    assert found["brier"] == 0.25
    assert found["calibration_error"] == 0
    assert found["reliability_pairs"][5] == 40


def test_overconfidence_is_the_error():
    labels = np.tile([True, False], (5, 4))
    found = calibration(_test_of(labels), np.full(labels.shape, 0.9))
    assert found["calibration_error"] == pytest.approx(0.4)
    assert found["brier"] == pytest.approx(0.5 * 0.01 + 0.5 * 0.81)


def test_bins_against_brute_force_and_unscored_pairs_left_out():
    rng = np.random.default_rng(0)
    p = rng.random((20, 30))
    labels = rng.random((20, 30)) < p
    p[3, 4] = np.nan
    found = calibration(_test_of(labels), p)
    known = np.isfinite(p)
    for k in range(BINS):
        inside = known & (p >= k / BINS) & (p < (k + 1) / BINS)
        assert found["reliability_pairs"][k] == inside.sum()
        assert found["reliability_observed"][k] == pytest.approx(labels[inside].mean())
        assert found["reliability_predicted"][k] == pytest.approx(p[inside].mean())
    assert found["calibration_error"] < 0.1  # drawn from what it says


def test_nothing_scored_says_nothing():
    assert calibration(_test_of(np.ones((2, 2), bool)), np.full((2, 2), np.nan)) == {}
