"""Rows: what they hold, that scorers meet the same pairs, and that nothing leaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.benchmark.evaluating import evaluate
from ugrn_core.benchmark.bootstrap import interval, regulator_weights, weighted_auprc
from ugrn_core.benchmark.candidates import known_edges
from ugrn_core.benchmark.evaluation_set import Protocol, evaluation_set
from ugrn_core.benchmark.metrics import auprc
from ugrn_core.benchmark.protocol import METRICS, gain, judge
from ugrn_core.errors import InputError, OptionError

RNG = np.random.default_rng


@pytest.fixture
def network(toy):
    return toy(n_genes=120, n_regulators=30)


def noise(network, seed=0):
    return RNG(seed).normal(size=(len(network.regulators), len(network.genes)))


@pytest.mark.parametrize("sampling", ["paper", "matched", "full"])
def test_perfect_score_gives_one_and_noise_gives_the_prevalence(network, sampling):
    protocol = Protocol(sampling)
    (best,) = evaluate(network, known_edges(network).astype(float), protocol)
    (chance,) = evaluate(network, noise(network), protocol)
    assert best["auprc"] == best["auroc"] == pytest.approx(1)
    assert best["auprc_low"] == best["auprc_high"] == pytest.approx(1)
    assert chance["auprc"] == pytest.approx(chance["prevalence"], abs=0.05)
    assert chance["auroc"] == pytest.approx(0.5, abs=0.05)
    assert not best["reason"]


@pytest.mark.parametrize("sampling", ["paper", "matched"])
def test_interval_of_noise_holds_chance_about_as_often_as_it_says(network, sampling):
    drawn = evaluation_set(network, Protocol(sampling, draws=2, replicates=100))
    rows = [judge(drawn, noise(network, seed)) for seed in range(40)]
    held = sum(r["auprc_low"] <= 0.5 <= r["auprc_high"] for r in rows)
    assert held >= 33  # 38 expected; fewer than 33 would come by chance once in some 300 times
    assert np.mean([r["auprc"] for r in rows]) == pytest.approx(0.5, abs=0.015)


def test_shuffled_labels_give_chance_to_a_perfect_score(network):
    truth = known_edges(network).astype(float)
    order = RNG(0).permutation(len(network.genes))
    moved = replace(network, edges=np.stack([network.edges[:, 0], order[network.edges[:, 1]]], 1))
    (row,) = evaluate(moved, truth, Protocol("matched"))
    assert row["auprc"] == pytest.approx(0.5, abs=0.05)


def test_row_says_what_was_judged(network):
    row = evaluate(network, noise(network), Protocol("paper", draws=3, seed=7, replicates=20))[0]
    assert (row["dataset"], row["network"], row["gene_set"]) == ("toy", "STRING", "all")
    assert (row["sampling"], row["genes"], row["draws"], row["seed"]) == ("paper", "all", 3, 7)
    assert row["n_positives"] == len(network.edges)
    assert row["n_pairs"] == 2 * row["n_positives"]
    assert row["n_candidates"] == 30 * 119
    assert row["auprc_sd_over_draws"] > 0
    assert np.isnan(row["epr"])


def test_full_reports_early_precision_over_prevalence(network):
    row = evaluate(network, known_edges(network).astype(float), Protocol("full"))[0]
    assert row["early_precision"] == 1
    assert row["epr"] == row["auprc_ratio"] == pytest.approx(1 / row["prevalence"])
    assert row["draws"] == 1


@pytest.mark.parametrize("sampling", ["paper", "matched"])
def test_scorers_meet_the_same_pairs_and_other_seeds_others(network, sampling):
    one, same, other = (
        evaluation_set(network, Protocol(sampling, seed=s), scoreable=network.genes[:100])
        for s in (1, 1, 2)
    )
    for a, b in zip(one.samples, same.samples):
        assert (a.rows == b.rows).all()
        assert (a.columns == b.columns).all()
    assert (
        len(one.samples[0].rows) != len(other.samples[0].rows)
        or (one.samples[0].columns != other.samples[0].columns).any()
    )


def test_evaluate_is_judging_the_evaluation_set(network):
    scores, protocol = noise(network), Protocol("matched", draws=2, replicates=10)
    assert evaluate(network, scores, protocol)[0] == pytest.approx(
        judge(evaluation_set(network, protocol), scores), nan_ok=True
    )


def test_unseen_row_never_holds_a_training_gene(network):
    trained = set(network.genes[:60])
    rows = evaluate(network, noise(network), Protocol("paper"), unseen_of=trained)
    assert [r["genes"] for r in rows] == ["all", "unseen"]
    unseen = evaluation_set(network, Protocol("paper"), unseen_of=trained)
    for sample in unseen.samples:
        used = {network.genes[k] for k in (*network.regulators[sample.rows], *sample.columns)}
        assert used
        assert not used & trained
    assert rows[1]["n_pairs"] == len(unseen.samples[0].rows) < rows[0]["n_pairs"]


def test_nothing_left_is_a_row_with_a_reason(network):
    rows = evaluate(network, noise(network), Protocol("paper"), unseen_of=network.genes)
    assert "no known edge is left" in rows[1]["reason"]
    assert rows[1]["n_pairs"] == 0
    assert all(np.isnan(rows[1][m]) for m in METRICS)
    unscored = evaluate(network, np.full_like(noise(network), np.nan), Protocol("paper"))
    assert unscored[0]["reason"] == "no pair has a finite score"


def test_cells_that_are_all_edges_have_no_negatives(network):
    every = np.array([(r, g) for r in range(3) for g in range(120) if r != g])
    dense = replace(network, edges=every, regulators=np.arange(3))
    for sampling, why in (("full", "there are no negatives"), ("matched", "no negative is left")):
        row = evaluate(dense, np.zeros((3, 120)), Protocol(sampling))[0]
        assert why in row["reason"]


def test_pairs_without_a_score_rank_last_and_are_counted(network):
    scores = known_edges(network).astype(float)
    scores[:, :40] = np.nan
    row = evaluate(network, scores, Protocol("paper"))[0]
    lowest = np.nan_to_num(scores, nan=-5.0)
    again = evaluate(network, lowest, Protocol("paper"))[0]
    assert 0 < row["n_unscored"] < row["n_pairs"]
    assert row["auprc"] == again["auprc"] < 1


def test_scores_of_another_shape_are_refused(network):
    with pytest.raises(InputError, match=r"\(30, 120\)"):
        evaluate(network, noise(network).T, Protocol("paper"))
    with pytest.raises(OptionError, match="draws must be"):
        Protocol(draws=0)


def test_weighted_auprc_is_auprc_of_the_repeated_pairs():
    rng = RNG(0)
    labels, scores = rng.random(300) < 0.3, rng.integers(0, 40, 300).astype(float)
    groups = rng.integers(0, 9, 300)
    weights = regulator_weights(9, 25, rng)
    assert (weights.sum(axis=1) == 9).all()
    fast = weighted_auprc(labels, scores, groups, weights)
    for drawn, value in zip(weights, fast):
        repeat = drawn[groups]
        assert value == pytest.approx(auprc(np.repeat(labels, repeat), np.repeat(scores, repeat)))


def test_a_replicate_without_positives_is_nan_and_left_out_of_the_interval():
    values = weighted_auprc(
        np.array([True, False]), np.array([1.0, 0.0]), np.array([0, 1]), np.array([[0, 2], [1, 1]])
    )
    assert np.isnan(values[0])
    assert values[1] == 1
    assert interval(np.array([np.nan, *np.linspace(0, 1, 101)])) == pytest.approx((0.025, 0.975))
    assert np.isnan(interval(values)).all()


def test_the_interval_widens_when_pairs_hang_together_by_regulator(toy):
    """Pairs of a regulator share its luck: an interval over pairs would be too narrow."""
    network = toy(n_genes=200, n_regulators=12, strength=0.0)
    luck = RNG(1).normal(size=(12, 1))
    shared = noise(network) + 2 * luck * known_edges(network)
    own = noise(network) + 2 * RNG(2).normal(size=noise(network).shape) * known_edges(network)
    wide, narrow = (evaluate(network, s, Protocol("paper"))[0] for s in (shared, own))
    assert wide["auprc_high"] - wide["auprc_low"] > 2 * (narrow["auprc_high"] - narrow["auprc_low"])


def test_a_gain_is_the_difference_and_nothing_over_oneself(network):
    test = evaluation_set(network, Protocol("matched"))
    one, other = noise(network) + known_edges(network), noise(network)
    assert gain(test, one, one) == {"gain": 0.0, "gain_low": 0.0, "gain_high": 0.0}
    told = gain(test, one, other)
    rows = [judge(test, s) for s in (one, other)]
    assert told["gain"] == pytest.approx(rows[0]["auprc"] - rows[1]["auprc"])
    assert 0 < told["gain_low"] < told["gain"] < told["gain_high"]
    back = gain(test, other, one)
    assert back["gain_low"] == pytest.approx(-told["gain_high"])
    assert gain(test, one, np.full_like(one, np.nan)) == {}


def test_paired_intervals_are_those_of_replicates_one_by_one(network):
    """Against brute force: each replicate repeats the pairs of the regulators it drew."""
    test = evaluation_set(network, Protocol("paper", draws=1, replicates=40))
    one, other = noise(network) + known_edges(network), noise(network)
    (sample,) = test.samples
    present = np.unique(sample.rows)
    rng = RNG([test.protocol.seed, len(network.regulators), len(present)])
    each = []
    for drawn in regulator_weights(len(present), 40, rng):
        repeat = drawn[np.searchsorted(present, sample.rows)]
        labels = np.repeat(sample.labels, repeat)
        values = [np.repeat(s[sample.rows, sample.columns], repeat) for s in (one, other)]
        each.append(auprc(labels, values[0]) - auprc(labels, values[1]))
    told = gain(test, one, other)
    assert (told["gain_low"], told["gain_high"]) == pytest.approx(interval(np.array(each)))
