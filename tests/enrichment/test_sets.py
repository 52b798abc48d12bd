"""Gene sets against scipy, and chance kept at what it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control, fisher_exact, mannwhitneyu

from ugrn_core.enrichment.membership import membership
from ugrn_core.enrichment.multiple import adjusted
from ugrn_core.enrichment.overrepresentation import overrepresented
from ugrn_core.enrichment.ranked import ranked
from ugrn_core.errors import PanelError

GENES = tuple(f"G{k}" for k in range(400))


def drawn_sets(rng, count=40, low=5, high=60):
    return {
        f"set {k}": tuple(rng.choice(GENES, rng.integers(low, high), replace=False))
        for k in range(count)
    }


def test_overrepresentation_is_fishers_exact_test():
    rng = np.random.default_rng(1)
    sets = drawn_sets(rng)
    chosen = rng.random(400) < 0.2
    table = overrepresented(membership(GENES, sets), chosen).set_index("set")
    picked = {g for g, c in zip(GENES, chosen) if c}
    for name, members in sets.items():
        inside = set(members)
        a = len(inside & picked)
        square = [
            [a, len(inside) - a],
            [len(picked) - a, 400 - len(picked) - len(inside) + a],
        ]
        assert table.loc[name, "overlap"] == a
        assert table.loc[name, "p"] == pytest.approx(fisher_exact(square, "greater").pvalue)
        assert set(table.loc[name, "genes"].split()) == inside & picked
    assert list(table["q"]) == pytest.approx(list(false_discovery_control(table["p"])))


def test_ranks_are_mann_whitney():
    rng = np.random.default_rng(2)
    sets = drawn_sets(rng)
    scores = rng.normal(size=400).round(1)  # with ties
    table = ranked(membership(GENES, sets), scores).set_index("set")
    by_gene = dict(zip(GENES, scores))
    for name, members in sets.items():
        inside = [by_gene[g] for g in members]
        outside = [v for g, v in by_gene.items() if g not in set(members)]
        expected = mannwhitneyu(inside, outside, method="asymptotic")
        assert table.loc[name, "p"] == pytest.approx(expected.pvalue)
        area = expected.statistic / len(inside) / len(outside)
        assert table.loc[name, "auroc"] == pytest.approx(area)


def test_a_planted_set_comes_first_and_says_which_way():
    rng = np.random.default_rng(3)
    sets = drawn_sets(rng) | {"planted": GENES[:20]}
    scores = rng.normal(size=400)
    scores[:20] -= 2
    table = ranked(membership(GENES, sets), scores)
    assert table["set"][0] == "planted"
    assert table["direction"][0] == -1
    assert table["q"][0] < 1e-4
    chosen = scores < np.sort(scores)[40]
    assert overrepresented(membership(GENES, sets), chosen)["set"][0] == "planted"


def test_random_lists_find_nothing_more_often_than_said():
    rng = np.random.default_rng(4)
    members = membership(GENES, drawn_sets(rng, 100))
    hits = {"list": 0, "ranks": 0}
    for _ in range(200):
        chosen = np.zeros(400, dtype=bool)
        chosen[rng.choice(400, 40, replace=False)] = True
        hits["list"] += overrepresented(members, chosen)["q"].min() < 0.05
        hits["ranks"] += ranked(members, rng.normal(size=400))["q"].min() < 0.05
    # Nothing is there to be found: BH then errs in 5 % of lists at most. 200 lists: 10 +- 3.1.
    assert hits["list"] <= 20
    assert 2 <= hits["ranks"] <= 20


def test_sizes_bound_what_is_tested_and_case_does_not_matter():
    sets = {"small": GENES[:4], "whole": GENES, "fits": tuple(g.lower() for g in GENES[:5])}
    members = membership(GENES, sets, largest=100)
    assert members.names == ("fits",)
    assert members.left_out == 2
    assert list(members.sizes) == [5]
    with pytest.raises(PanelError, match="10 genes or more; 3 came"):
        membership(GENES[:3], sets)


def test_equal_scores_say_nothing():
    table = ranked(membership(GENES, {"a": GENES[:9]}), np.zeros(400))
    assert np.isnan(table["p"][0])
    assert np.isnan(adjusted(np.array([np.nan, 0.5]))).tolist() == [True, False]
