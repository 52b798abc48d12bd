from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.errors import OptionError, UnknownNameError
from ugrn_core.translators.features import FEATURES, pair_features
from ugrn_core.translators.stacked import NAMES, VARIANTS
from ugrn_core.types import ProbeTensor

GENES = ("A", "B", "C", "D", "E")
SOURCES = ("D", "A", "C")  # positions 3, 0, 2


def tensor(values=None):
    if values is None:
        values = np.random.default_rng(0).standard_normal((3, 2, 5)).astype(np.float32)
    return ProbeTensor("gdt", GENES, SOURCES, values)


PAIRS = np.array([(s, g) for s, at in enumerate((3, 0, 2)) for g in range(5) if g != at])


def test_plain_is_a_gather():
    t = tensor()
    found = pair_features(t, "plain", np.array([[2, 4], [0, 1]]))
    np.testing.assert_array_equal(found, [t.values[2, :, 4], t.values[0, :, 1]])


def test_paired_adds_the_way_back_where_the_target_is_a_source():
    t = tensor()
    found = pair_features(t, "paired", np.array([[0, 2], [2, 3], [0, 4]]))  # D->C, C->D, D->E
    np.testing.assert_array_equal(found[0], [*t.values[0, :, 2], *t.values[2, :, 3]])
    np.testing.assert_array_equal(found[1], [*t.values[2, :, 3], *t.values[0, :, 2]])
    np.testing.assert_array_equal(found[2, :2], t.values[0, :, 4])
    assert np.isnan(found[2, 2:]).all()


def additive(rng, k=2):
    return (
        rng.standard_normal((3, k, 1)) + rng.standard_normal((1, k, 5)) + rng.standard_normal()
    ).astype(np.float32)


def test_centring_removes_popularity_and_nothing_else():
    rng = np.random.default_rng(1)
    popular = additive(rng)
    popular[[0, 1, 2], :, [3, 0, 2]] = 1e3  # self-pairs must not count
    np.testing.assert_allclose(pair_features(tensor(popular), "centred", PAIRS), 0, atol=1e-4)
    t = tensor()
    one = pair_features(t, "centred", PAIRS)
    two = pair_features(tensor(t.values + additive(rng)), "centred", PAIRS)
    np.testing.assert_allclose(one, two, atol=2e-5)
    assert np.abs(one).max() > 0.1


def test_centring_is_least_squares():
    """Against numpy's solver on the design of source and target indicators."""
    t = tensor()
    design = np.zeros((len(PAIRS), 8))
    design[np.arange(len(PAIRS)), PAIRS[:, 0]] = 1
    design[np.arange(len(PAIRS)), 3 + PAIRS[:, 1]] = 1
    y = t.values[PAIRS[:, 0], :, PAIRS[:, 1]].astype(float)
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    np.testing.assert_allclose(pair_features(t, "centred", PAIRS), residual, atol=1e-4)


def test_centred_paired_is_centred_both_ways():
    t = tensor()
    both = pair_features(t, "centred-paired", PAIRS)
    forward = pair_features(t, "centred", PAIRS)
    np.testing.assert_array_equal(both[:, :2], forward)
    at = {3: 0, 0: 1, 2: 2}
    for (s, g), row in zip(PAIRS, both):
        if g in at:
            back = pair_features(t, "centred", np.array([[at[g], (3, 0, 2)[s]]]))[0]
            np.testing.assert_allclose(row[2:], back, atol=1e-6)
        else:
            assert np.isnan(row[2:]).all()


@pytest.mark.parametrize("variant", list(FEATURES))
def test_every_variant_does_not_care_for_the_order_of_sources(variant):
    t = tensor()
    if variant in VARIANTS:  # they read a tensor that `stack` makes
        values = np.random.default_rng(5).normal(size=(len(SOURCES), len(NAMES), len(GENES)))
        t = ProbeTensor("stacked", GENES, SOURCES, values.astype(np.float32))
    order = [2, 0, 1]
    other = ProbeTensor(t.probe, GENES, tuple(SOURCES[k] for k in order), t.values[order])
    pairs = PAIRS.copy()
    pairs[:, 0] = [order.index(s) for s in PAIRS[:, 0]]
    np.testing.assert_allclose(
        pair_features(t, variant, PAIRS), pair_features(other, variant, pairs), atol=1e-6
    )
    assert pair_features(t, variant, PAIRS).dtype == np.float32


def test_bad_input():
    with pytest.raises(UnknownNameError, match="Did you mean centred"):
        pair_features(tensor(), "centerd", PAIRS)
    for pair in ([3, 0], [0, 5], [-1, 0]):
        with pytest.raises(OptionError, match="3 sources x 5 genes"):
            pair_features(tensor(), "plain", np.array([pair]))
