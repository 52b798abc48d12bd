"""A score taken apart by the regulators that two genes answer alike: exact, to the last digit."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tests.translators.test_stacked import SOURCES, _tensors
from ugrn_core.translators import explain as parts_of
from ugrn_core.translators.additive import AdditiveConfig, fit_additive
from ugrn_core.translators.ensemble import SeedEnsemble
from ugrn_core.translators.features import pair_features
from ugrn_core.translators.stacked import NAMES, STACKED, names_read, stack
from ugrn_core.translators.translator_set import TranslatorSet

PAIRS = [(0, 1), (2, 11), (3, 0), (1, 7)]


@pytest.mark.parametrize("block", [1, 10**9])
def test_parts_of_the_regulators_add_up_to_the_number(block, monkeypatch):
    monkeypatch.setattr(parts_of, "BLOCK", block)
    tensors = _tensors(3)
    number = stack(tensors).values[:, NAMES.index(parts_of.PROFILES)]
    for row, column in PAIRS:
        parts = parts_of.profile_parts(tensors, np.array([row, column]))
        assert parts.shape == (len(SOURCES),)
        assert parts.sum() == pytest.approx(number[row, column], abs=1e-4)


def translator_set(tensors) -> TranslatorSet:
    rng, pairs = np.random.default_rng(0), np.argwhere(np.ones((4, 12)))
    features = pair_features(tensors[STACKED], "pair-and-neighbours", pairs)
    labels = features[:, 5] + rng.normal(size=48) > 0
    held_out = np.arange(48) % 4 == 0
    fits = [fit_additive(features, labels, held_out, AdditiveConfig(), seed)[0] for seed in (0, 1)]
    card = SimpleNamespace(features="pair-and-neighbours")
    return TranslatorSet("t", {STACKED: SeedEnsemble(tuple(fits))}, {STACKED: card})


def test_shares_add_up_to_what_the_translator_took_from_profiles():
    tensors = _tensors(4)
    tensors[STACKED] = stack(tensors)
    translators = translator_set(tensors)
    names = names_read("pair-and-neighbours")
    for pair in map(np.array, PAIRS):
        added, log_odds = translators.profile_share(tensors, pair)
        _, contributions = translators.attribution(tensors, pair)
        assert added.sum() == pytest.approx(contributions[names.index(parts_of.PROFILES)], abs=1e-6)
        assert log_odds == pytest.approx(contributions.sum())


def test_a_translator_that_is_not_linear_has_no_shares():
    tensors = _tensors(4)
    tensors[STACKED] = stack(tensors)
    linear = translator_set(tensors)
    member = linear.members[STACKED].members[0]
    (weight, bias) = member.layers[0]
    deep = SimpleNamespace(
        layers=((weight, bias), (weight[:, :1], bias)), mean=member.mean, scale=member.scale
    )
    assert parts_of.weight_of(SimpleNamespace(members=(member, deep)), 5) is None
    curves = TranslatorSet("t", {"vvp": linear.members[STACKED]}, {})
    assert curves.profile_share(tensors, np.array([0, 1])) is None
