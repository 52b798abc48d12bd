"""Signs judged: known answers, and a pretend experiment whose truth is planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from tests.experiment.conftest import TFS
from ugrn_core.benchmark.bootstrap import regulator_weights, weighted_auroc
from ugrn_core.errors import MissingDataError, PanelError, TableError
from ugrn_core.experiment.biology import overexpression, signs


def network(seed: int, right: float) -> tuple[pd.DataFrame, dict]:
    """A network in which the effect follows the known sign times `right`, plus noise and a level
    of each target that all regulators share."""
    rng = np.random.default_rng(seed)
    level, rows, known = rng.normal(size=60) * 2, [], {}
    for r in range(30):
        for t in range(60):
            sign = int(rng.choice([-1, 1]))
            known[f"R{r}", f"T{t}"] = sign
            effect = right * sign + level[t] + rng.normal()
            rows.append((f"R{r}", f"T{t}", effect, effect / 2))
    return pd.DataFrame(rows, columns=["source", "target", "vvp_effect", "gdt_peak"]), known


def test_the_area_is_scikit_learns_and_its_interval_holds_it():
    edges, known = network(0, 0.4)
    table = signs.judged(edges, known).set_index("number")
    up = [known[p] > 0 for p in zip(edges["source"], edges["target"])]
    row = table.loc["vvp_effect"]
    assert row["auroc"] == pytest.approx(roc_auc_score(up, edges["vvp_effect"]))
    assert row["auroc_low"] < row["auroc"] < row["auroc_high"]
    assert row["pairs"] == 1800
    # What all regulators share hides the sign: less it, the same effects tell more.
    assert table.loc["vvp_effect, centred", "auroc"] > row["auroc"] + 0.03
    assert table.loc["vvp_effect, centred", "tells"]


def test_the_interval_is_that_of_pairs_drawn_regulator_by_regulator():
    rng = np.random.default_rng(3)
    labels, scores = rng.random(120) < 0.5, rng.normal(size=120).round(1)
    groups = rng.integers(0, 6, 120)
    drawn = regulator_weights(6, signs.REPLICATES, np.random.default_rng(0))
    by_hand = []
    for row in drawn[:300]:
        at = np.concatenate([np.tile(np.flatnonzero(groups == k), n) for k, n in enumerate(row)])
        at = at.astype(int)
        by_hand.append(roc_auc_score(labels[at], scores[at]))
    np.testing.assert_allclose(weighted_auroc(labels, scores, groups, drawn[:300]), by_hand)


def test_signs_that_mean_nothing_do_not_tell():
    told = [signs.judged(*network(seed, 0.0))["tells"][0] for seed in range(20, 30)]
    assert sum(told) <= 2


def test_tables_of_signs_as_people_keep_them():
    trrust = pd.DataFrame(
        columns=["source", "target", "sign", "pmid"],
        data=[
            ("AATF", "BAX", "Repression", "22909821"),
            ("PU.1", "CSF1R", "Activation", "1"),
            ("GATA1", "HBB", "Activation", "2"),
            ("GATA1", "HBB", "Repression", "3"),
            ("KLF1", "HBB", "Unknown", "4"),
        ],
    )
    assert signs.signed_of_table(trrust) == {
        ("AATF", "BAX"): -1,
        ("SPI1", "CSF1R"): 1,  # by its approved symbol, as every table of known edges is read
    }
    named = pd.DataFrame({"weight": [1], "sign": ["-"], "target": ["HBB"], "source": ["KLF1"]})
    assert signs.signed_of_table(named) == {("KLF1", "HBB"): -1}
    with pytest.raises(TableError, match="no pair whose sign is known"):
        signs.signed_of_table(trrust.iloc[4:])
    with pytest.raises(TableError, match="10 of each are needed"):
        signs.judged(network(0, 1)[0], {("R0", "T0"): 1})


@pytest.mark.parametrize(
    "text",
    [
        "AATF\tBAX\tRepression\t22909821\nKLF1\tHBB\tActivation\t1\n",
        "source,target,sign\nAATF,BAX,-1\nKLF1,HBB,1\n",
        "sign;target;source\n-;BAX;AATF\n+;HBB;KLF1\n",
    ],
)
def test_files_of_signs_are_read_with_and_without_a_header(text, tmp_path):
    path = tmp_path / "signs.tsv"
    path.write_text(text)
    assert signs.read_signed(path) == {("AATF", "BAX"): -1, ("KLF1", "HBB"): 1}


def test_the_most_negative_are_below_what_others_get():
    edges, _ = network(1, 0.0)
    row = edges.index[(edges["source"] == "R3") & (edges["target"] == "T5")][0]
    edges.loc[row, "vvp_effect"] -= 50
    first = signs.most_negative(edges, 5).iloc[0]
    assert (first["source"], first["target"]) == ("R3", "T5")
    assert len(signs.most_negative(edges, 5)) == 5


def experiment(backbone, rng, tmp_path):
    genes = [t for t in backbone.vocabulary.tokens if t.startswith("GENE")] + list(TFS)
    z = np.where(rng.random((len(genes), len(TFS))) < 0.7, rng.normal(size=(len(genes), 10)), 0)
    path = tmp_path / "x.npz"
    np.savez(path, x=z.astype(np.float16), genes=np.array(genes), cols=np.arange(10).astype(str))
    return path, {str(k): tf for k, tf in enumerate(TFS)}


@pytest.fixture
def asked_of(backbone, tmp_path):
    path, names = experiment(backbone, np.random.default_rng(0), tmp_path)
    return overexpression.question(overexpression.read_measured(path, names), backbone)


def test_the_rule_gives_regulators_and_panel(asked_of):
    assert len(asked_of.drive) == 10
    assert len(asked_of.panel) == len(set(asked_of.panel.genes)) <= overexpression.MOST
    assert asked_of.z.shape == (10, len(asked_of.targets))


def test_a_model_that_is_the_experiment_is_right_and_noise_is_not(asked_of):
    right = overexpression.judged("truth", np.abs(asked_of.z), asked_of.z, asked_of)
    assert right["auroc"] == right["sign_auroc"] == 1
    noise = np.random.default_rng(7).normal(size=asked_of.z.shape)
    wrong = overexpression.judged("noise", np.abs(noise), noise, asked_of)
    assert wrong["auroc_low"] < 0.5 < wrong["auroc_high"]
    assert abs(wrong["sign_auroc"] - 0.5) < 0.15


def test_the_table_has_the_controls(asked_of, backbone):
    from ugrn_core.probes.settings import default_settings

    rows = overexpression.table(backbone, None, asked_of, default_settings(backbone))
    assert list(rows["score"]) == [
        "answer",
        "answer, centred",
        "cosine of gene vectors",
        "popularity in the experiment",
    ]
    assert rows["auroc"].between(0, 1).all()


def test_files_that_are_none_are_said(tmp_path, backbone):
    with pytest.raises(MissingDataError, match="no file"):
        overexpression.read_measured(tmp_path / "none.npz")
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"no zip")
    with pytest.raises(TableError, match="not a file of responses"):
        overexpression.read_measured(bad)
    few = overexpression.Measured(np.zeros((2, 1)), ("GENE1", "GENE2"), ("GATA1",))
    with pytest.raises(PanelError, match="two are needed"):
        overexpression.question(few, backbone)


def test_signs_of_a_data_set_are_judged_on_the_pairs_that_are_known(backbone, settings, beeline):
    from ugrn_core.data.readers.beeline import beeline_dataset
    from ugrn_core.experiment.biology.signs_by_dataset import SignTrial, signs_of
    from ugrn_core.experiment.catalog.study import fit_to_backbone

    z = np.array([[2.0, 0.0], [-2.0, 1.0], [0.0, 3.0]] * 10)
    names = tuple(f"GENE{k}" for k in range(30))
    known = signs_of(overexpression.Measured(z, names, ("GATA1", "NOBODY")))
    assert known["GATA1", "GENE0"] == 1  # NOBODY is no transcription factor
    assert known["GATA1", "GENE1"] == -1
    assert len(known) == 20
    trial = SignTrial(
        backbone, fit_to_backbone(beeline_dataset(beeline, "hESC"), backbone), settings
    )
    shown = {label for _, label, _ in trial.study.names} - {"GATA1", "SPI1"}
    rng = np.random.default_rng(0)
    pairs = {(s, t): int(rng.choice([-1, 1])) for s in ("GATA1", "SPI1") for t in shown}
    table = trial.rows(pairs, "planted").set_index("number")
    assert table.loc["slope", "pairs"] == len(pairs)
    assert table.loc["slope", "regulators"] == 2  # the others were not probed
    # Of pairs whose known sign is the slope's own, all are right.
    own = trial._edges(trial._sources(pairs))
    right = {
        (r.source, r.target): int(np.sign(r.slope)) for r in own.itertuples() if r.target in shown
    }
    assert trial.rows(right, "own").set_index("number").loc["slope", "auroc"] == 1
    assert (own["sign"] == np.where(own["slope"] >= 0, 1, -1)).all()
    assert trial.rows({("GATA1", "GENE1"): 1}, "few").empty
