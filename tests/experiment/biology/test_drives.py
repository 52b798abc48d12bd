"""What a regulator drives: a planted set is its own, a popular set is everybody's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

from tests.enrichment.test_explaining import G, R, network
from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.enrichment.explaining_best import best_targets_of
from ugrn_core.enrichment.ranks import target_ranks
from ugrn_core.errors import PanelError, TableError
from ugrn_core.experiment.biology.changed_sets import Changes, gene_changes
from ugrn_core.experiment.biology.drives import (
    against,
    best_targets,
    best_targets_in_atlas,
    whole_ranking,
)
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
    inside, absent = in_network(("g100", "G101", "G100", "nobody"), ranks.genes)
    assert inside == ("G100", "G101")
    assert absent == ("nobody",)
    with pytest.raises(PanelError, match=r"of 4 1 are, 3 are not \(X, Y, Z\)"):
        explained(["G100", "X", "Y", "Z"], ranks)
    answer = explained([f"g{k}" for k in range(100, 130)], ranks)
    assert answer.table["regulator"][0] == "R0"
    assert usual_top(ranks) == 50
    assert len(answer.table) == R


def test_sets_that_a_context_changes_are_found_and_those_of_any_cells_are_not_its_own():
    rng = np.random.default_rng(2)
    genes = tuple(f"G{k}" for k in range(200))
    rise_all = rng.normal(size=(30, 200))
    loud = np.where(np.arange(200) // 20 == 8, 0.5, 0.1)  # answers otherwise around any cells
    rise, dealt = (rise_all + loud * rng.normal(size=(*n, 30, 200)) for n in ((6,), (5, 6)))
    rise[4, :, 20:40] += 0.5  # the fifth alone these
    rise[:4, :, 60:80] += 0.5  # all but the last two these
    rise[4, :, 100:103] = np.nan  # silent there
    rise[:, 0, 0] = np.nan
    changes = Changes(gene_changes(rise, rise_all), gene_changes(dealt, rise_all), genes, {})
    by_hand = np.sqrt(np.nanmean((rise[4, :, :100] - rise_all[:, :100]) ** 2, axis=0))
    np.testing.assert_allclose(changes.changes[4, :100], by_hand)
    named = {"own": genes[20:40], "loud": genes[160:180], "many": genes[60:80]}
    sets = GeneSets("s", "S", named | {"silent": genes[95:105]})
    table = changes.sets(4, sets).set_index("set")
    assert (table.loc[["own", "loud"], "q"] < 1e-4).all()
    assert table.loc["own", "alike"] == pytest.approx(1 / 31)  # none of 5 deals of 6 contexts
    assert table.loc["loud", "alike"] > 0.5
    assert list(table.loc[["own", "loud", "silent"], "size"]) == [20, 20, 7]
    assert table.loc["own", "contexts"] == 1
    assert changes.sets(0, sets).set_index("set").loc["many", "contexts"] == 4
    random = np.zeros((6, 200))
    random[4, 160:180] = 1.0
    beside = replace(changes, random=random).sets(4, sets).set_index("set")
    assert list(beside.columns).index("auroc_random") == list(beside.columns).index("contexts") + 1
    assert beside.loc["loud", "auroc_random"] == 1
    assert (beside["q_random"] < 1e-4).to_dict() == {s: s == "loud" for s in beside.index}
    assert beside.drop(columns=["auroc_random", "q_random"]).equals(table)


def test_an_atlas_says_what_a_regulator_drives():
    genes = tuple(f"G{k}" for k in range(100))
    rows = [("R0", g, k) for k, g in enumerate(genes[:20])]
    rows += [(f"R{r}", g, 20 + k) for r in range(1, 21) for k, g in enumerate(genes[10 : 30 + r])]
    edges = pd.DataFrame(rows, columns=["source", "target", "rank"])
    best = best_targets_of(edges, genes, 20)
    sets = GeneSets("s", "S", {"own": genes[:10], "everybody": genes[10:20]})
    table = best_targets_in_atlas(best, "R0", sets).set_index("set")
    assert (table["overlap"] == 10).all()
    assert table.loc["own", "p"] == pytest.approx(hypergeom.sf(9, 100, 10, 20))
    assert table.loc["own", "alike"] == pytest.approx(1 / 21)
    assert table.loc["everybody", "alike"] == 1
    assert table.loc["everybody", "overlap_alike"] == 10
    with pytest.raises(TableError, match="no regulator of this atlas"):
        best_targets_in_atlas(best, "G1", sets)
