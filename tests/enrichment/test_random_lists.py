"""False positives on the run that ships: 200 random lists each of all genes, of popular and of
expressed ones. Benjamini and Hochberg's 5 % has to hold for `q` in each (docs/biology.md has the
counts; `pytest -s` prints them)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

import ugrn_core
from ugrn_core.data.gene_sets import shipped_sets
from ugrn_core.enrichment.explaining import explaining
from ugrn_core.enrichment.membership import membership
from ugrn_core.enrichment.overrepresentation import overrepresented
from ugrn_core.enrichment.ranks import TargetRanks, target_ranks
from ugrn_core.experiment.biology.listed import usual_top
from ugrn_core.experiment.catalog import backbones, datasets
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import Spec
from ugrn_core.settings import read_settings

LISTS, SIZE = 200, 40
MOST = 18  # of 200 lists at 5 %: 99 of 100 times no more (binomial)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> tuple[TargetRanks, np.ndarray]:
    """The ranks of PBMC 68k under the default backbone, and the mean expression of its genes."""
    settings = read_settings({"UGRN_HOME": str(tmp_path_factory.mktemp("home"))})
    path = Results(settings, Spec(backbones.DEFAULT, "pbmc68k")).edges_path
    ranks = target_ranks(pd.read_parquet(path, columns=["source", "target", "rank"]))
    cells = datasets.open_dataset("pbmc68k", settings).expression
    means = dict(zip(cells.genes, cells.mean_profile()))
    return ranks, np.array([means.get(g, 0.0) for g in ranks.genes])


def chances(kind: str, run: tuple[TargetRanks, np.ndarray]) -> np.ndarray:
    """How likely each gene is drawn first: alike, or 20 times from one end to the other."""
    ranks, expression = run
    values = {"popular": ranks.popularity, "expressed": expression}.get(kind)
    place = np.zeros(len(ranks.genes)) if values is None else rankdata(values) / len(values)
    weight = np.exp(3 * place)
    return weight / weight.sum()


@pytest.mark.parametrize("kind", ["any", "popular", "expressed"])
def test_random_lists_find_regulators_in_one_of_twenty(kind, run):
    ranks, expression = run
    rng, chance, genes = np.random.default_rng(0), chances(kind, run), np.array(ranks.genes)
    calls, plain = 0, 0
    for _ in range(LISTS):
        listed = tuple(genes[rng.choice(len(genes), SIZE, replace=False, p=chance)])
        table = explaining(ranks, listed, top=usual_top(ranks), expression=expression).table
        calls += bool((table["q"] < 0.05).any())
        plain += bool((table["q_overlap"] < 0.05).any())
    print(f"{kind}: {calls} of {LISTS} lists by q, {plain} by the plain overlap")
    assert calls <= MOST
    if kind == "popular":
        assert plain > MOST  # why the plain overlap is not what decides


def test_random_lists_are_of_a_gene_set_in_one_of_twenty(run):
    ranks, _ = run
    rng, members = np.random.default_rng(0), membership(ranks.genes, shipped_sets("hallmark").sets)
    calls = 0
    for _ in range(LISTS):
        chosen = np.zeros(len(members.genes), dtype=bool)
        chosen[rng.choice(len(chosen), 100, replace=False)] = True
        calls += bool((overrepresented(members, chosen)["q"] < 0.05).any())
    print(f"gene sets: {calls} of {LISTS} lists")
    assert calls <= MOST


def test_a_script_matches_lists_by_expression_as_the_page_does(run, tmp_path, monkeypatch):
    ranks, expression = run
    monkeypatch.setenv("UGRN_HOME", str(tmp_path))
    rows = [
        (regulator, gene, rank)
        for regulator, row in zip(ranks.regulators, ranks.rank)
        for gene, rank in zip(ranks.genes, row)
        if np.isfinite(rank)
    ]
    net = pd.DataFrame(rows, columns=["source", "target", "rank"])
    net.attrs["dataset"] = "pbmc68k"
    listed = ranks.genes[:60]
    as_shown = explaining(ranks, listed, top=usual_top(ranks), expression=expression).table
    pd.testing.assert_frame_equal(ugrn_core.explain(list(listed), net), as_shown)
    net.attrs.clear()
    assert not np.allclose(ugrn_core.explain(list(listed), net)["q"], as_shown["q"])
