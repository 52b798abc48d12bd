"""Which pairs of a run are known, and how its signs fit them: counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from tests.data.references.test_tables import PLAIN, read
from ugrn_core.benchmark.bootstrap import interval, weighted_auroc
from ugrn_core.benchmark.metrics import auroc
from ugrn_core.experiment.biology import signs
from ugrn_core.experiment.references import judging
from ugrn_core.experiment.references.known import Known, known_pairs, with_known

OTHER = "source,target\nGATA1,KLF1\nKLF1,GATA1\nMYC,TP53\n"


@pytest.fixture(scope="module")
def known() -> Known:
    genes = ("Gata1", "EKLF", "tal1", "SPI1", "ALB")  # as a run may show them
    lists = {"signed": read(PLAIN), "plain": read(OTHER)}
    return known_pairs(genes, ("Gata1", "SPI1"), "human", lists)


def test_pairs_are_known_under_the_names_of_the_run(known):
    rows = {(s, t): (a, b) for s, t, a, b in known.frame.itertuples(index=False)}
    assert rows == {
        ("Gata1", "EKLF"): (True, True),
        ("Gata1", "tal1"): (True, False),
        ("SPI1", "Gata1"): (True, False),
    }  # KLF1 was not driven, MYC and TP53 are not there
    assert known.counts == {"signed": 3, "plain": 1}
    assert known.of_pair("Gata1", "EKLF") == {"signed": 1, "plain": 0}
    assert known.of_pair("SPI1", "Gata1") == {"signed": -1}
    assert known.of_pair("SPI1", "ALB") == {}


def test_an_edge_table_gets_a_column_a_reference(known):
    edges = pd.DataFrame({"source": ["SPI1", "Gata1"], "target": ["ALB", "EKLF"]})
    marked = with_known(edges.assign(in_plain=[False, False]), known)
    assert marked["in_signed"].tolist() == [False, True]
    assert marked["in_plain"].tolist() == [False, False]  # the run's own column stays


def test_mouse_names_are_the_same_whatever_their_case():
    mouse = read("source,target\nGata1,Klf1\n")
    shouted = known_pairs(("GATA1", "KLF1"), ("GATA1",), "mouse", {"m": mouse})
    assert shouted.counts == {"m": 1}


def test_nothing_is_known_without_references():
    assert known_pairs(("GATA1", "KLF1"), ("GATA1",), "human", {}).counts == {}


def test_signs_are_judged_by_share_base_rate_and_auroc():
    n = 12
    up = np.array([1] * 9 + [-1] * 3, dtype=np.int8)
    ends = {"source": [f"R{k % 4}" for k in range(n)], "target": [f"T{k}" for k in range(n)]}
    known = Known(pd.DataFrame(ends).assign(in_x=True), {"x": n}, {"x": up})
    peak = np.linspace(1, -0.1, n)  # the last alone is negative: activation first, as known
    edges = pd.DataFrame(ends).assign(sign=np.where(peak >= 0, 1, -1), gdt_peak=peak)
    told = judging.sign_scores(known, edges)["x"]
    assert (told["edges"], told["activating"], told["right"]) == (12, 0.75, 10 / 12)
    assert told["auroc"] == told["low"] == told["high"] == 1.0
    few = Known(known.frame[:9], {"x": 9}, {"x": up[:9]})
    assert judging.sign_scores(few, edges) == {}


def test_of_one_kind_of_sign_there_is_no_auroc():
    told = judging.area(np.ones(12, bool), np.arange(12.0), np.repeat(["a", "b"], 6))
    assert told == {"auroc": None, "low": None, "high": None}


def test_weighted_auroc_is_that_of_repeated_pairs():
    rng = np.random.default_rng(0)
    labels, scores = rng.random(40) < 0.4, rng.integers(0, 8, 40).astype(float)  # with ties
    groups, weights = rng.integers(0, 5, 40), rng.integers(0, 3, (20, 5))
    for value, row in zip(weighted_auroc(labels, scores, groups, weights), weights):
        times = row[groups]
        brute = auroc(np.repeat(labels, times), np.repeat(scores, times))
        assert value == pytest.approx(brute, nan_ok=True)


def test_the_interval_of_few_regulators_holds():
    """Random signs of 12 regulators: an interval that leaves 0.5 out is one of twenty; by plain
    percentiles of as few it is one of ten."""
    rng = np.random.default_rng(0)
    regulators = np.repeat([f"R{k}" for k in range(12)], 12)
    wrong = plain = 0
    for _ in range(150):
        values = rng.normal(size=144) + rng.normal(size=12).repeat(12)
        up = rng.random(144) < 0.5
        told = judging.area(up, values, regulators)
        wrong += not told["low"] <= 0.5 <= told["high"]
        plain += signs.area(up, values, regulators).tells
    print(f"{wrong} of 150 intervals leave 0.5 out, {plain} of plain percentiles")
    assert wrong <= 13
    assert wrong < plain
    few, many = (interval(np.linspace(0, 1, 100_001), regulators=n) for n in (3, 10_000))
    assert few[0] == pytest.approx(float(norm.cdf(-student.isf(0.025, 2) * np.sqrt(1.5))), abs=1e-5)
    assert many == pytest.approx((0.025, 0.975), abs=1e-4)
