"""Rows beyond `all`: real cells, ablations, several sources, every source by itself, EPR."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ugrn_core.benchmark.candidates import candidates
from ugrn_core.benchmark.results_table import read_results
from ugrn_core.classical.correlation import pearson
from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.experiment.catalog.study import fit_to_backbone
from ugrn_core.experiment.evaluation import methods, zeroshot
from ugrn_core.experiment.evaluation import plan as plans


@pytest.fixture(scope="module")
def rows(beeline, place, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")

    def of(**change):
        plan = plans.Plan(
            beeline, "tiny", "hESC", "STRING", "all", ("paper",), "gdt", "TFs+500", 1, None, "-"
        )
        plan = replace(plan, **({"recipes": ("paper",)} | change))
        path = zeroshot.run(plan, place, out / "rows.parquet", random_control=False)
        return read_results(path)[0]

    return of


def test_probes_of_real_cells_and_ablations_give_a_number_or_a_reason(rows):
    table = rows(probes="expression,ablations", source="hHEP").query("genes == 'all'")
    assert ((table["reason"] != "") == table["auprc"].isna()).all()
    by = table.set_index(["dataset", "probe"])
    for probe in ("pert", "pert-abs", "attn"):
        assert by.loc[("hHEP", probe), "auprc"] > 0
        assert "ln 2" in by.loc[("hHEP", probe), "note"]
        assert by.loc[("hHEP", probe), "readout"] == "visible"
        assert "no expression" in by.loc[("mESC", probe), "reason"]
    assert "trained on this" in by.loc[("hHEP", "pert-baseline"), "reason"]
    thinned = [n for n in methods.groups()["ablations"] if methods.thinned_probe(n)]
    assert len(thinned) == 6
    ablations = by.loc["mESC"].loc[thinned]
    assert ablations["auprc"].notna().all()
    assert set(ablations["kind"]) == {"translator"}
    assert by.loc[("mESC", "gdt-2"), "note"] == "grid values (0.5, 2.5)"
    assert by.loc[("mESC", "pert-virtual"), "auprc"] > 0


def test_translators_of_several_sources_and_each_source_by_itself(rows):
    together = rows(source="hESC,hHEP").query("genes == 'all'").set_index("dataset")
    assert together["reason"].str.contains("trained on this").to_dict() == {
        "hESC": True,
        "hHEP": True,
        "mESC": False,
    }
    assert set(together["source"]) == {"hESC,hHEP"}
    matrix = rows(source="hESC,hHEP,mESC", matrix=True)
    assert set(matrix["source"]) == {"hESC", "hHEP", "mESC"}
    alone = rows(source="hHEP")
    same = matrix[matrix["source"] == "hHEP"].reset_index(drop=True)
    np.testing.assert_array_equal(same["auprc"], alone["auprc"])
    assert same["source_network"].eq("STRING").all()


def test_full_sampling_gives_beelines_early_precision_ratio(rows, beeline, backbone):
    row = rows(probes="Pearson", samplings=("full",)).query("dataset == 'hHEP' and genes == 'all'")
    data = beeline_dataset(beeline, "hHEP")
    study = fit_to_backbone(data, backbone)
    network = data.references[0]
    known = np.array([g in study.tokens for g in network.genes])
    pairs = candidates(network, scoreable=known)
    scores = pearson(data.expression, network)
    ranked = sorted(
        ((scores[r, c], pairs.positives[r, c]) for r, c in np.argwhere(pairs.candidates)),
        reverse=True,
    )
    k = int(pairs.positives.sum())
    top = np.mean([edge for score, edge in ranked if score >= ranked[k - 1][0]])
    assert row["early_precision"].item() == pytest.approx(top)
    assert row["epr"].item() == pytest.approx(top / (k / len(ranked)))
    assert row["prevalence"].item() == pytest.approx(k / len(ranked))
    assert row["n_pairs"].item() == len(ranked)
    assert "precision_at_recall" not in row


def test_precision_over_recall_is_kept_when_asked_for(rows):
    table = rows(probes="Pearson,gdt", pr_curves=True)
    done = table[table["auprc"].notna()]
    curves = np.stack(done["precision_at_recall"])
    assert curves.shape == (len(done), plans.RECALL_POINTS)
    np.testing.assert_allclose(curves[:, -1].round(1), done["prevalence"].round(1), atol=0.1)
    assert np.abs(curves.mean(axis=1) - done["auprc"]).max() < 0.1
    assert table.loc[table["auprc"].isna(), "precision_at_recall"].isna().all()


def test_the_spread_over_seeds_is_that_of_translators_trained_alone(rows, monkeypatch):
    table = rows(targets="hHEP", probes="gdt,emb-cosine", seeds=2).query("genes == 'all'")
    spread = table.set_index("probe")["auprc_sd_over_seeds"]
    assert np.isnan(spread["emb-cosine"])
    by_seed, alone = zeroshot.Scorers.by_seed, []
    for seed in (0, 1):
        monkeypatch.setattr(zeroshot.Scorers, "scores", lambda *a, k=seed: by_seed(*a)[k])
        alone.append(rows(targets="hHEP", seeds=2).query("genes == 'all'")["auprc"].item())
    assert spread["gdt"] == pytest.approx(np.std(alone, ddof=1))
    assert spread["gdt"] > 0
