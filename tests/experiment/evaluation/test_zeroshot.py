"""The zero-shot benchmark on a small synthetic BEELINE, end to end, and a hunt for leaks."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from tests.experiment.conftest import write_cell
from ugrn_core.benchmark.candidates import candidates
from ugrn_core.benchmark.evaluation_set import Protocol, evaluation_set
from ugrn_core.benchmark.protocol import judge
from ugrn_core.benchmark.results_table import read_results
from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.errors import InputError, MissingDataError, OptionError, UnknownNameError
from ugrn_core.experiment.catalog.study import fit_to_backbone
from ugrn_core.experiment.evaluation import methods, training, zeroshot
from ugrn_core.experiment.evaluation import plan as plans
from ugrn_core.experiment.evaluation.learned import Scorers, probed

TARGETS = ("hESC", "hHEP", "mESC")


@pytest.fixture(scope="module")
def plan(beeline) -> plans.Plan:
    return plans.Plan(
        data=beeline,
        backbone="tiny",
        source="hESC",
        networks="STRING",
        targets="all",
        samplings=("paper", "matched"),
        probes="all",
        gene_set="TFs+500",
        seeds=1,
        orthologs=None,
        command="a test",
        recipes=("paper",),
    )


@pytest.fixture(scope="module")
def table(plan, place, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "results.parquet"
    zeroshot.run(plan, place, out, out.parent / "translators")
    return (*read_results(out), out.parent)


def build(plan, place, backbone) -> Scorers:
    studies = {
        name: fit_to_backbone(beeline_dataset(plan.data, name), backbone) for name in TARGETS
    }
    every = methods.groups()["all"]
    tensors = {name: probed(backbone, s, place, every) for name, s in studies.items()}
    string = studies["hESC"].dataset.references[:1]
    return Scorers(plan, backbone, studies, tensors, string, on_string=string)


def reference(scorers: Scorers, target: str):
    return scorers.studies[target].dataset.references[0]


def test_every_probe_sampling_and_choice_of_genes_has_one_row(table):
    rows = table[0]
    probes = methods.groups()["all"]
    assert set(rows["probe"]) == set(probes)
    keys = ["dataset", "sampling", "genes", "probe", "backbone"]
    assert not rows.duplicated(keys).any()
    own = rows[~rows["random_weights"]]
    assert len(own) == 3 * 2 * 2 * len(probes)
    control = rows[rows["random_weights"]]
    assert set(control["backbone"]) == {"tiny-random"}
    assert len(control) == 3 * 2 * 2 * len([p for p in probes if methods.method(p).reads_backbone])


def test_a_number_or_a_reason_never_neither(table):
    rows = table[0]
    assert ((rows["reason"] != "") == rows["auprc"].isna()).all()
    source = rows[(rows["dataset"] == "hESC") & (rows["kind"] == "translator")]
    assert source["reason"].str.contains("trained on this data set").all()
    cells = rows[rows["probe"].isin(["Pearson", "|Pearson|"])]
    assert (cells[cells["dataset"] == "mESC"]["reason"].str.contains("no expression")).all()
    judged = cells[(cells["dataset"] == "hHEP") & (cells["genes"] == "all")]
    assert judged["auprc"].notna().all()
    done = rows["auprc"].notna()
    assert rows.loc[done, "auprc"].between(0, 1).all()
    gaps = rows.loc[done, "auprc_low"] - rows.loc[done, "auprc_high"]
    assert (gaps.dropna() <= 0).all()
    assert rows[rows["dataset"] == "hHEP"]["gene_coverage"].eq(28 / 30).all()


def test_the_popularity_oracle_wins_at_random_and_ties_when_matched(table):
    rows = table[0].query("probe == 'popularity oracle' and genes == 'all'")
    assert (rows[rows["sampling"] == "paper"]["auprc"] > 0.6).all()
    matched = rows[rows["sampling"] == "matched"]["auprc"]
    assert np.abs(matched.mean() - 0.5) < 0.08


@pytest.mark.parametrize("probe", ["stacked", "ensemble"])
def test_a_translator_is_held_against_the_gene_tables_cosine(table, probe):
    """The gain is the difference of the two rows, on the same pairs."""
    keys = ["backbone", "dataset", "sampling", "genes"]
    rows = table[0][table[0]["auprc"].notna()].set_index(keys)
    cosine = rows.loc[rows["probe"] == "emb-centred", "auprc"]
    judged = rows[(rows["probe"] == probe) & rows["gain_over_own_cosine"].notna()]
    assert len(judged)
    gain = judged["gain_over_own_cosine"]
    np.testing.assert_allclose(gain, judged["auprc"] - cosine.reindex(judged.index), atol=1e-9)
    assert (judged["gain_over_own_cosine_low"] <= judged["gain_over_own_cosine_high"]).all()


def test_provenance_and_translators_are_kept(table, backbone):
    _, about, folder = table
    assert about["backbone_checksum"] == backbone.checksum
    assert about["command"] == "a test"
    kept = sorted(str(p) for p in folder.rglob("*.safetensors"))
    assert [p.rpartition("hESC-STRING-")[2] for p in kept] == [
        "paper/gdt.safetensors",
        "paper/vvp.safetensors",
        "stacked-uniform/stacked.safetensors",
    ]
    assert not list(folder.glob(".*"))


def test_labels_of_a_target_change_neither_translators_nor_scores(plan, place, backbone, tmp_path):
    other = shutil.copytree(plan.data, tmp_path / "other")
    genes = beeline_dataset(plan.data, "hHEP").genes
    write_cell(other, "hHEP", genes, seed=999)
    first, second = (build(replace(plan, data=d), place, backbone) for d in (plan.data, other))
    edges = [reference(s, "hHEP").edges for s in (first, second)]
    assert not np.array_equal(*edges)
    for probe in (p for p in methods.groups()["all"] if methods.method(p).trained):
        a, b = (s.scores("hHEP", reference(s, "hHEP"), probe, "paper") for s in (first, second))
        np.testing.assert_array_equal(a, b)
    assert first.trained["paper"].training_tokens == second.trained["paper"].training_tokens


def test_stacked_string_learns_from_string_whatever_network_is_judged(plan, place, backbone):
    known = build(plan, place, backbone)
    string = known.sources
    other = tuple(replace(n, name="Non-Specific ChIP-seq", edges=n.edges[::2]) for n in string)
    scorers = Scorers(plan, backbone, known.studies, known.tensors, other, on_string=string)
    judged = reference(known, "hHEP")
    of_string = scorers.scores("hHEP", judged, methods.ON_STRING, "paper")
    np.testing.assert_array_equal(of_string, known.scores("hHEP", judged, "stacked", "paper"))
    assert (of_string != scorers.scores("hHEP", judged, "stacked", "paper")).any()
    seen = scorers.seen("hHEP", judged, methods.ON_STRING)
    assert (seen == known.seen("hHEP", judged, "stacked")).all()
    assert [n.name for n in scorers.networks(methods.ON_STRING)] == ["STRING"]
    alone = Scorers(plan, backbone, known.studies, known.tensors, other)
    assert "has no STRING" in alone.obstacle("hHEP", methods.ON_STRING)


def test_labels_of_the_source_do_change_them(plan, place, backbone, tmp_path):
    other = shutil.copytree(plan.data, tmp_path / "other")
    write_cell(other, "hESC", beeline_dataset(plan.data, "hESC").genes, seed=999)
    first, second = (build(replace(plan, data=d), place, backbone) for d in (plan.data, other))
    a, b = (s.scores("hHEP", reference(s, "hHEP"), "gdt", "paper") for s in (first, second))
    assert not np.allclose(a, b, equal_nan=True)


def test_shuffled_target_labels_give_chance(plan, place, backbone):
    scorers = build(plan, place, backbone)
    network = reference(scorers, "hHEP")
    scores = {p: scorers.scores("hHEP", network, p, "paper") for p in ("gdt", "vvp", "emb")}
    rng, seen = np.random.default_rng(0), []
    for _ in range(6):
        mask = rng.random((len(network.regulators), len(network.genes))) < 0.3
        mask[np.arange(len(mask)), network.regulators] = False
        rows, columns = np.nonzero(mask)
        edges = np.stack([network.regulators[rows], columns], axis=1)
        test = evaluation_set(replace(network, edges=edges), Protocol("paper", replicates=0))
        seen += [judge(test, s)["auprc"] for s in scores.values()]
    assert np.abs(np.mean(seen) - 0.5) < 0.05


def test_shuffled_source_labels_teach_nothing(plan, place, backbone, monkeypatch):
    """Noise points a translator in a direction of its own, which may suit the target or not: only
    over many draws of labels, of negatives and of first weights is it chance."""
    scorers, rng, seen = build(plan, place, backbone), np.random.default_rng(0), []
    source, target = reference(scorers, "hESC"), reference(scorers, "hHEP")
    test = evaluation_set(target, Protocol("matched", replicates=0))
    fit = training.fit
    for k in range(16):
        monkeypatch.setattr(training, "SPLIT_SEED", k)
        monkeypatch.setattr(training, "fit", lambda *a, k=k: fit(*a[:-1], 100 * k))
        pairs = np.argwhere(candidates(source).candidates)
        drawn = pairs[rng.choice(len(pairs), len(source.edges), replace=False)]
        edges = np.stack([source.regulators[drawn[:, 0]], drawn[:, 1]], axis=1)
        noise = (replace(source, edges=edges),)
        shuffled = Scorers(plan, backbone, scorers.studies, scorers.tensors, noise)
        seen.append(judge(test, shuffled.scores("hHEP", target, "ensemble", "paper"))["auroc"])
    assert np.std(seen) > 0.005
    assert abs(np.mean(seen) - 0.5) < 3 * np.std(seen) / np.sqrt(len(seen)) + 0.01


def test_unseen_pairs_hold_no_gene_of_a_training_pair(plan, place, backbone, table):
    scorers = build(plan, place, backbone)
    network = reference(scorers, "hHEP")
    training = {g.upper() for g in scorers.trained["paper"].splits[0].training_genes}
    expected = np.array([g.upper() in training for g in network.genes])
    assert 0 < expected.sum() < len(expected)
    np.testing.assert_array_equal(scorers.seen("hHEP", network), expected)
    free = ~expected & np.array([g in scorers.studies["hHEP"].tokens for g in network.genes])
    regulators = free[network.regulators].sum()
    count = regulators * free.sum() - regulators  # no self-pairs
    rows = table[0].query("dataset == 'hHEP' and genes == 'unseen'")
    assert set(rows["n_candidates"]) == {count}
    mouse = reference(scorers, "mESC")  # the same genes in mouse spelling count as seen
    seen = scorers.seen("mESC", mouse)
    assert {g for g, s in zip(mouse.genes, seen) if s} == {
        g for g in mouse.genes if g.upper() in training
    }


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"source": "hESCC"}, UnknownNameError, "Did you mean hESC"),
        ({"source": ""}, OptionError, "Name a data set"),
        ({"probes": "yardsticks"}, OptionError, "--corpus"),
        ({"source": "mDC"}, MissingDataError, "does not hold the source data set mDC"),
        ({"samplings": ("matchd",)}, UnknownNameError, "Did you mean matched"),
        ({"samplings": ()}, OptionError, "Name a sampling"),
        ({"probes": "gdtt"}, UnknownNameError, "Did you mean gdt"),
        ({"networks": "LOF/GOF"}, MissingDataError, "none of the chosen cells"),
        ({"gene_set": "TFs+50"}, UnknownNameError, "TFs"),
        ({"recipes": ("papier",)}, UnknownNameError, "Did you mean paper"),
        ({"backbone": "tinny"}, UnknownNameError, "Did you mean tiny"),
    ],
)
def test_a_plan_that_cannot_be_done_is_refused_at_once(change, error, words, plan, place, tmp_path):
    with pytest.raises(error, match=words) as refused:
        zeroshot.run(replace(plan, **change), place, tmp_path / "out.parquet")
    assert isinstance(refused.value, InputError)
    assert not list(tmp_path.iterdir())


def test_spelling_of_names_is_forgiven(plan):
    assert plans.spelled(replace(plan, source="hesc", samplings=("Paper",))).source == "hESC"
    assert plans.chosen("string, lof/gof", ("STRING", "LOF/GOF"), "network") == (
        "STRING",
        "LOF/GOF",
    )
