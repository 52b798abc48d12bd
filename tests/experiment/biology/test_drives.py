"""What a regulator drives: a planted set is its own, a popular set is everybody's."""

from __future__ import annotations

import numpy as np
import pytest

from tests.enrichment.test_explaining import G, R, network
from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.enrichment.ranks import target_ranks
from ugrn_core.errors import TableError
from ugrn_core.experiment.biology.drives import against, best_targets, whole_ranking
from ugrn_core.experiment.biology.listed import explained, in_network, usual_top


@pytest.fixture(scope="module")
def ranks():
    return target_ranks(network(0, popular=2.0, module=2.5))


@pytest.fixture(scope="module")
def sets(ranks):
    popular = [ranks.genes[k] for k in np.argsort(-ranks.popularity)[:25]]
    planted = [f"G{k}" for k in range(100, 130)]
    rng = np.random.default_rng(1)
    others = {f"set {k}": tuple(rng.choice(ranks.genes, 20, replace=False)) for k in range(20)}
    return GeneSets("s", "S", {"planted": tuple(planted), "popular": tuple(popular)} | others)


def test_a_planted_set_is_found_and_is_its_own(ranks, sets):
    for table in (
        best_targets(against(ranks, "R0", sets), 40),
        whole_ranking(against(ranks, "R0", sets)),
    ):
        by_set = table.set_index("set")
        assert by_set.loc["planted", "q"] < 0.001
        assert by_set.loc["planted", "alike"] == pytest.approx(1 / 21)  # none of 20 has as much
        assert by_set.loc["popular", "q"] < 0.05  # significant, and everybody's
        assert by_set.loc["popular", "alike"] > 0.2


def test_the_background_is_the_panel_without_the_regulator(ranks, sets):
    asked_of = against(ranks, "R7", sets)
    assert len(asked_of.members.genes) == G - 1
    assert "R7" not in asked_of.members.genes
    with pytest.raises(TableError, match="no regulator"):
        against(ranks, "G299", sets)


def test_other_names_are_looked_up_in_the_sets(ranks):
    named = {g: f"human {g}" for g in ranks.genes}
    sets = GeneSets("s", "S", {"planted": tuple(f"human G{k}" for k in range(100, 130))})
    table = best_targets(against(ranks, "R0", sets, named), 40)
    assert table["size"][0] == 30
    assert "human G1" in table["genes"][0]


def test_a_list_is_found_under_other_names(ranks):
    inside, absent = in_network(("g100", "G101", "G100", "nobody"), ranks)
    assert inside == ("G100", "G101")
    assert absent == ("nobody",)
    answer = explained([f"g{k}" for k in range(100, 130)], ranks)
    assert answer.table["regulator"][0] == "R0"
    assert usual_top(ranks) == 50
    assert len(answer.table) == R
