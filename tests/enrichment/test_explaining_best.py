"""Lists against an atlas, of which the best targets alone are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

from ugrn_core.enrichment.explaining_best import best_targets_of, explaining_best
from ugrn_core.errors import PanelError, TableError

R, G, TOP = 40, 600, 60
GENES = tuple(f"G{k}" for k in range(G))
MODULE = GENES[300:330]


def atlas(seed: int, module: float = 0.0) -> pd.DataFrame:
    """The best TOP + 10 targets of each regulator; popular genes are everybody's, and R0 likes the
    module."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=(R, G)) + 1.5 * np.random.default_rng(99).normal(size=G)
    score[0, 300:330] += module
    rows = [(f"R{r}", GENES[t], s) for r in range(R) for t, s in enumerate(score[r])]
    frame = pd.DataFrame(rows, columns=["source", "target", "score"])
    frame["rank"] = frame["score"].rank(ascending=False, method="first")
    return frame.sort_values("rank").groupby("source").head(TOP + 10)[["source", "target", "rank"]]


def test_a_planted_module_is_found():
    best = best_targets_of(atlas(0, module=3.0), GENES, TOP)
    assert (np.asarray(best.table.sum(axis=1)) == TOP).all()  # no more than were asked for
    answer = explaining_best(best, (*MODULE, "NOBODY"))
    first = answer.table.iloc[0]
    assert first["regulator"] == "R0"
    assert first["q"] < 1e-4
    assert set(first["genes"].split()) <= set(MODULE)
    assert len(first["genes"].split()) == first["overlap"]
    assert answer.absent == ("NOBODY",)
    by_hand = hypergeom.sf(first["overlap"] - 1, G - 1, len(MODULE), TOP)
    assert first["p_overlap"] == pytest.approx(by_hand)


def test_the_chance_is_that_of_lists_drawn_as_popular():
    best = best_targets_of(atlas(1), GENES, TOP)
    rng = np.random.default_rng(0)
    listed = np.argsort(-best.popularity)[:40:2]
    row = explaining_best(best, [GENES[k] for k in listed]).table.set_index("regulator").loc["R7"]
    hits = best.table[best.regulators.index("R7")].toarray().ravel()
    drawn = np.zeros(4000)
    for stratum, count in zip(*np.unique(best.stratum[listed], return_counts=True)):
        members = np.flatnonzero(best.stratum == stratum)
        drawn += [hits[rng.choice(members, count, replace=False)].sum() for _ in range(4000)]
    assert row["expected_alike"] == pytest.approx(drawn.mean(), abs=0.1)
    assert row["p"] == pytest.approx((drawn >= row["overlap"]).mean(), abs=0.03)
    assert row["expected_alike"] > 2 * row["expected"]  # popular genes are everybody's


def test_popular_random_lists_find_nobody():
    best = best_targets_of(atlas(2), GENES, TOP)
    weight = (1.0 + best.popularity) / (1.0 + best.popularity).sum()
    plain = exact = 0
    for seed in range(30):
        listed = np.random.default_rng(seed).choice(G, 40, replace=False, p=weight)
        table = explaining_best(best, [GENES[k] for k in listed]).table
        exact += (table["q"] < 0.05).any()
        plain += (table["q_overlap"] < 0.05).any()
    assert exact <= 6  # 5 % of 30, and three standard deviations
    assert plain > 15  # what the control is for


def test_too_few_genes_and_an_empty_atlas_say_so():
    with pytest.raises(PanelError, match="3 genes or more"):
        explaining_best(best_targets_of(atlas(0), GENES, TOP), ("G1", "NOBODY"))
    with pytest.raises(TableError, match="no pair"):
        best_targets_of(atlas(0).head(0), GENES, TOP)
