"""A score's log-odds by gene set: sums by hand, a planted set, and nothing on random shares."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.experiment.biology.score_by_set import shares_of_sets
from ugrn_core.experiment.runs.results import ProfileShare

NAMES = tuple(f"R{k}" for k in range(60))
SETS = GeneSets("s", "S", {f"set {k}": NAMES[6 * k : 6 * k + 6] for k in range(10)})


def test_sets_add_what_their_regulators_add_and_a_planted_one_is_found():
    rng = np.random.default_rng(0)
    added = rng.normal(0, 0.01, 60)
    added[12:18] += 0.2
    shares = shares_of_sets(ProfileShare(NAMES, added, 2.0), SETS)
    table = shares.by_set.set_index("set")
    assert shares.total == pytest.approx(added.sum())
    assert table["added"].sum() == pytest.approx(added.sum())  # disjoint sets: all of it
    assert table.index[0] == "set 2"
    assert table.loc["set 2", "added"] == pytest.approx(added[12:18].sum())
    assert table.loc["set 2", "q"] < 0.001
    assert (table["q"].iloc[1:] > 0.05).all()
    assert set(table.loc["set 2", "genes"].split()) == set(NAMES[12:18])
    assert shares.by_regulator["regulator"].iloc[0] in NAMES[12:18]


def test_the_spread_of_random_sets_is_that_of_drawn_ones():
    rng = np.random.default_rng(1)
    added = rng.normal(size=60)
    row = shares_of_sets(ProfileShare(NAMES, added, 0.0), SETS).by_set.set_index("set").loc["set 4"]
    drawn = np.array([rng.choice(added, 6, replace=False).sum() for _ in range(20_000)])
    assert row["expected"] == pytest.approx(drawn.mean(), abs=0.05)
    assert (row["added"] - row["expected"]) / row["z"] == pytest.approx(drawn.std(), rel=0.03)


def test_random_shares_have_no_set():
    called = 0
    for seed in range(100):
        added = np.random.default_rng(seed).normal(size=60)
        called += (shares_of_sets(ProfileShare(NAMES, added, 0.0), SETS).by_set["q"] < 0.05).any()
    assert called <= 12  # 5 % of 100, and three standard deviations


def test_a_small_panel_has_regulators_and_no_sets():
    shares = shares_of_sets(ProfileShare(NAMES[:4], np.array([0.1, -0.4, 0.2, 0.0]), 1.0), SETS)
    assert shares.by_set.empty
    assert list(shares.by_regulator["regulator"])[:2] == ["R1", "R2"]
