"""Which regulators explain a list: a planted module is found, lists of popular genes find none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

from ugrn_core.enrichment.explaining import explaining, strata
from ugrn_core.enrichment.ranks import target_ranks
from ugrn_core.errors import PanelError, TableError

R, G = 40, 300


def network(seed: int, popular: float = 2.0, module: float = 0.0) -> pd.DataFrame:
    """A network whose targets differ in popularity; R0 has G100 to G129 as a module."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=(R, G)) + popular * rng.normal(size=G)
    score[0, 100:130] += module
    names = [f"R{k}" for k in range(R)] + [f"G{k}" for k in range(R, G)]
    rows = [(f"R{r}", names[g], score[r, g]) for r in range(R) for g in range(G) if r != g]
    frame = pd.DataFrame(rows, columns=["source", "target", "score"])
    frame["rank"] = frame["score"].rank(ascending=False, method="first").astype(int)
    return frame


def test_a_planted_module_is_explained_by_its_regulator():
    ranks = target_ranks(network(0, module=1.5))
    listed = tuple(f"G{k}" for k in range(100, 130))
    answer = explaining(ranks, (*listed, "NOBODY"), top=30)
    assert answer.absent == ("NOBODY",)
    assert len(answer.genes) == 30
    first = answer.table.iloc[0]
    assert first["regulator"] == "R0"
    assert first["q"] < 0.001
    # The place alone finds it: popularity is taken out. Overlap is counted as by hand.
    row = ranks.row("R0")
    best = {g for g, b in zip(ranks.genes, ranks.best(row, 30)) if b}
    overlap = len(best & set(listed))
    assert first["overlap"] == overlap
    assert set(first["genes"].split()) == best & set(listed)
    assert first["p_overlap"] == pytest.approx(hypergeom.sf(overlap - 1, G - 1, 30, 30))


def test_mean_and_spread_of_lists_alike_are_those_of_drawn_lists():
    ranks = target_ranks(network(1))
    part_of = strata(ranks)
    rng = np.random.default_rng(5)
    listed = tuple(rng.choice(ranks.genes, 40, replace=False))
    chosen = np.isin(ranks.genes, listed)
    table = explaining(ranks, listed, top=30).table.set_index("regulator")
    row = ranks.row("R3")
    place, there = np.nan_to_num(ranks.place[row]), np.isfinite(ranks.place[row])
    sums = []
    for _ in range(1500):
        total = 0.0
        for part in np.unique(part_of):
            inside = np.flatnonzero((part_of == part) & there)
            count = int((chosen & there & (part_of == part)).sum())
            total += place[rng.choice(inside, count, replace=False)].sum()
        sums.append(total)
    n = int((chosen & there).sum())
    assert table.loc["R3", "place_alike"] == pytest.approx(np.mean(sums) / n, abs=0.005)
    z = (place[chosen & there].sum() - np.mean(sums)) / np.std(sums)
    assert table.loc["R3", "z"] == pytest.approx(z, abs=0.2)


def test_lists_of_popular_genes_explain_nothing():
    rng = np.random.default_rng(6)
    ranks = target_ranks(network(2))
    weight = np.argsort(np.argsort(ranks.popularity)) + 1.0
    hits = plain = 0
    for _ in range(120):
        listed = tuple(rng.choice(ranks.genes, 40, replace=False, p=weight**2 / (weight**2).sum()))
        table = explaining(ranks, listed, top=30).table
        hits += table["q"].min() < 0.05
        plain += table["q_overlap"].min() < 0.05
    assert hits <= 13  # BH: 5 % of 120 lists, 6 +- 2.4
    assert plain > 60  # without matching, popular genes find regulators nearly every time


def test_a_regulator_is_never_its_own_target_and_bad_input_is_said():
    frame = network(3)
    ranks = target_ranks(frame)
    assert not ranks.best(ranks.row("R5"), G)[ranks.genes.index("R5")]
    assert 5 not in ranks.alike(5)
    with pytest.raises(PanelError, match="2 of 3 are"):
        explaining(ranks, ("G50", "G51", "X"), top=10)
    with pytest.raises(TableError, match="rank is missing"):
        target_ranks(frame.drop(columns="rank"))


def test_lists_are_matched_by_expression_too():
    ranks = target_ranks(network(4))
    level = np.arange(len(ranks.genes), dtype=float)
    parts = strata(ranks, level)
    assert len(np.unique(parts)) == 30
    sizes = np.bincount(parts)
    assert sizes.min() == sizes.max() == 10
    answer = explaining(ranks, ranks.genes[:40], top=30, expression=level)
    assert np.isfinite(answer.table["z"]).all()
