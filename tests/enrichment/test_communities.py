"""Communities and their gene sets: planted ones are found, popular ones are everybody's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control, hypergeom

from tests.enrichment.test_explaining import network
from ugrn_core.enrichment.alike import chance_alike
from ugrn_core.enrichment.communities import community_sets, gene_strata
from ugrn_core.enrichment.ranks import target_ranks


def test_the_chance_of_groups_alike_is_that_of_drawing():
    rng = np.random.default_rng(0)
    stratum, inside = np.repeat([0, 1, 2], [30, 20, 10]), rng.random(60) < 0.3
    sizes, drawn = np.array([30, 20, 10]), np.array([5, 0, 4])
    held = np.array([[inside[stratum == k].sum() for k in range(3)]])
    expected, p = chance_alike(held, sizes, drawn, np.array([4]))
    parts = [np.flatnonzero(stratum == k) for k in (0, 2)]
    counts = np.array(
        [
            sum(inside[rng.choice(rows, n, replace=False)].sum() for rows, n in zip(parts, (5, 4)))
            for _ in range(3000)
        ]
    )
    assert expected[0] == pytest.approx(counts.mean(), abs=0.08)
    assert p[0] == pytest.approx((counts >= 4).mean(), abs=0.03)
    one = chance_alike(np.array([[9]]), np.array([60]), np.array([10]), np.array([4]))[1]
    assert one[0] == pytest.approx(hypergeom.sf(3, 60, 9, 10))  # one stratum: the plain test


def test_communities_have_their_gene_sets():
    groups = {f"G{k}": 1 if k < 20 else 2 for k in range(40)} | {"G90": 3}
    panel = [f"G{k}" for k in range(200)]
    sets = {"first": tuple(panel[:18]), "none": tuple(panel[100:120])}
    table = community_sets(groups, panel, {}, sets)
    first = table.iloc[0]
    assert (first["community"], first["set"], first["overlap"]) == (1, "first", 18)
    assert first["p"] == pytest.approx(hypergeom.sf(17, 200, 18, 20))
    assert set(table["community"]) == {1, 2}  # of one gene nothing is asked
    assert list(table["q"]) == pytest.approx(list(false_discovery_control(table["p"])))


def test_what_popular_genes_have_is_no_communitys_own():
    ranks = target_ranks(network(0, popular=3.0, module=0.0))
    popular = [ranks.genes[k] for k in np.argsort(-ranks.popularity)]
    rng = np.random.default_rng(0)
    sets = {"popular": tuple(popular[:28]), "planted": tuple(rng.choice(popular, 20, False))}
    groups = dict.fromkeys(popular[:14] + list(ranks.regulators[:4]), 1)
    groups |= dict.fromkeys(sets["planted"], 2)
    table = community_sets(groups, ranks.genes, {}, sets, ranks).set_index(["community", "set"])
    assert table.loc[(1, "popular"), "q"] < 1e-6
    assert table.loc[(1, "popular"), "alike"] > 0.1
    assert table.loc[(2, "planted"), "alike"] < 1e-6
    strata = dict(zip(ranks.genes, gene_strata(ranks.genes, ranks)))
    assert not {strata[r] for r in ranks.regulators} & {strata[g] for g in popular[:5]}
