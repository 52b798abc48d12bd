"""What was judged once is not judged again, and nothing but the same judgement is taken for it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.experiment.evaluation.test_zeroshot import plan, table  # noqa: F401
from ugrn_core.benchmark.evaluation_set import Protocol, evaluation_set
from ugrn_core.benchmark.protocol import gain, judge
from ugrn_core.benchmark.results_table import read_results
from ugrn_core.experiment.evaluation import judgement_cache, zeroshot
from ugrn_core.experiment.evaluation.baselines import Scored
from ugrn_core.experiment.evaluation.judgement_cache import JudgementCache
from ugrn_core.types import ReferenceNetwork


@pytest.fixture
def network() -> ReferenceNetwork:
    rng = np.random.default_rng(0)
    genes = tuple(f"G{k}" for k in range(30))
    edges = np.argwhere(rng.random((8, 30)) < 0.2)
    edges = edges[edges[:, 0] != edges[:, 1]]
    return ReferenceNetwork("STRING", "hESC", genes, np.arange(8), edges)


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    made = []
    for name, function in (("judge", judge), ("gain", gain)):

        def counted(*a, name=name, function=function):
            made.append(name)
            return function(*a)

        monkeypatch.setattr(judgement_cache, name, counted)
    return made


def scores(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((8, 30))


def same(one: dict, other: dict) -> bool:
    """Whether two rows are the same to the last digit; NaN is NaN."""
    return json.dumps(one) == json.dumps(other)


def test_the_same_scores_on_the_same_pairs_are_judged_once(network, tmp_path, calls):
    test = evaluation_set(network, Protocol("matched", recall_points=5))
    scored = Scored(scores(1), by_seed=(scores(2), scores(3)), is_probability=True)
    first = JudgementCache(test, tmp_path).row(scored)
    again = JudgementCache(test, tmp_path).row(replace(scored, more={"note": "x"}))
    assert again.pop("note") == "x"
    assert same(again, first)
    assert calls == ["judge"]
    plain = judge(test, scores(1))
    assert same({k: first[k] for k in plain}, plain)
    told = JudgementCache(test, tmp_path).gain(scores(1), scores(2))
    assert same(told, gain(test, scores(1), scores(2)))
    JudgementCache(test, tmp_path).gain(scores(1), scores(2))
    assert calls == ["judge", "gain"]


@pytest.mark.parametrize(
    ("protocol", "scored"),
    [
        (Protocol("matched"), Scored(scores(9))),
        (Protocol("paper"), Scored(scores(1))),
        (Protocol("matched", seed=1), Scored(scores(1))),
        (Protocol("matched", replicates=50), Scored(scores(1))),
        (Protocol("matched"), Scored(scores(1), is_probability=True)),
        (Protocol("matched"), Scored(scores(1), by_seed=(scores(2), scores(3)))),
    ],
)
def test_whatever_decides_a_row_is_told_apart(network, tmp_path, calls, protocol, scored):
    base = evaluation_set(network, Protocol("matched"))
    JudgementCache(base, tmp_path).row(Scored(scores(1)))
    JudgementCache(evaluation_set(network, protocol), tmp_path).row(scored)
    assert len(calls) == 2


def test_a_damaged_row_is_judged_again(network, tmp_path, calls):
    test = evaluation_set(network, Protocol("paper"))
    row = JudgementCache(test, tmp_path).row(Scored(scores(1)))
    (file,) = tmp_path.rglob("*.json")
    file.write_text(file.read_text()[:20])
    assert same(JudgementCache(test, tmp_path).row(Scored(scores(1))), row)
    assert calls == ["judge", "judge"]


def test_a_rerun_with_one_more_sampling_judges_that_alone(plan, place, table, tmp_path, calls):  # noqa: F811
    before = table[0]
    more = replace(plan, samplings=("paper", "matched", "full"))
    rows, _ = read_results(zeroshot.run(more, place, tmp_path / "results.parquet"))
    scored = rows[rows["reason"] == ""]
    new = scored[scored["sampling"] == "full"]
    assert calls.count("judge") - (rows["reason"] != "").sum() <= len(new)
    assert len(new) > 10
    kept = rows[rows["sampling"] != "full"].reset_index(drop=True)
    for column in ("auprc", "auprc_low", "auroc", "brier"):
        assert np.array_equal(kept[column], before[column], equal_nan=True), column
