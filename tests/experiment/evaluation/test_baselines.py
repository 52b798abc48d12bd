"""Classical scores kept on disk, profiles on a backbone's scale, corpus yardsticks."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tests.pretraining.corpora import GENES as CORPUS_GENES
from tests.pretraining.corpora import write_corpus
from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.data.value_scales import bins as quantile_bins
from ugrn_core.errors import MissingDataError, OptionError, UnknownNameError
from ugrn_core.experiment.catalog.study import fit_to_backbone, in_order_of
from ugrn_core.experiment.curves.mean_profile import mean_profile
from ugrn_core.experiment.evaluation import classical, methods
from ugrn_core.experiment.evaluation.corpus_baselines import Corpora
from ugrn_core.pretraining.corpus.coexpression import corpus_coexpression
from ugrn_core.pretraining.corpus.data_sets import read_corpus
from ugrn_core.types import ReferenceNetwork, ValueScale

ALL = (
    *("vvp", "gdt", "stacked", "stacked-string", "ensemble", "emb"),
    *("emb-cosine", "emb-centred", "emb-csls", "emb-shared"),
    *("popularity oracle", "source degree", "target is TF", "Pearson", "|Pearson|"),
)


def test_groups_stand_for_their_members_and_spelling_is_forgiven():
    assert methods.chosen_methods("ALL") == ALL
    assert methods.chosen_methods("gdt, genie3,Ablations")[:4] == ("gdt", "GENIE3", "vvp", "vvp-1")
    with pytest.raises(UnknownNameError, match="Did you mean classical"):
        methods.chosen_methods("clasical")
    with pytest.raises(OptionError, match="Name a probe"):
        methods.chosen_methods(" , ")


def test_an_ablation_keeps_the_middles_of_equal_shares():
    grid = tuple(float(v) for v in range(8))
    assert methods.kept_values(grid, 1) == (4.0,)
    assert methods.kept_values(grid, 2) == (2.0, 6.0)
    assert methods.kept_values(grid, 4) == (1.0, 3.0, 5.0, 7.0)
    assert methods.kept_values(grid, 8) == grid


def test_bins_are_quantiles_of_what_is_expressed():
    values = np.array([0.0, 3.0, 1.0, 2.0, 4.0, 0.0])
    assert quantile_bins(values, 4).tolist() == [0, 3, 1, 2, 4, 0]
    assert quantile_bins(np.zeros(3), 4).tolist() == [0, 0, 0]
    many = np.random.default_rng(0).gamma(1, 1, 2000)
    counts = np.bincount(quantile_bins(many, 50).astype(int), minlength=51)
    assert counts[0] == 0
    assert counts[1:].max() - counts[1:].min() <= 42  # even, but for the largest value's own bin


def test_a_profile_is_the_mean_of_ln_x_plus_1(beeline, backbone):
    data = beeline_dataset(beeline, "hHEP")
    cells = data.expression
    cut = replace(cells, genes=cells.genes[1:], values=cells.values[1:])
    study = fit_to_backbone(replace(data, expression=cut), backbone)
    profile, how = mean_profile(study, backbone)
    gene = study.labels[study.panel.genes[3]]
    values = cells.values[cells.genes.index(gene)].astype(float)
    assert profile[3] == pytest.approx(np.mean(np.log1p(2**values - 1)), rel=1e-5)
    assert profile[study.panel.genes.index(study.tokens[cells.genes[0]])] == 0
    assert "1 of 28 genes were not measured" in how


def test_what_cannot_be_brought_on_a_scale_is_said(beeline, backbone):
    study = fit_to_backbone(beeline_dataset(beeline, "hESC"), backbone)
    with pytest.raises(MissingDataError, match="no expression"):
        mean_profile(study, backbone)
    study = fit_to_backbone(beeline_dataset(beeline, "hHEP"), backbone)
    odd = SimpleNamespace(defaults=replace(backbone.defaults, value_scale=ValueScale.RANK))
    with pytest.raises(OptionError, match="rank of the gene"):
        mean_profile(study, odd)


def test_classical_scores_are_kept_and_a_damaged_block_is_made_again(
    beeline, settings, monkeypatch
):
    data = beeline_dataset(beeline, "hHEP")
    name = "mutual information"
    first = classical.classical_scores(name, data, settings)
    assert first.core_seconds > 0
    assert "neighbours 3" in first.note
    blocks = sorted((settings.home / "classical").rglob("*.npz"))
    assert len(blocks) == -(-len(data.genes) // classical.BLOCK)
    blocks[0].write_bytes(b"damaged")
    again = classical.classical_scores(name, data, settings)
    np.testing.assert_array_equal(first.scores, again.scores)
    monkeypatch.setattr(classical.METHODS[name], "__call__", None)  # all is read, none computed
    kept = classical.classical_scores(name, data, settings)
    np.testing.assert_array_equal(first.scores, kept.scores)
    assert kept.core_seconds == again.core_seconds
    changed = replace(data.expression, values=data.expression.values + np.eye(48, 12))
    with pytest.raises(TypeError):  # other cells are another key: it would have to compute
        classical.classical_scores(name, replace(data, expression=changed), settings)


def test_processes_change_no_score(beeline, settings, tmp_path):
    data = beeline_dataset(beeline, "hHEP")
    two = replace(settings, home=tmp_path / "two", workers=2)
    alone, shared = (
        classical.classical_scores("mutual information", data, s) for s in (settings, two)
    )
    np.testing.assert_array_equal(alone.scores, shared.scores)


def test_what_the_time_given_does_not_suffice_for_says_so_and_goes_on(beeline, settings):
    data, name = beeline_dataset(beeline, "hHEP"), "mutual information"
    nothing = classical.classical_scores(name, data, settings, hours=0)
    assert nothing.scores is None
    assert nothing.core_seconds == 0
    assert "0 of 28 measured targets" in nothing.reason
    one_block = classical.classical_scores(name, data, settings, hours=1e-9)
    assert one_block.scores is None
    assert "16 of 28 measured targets" in one_block.reason
    whole = classical.classical_scores(name, data, settings, hours=1e-9)
    assert whole.reason == ""
    assert whole.core_seconds > one_block.core_seconds
    fresh = replace(settings, home=settings.home / "fresh")
    np.testing.assert_array_equal(
        whole.scores, classical.classical_scores(name, data, fresh).scores
    )


def test_scores_are_joined_by_symbol(beeline):
    data = beeline_dataset(beeline, "hHEP")
    scores = np.arange(len(data.regulators) * len(data.genes), dtype=float)
    scores = scores.reshape(len(data.regulators), -1)
    genes = (data.genes[5], data.regulators[1], "NOWHERE")
    none = np.zeros((0, 2), dtype=np.int64)
    asked = ReferenceNetwork("n", "d", genes, np.array([1]), none)
    found = in_order_of(asked, data, scores)
    column = data.genes.index(data.regulators[1])
    assert found[0, :2].tolist() == [scores[1, 5], scores[1, column]]
    assert np.isnan(found[0, 2])


def test_corpus_coexpression_is_the_weighted_mean_of_fisher_z(tmp_path):
    folder = write_corpus(tmp_path / "corpus")
    corpus = read_corpus(folder, {g.capitalize(): g for g in CORPUS_GENES})
    ids = np.array([3, 7, 20])
    found = corpus_coexpression(corpus, ids)
    total = weight = 0.0
    for part in corpus.sets:
        x, y = (part.values[:, np.flatnonzero(part.ids == k)[0]].toarray()[:, 0] for k in (3, 20))
        total += np.sqrt(part.n_cells) * np.arctanh(np.corrcoef(x, y)[0, 1])
        weight += np.sqrt(part.n_cells)
    assert found[0, 2] == pytest.approx(np.tanh(total / weight), abs=1e-5)
    np.testing.assert_allclose(found, found.T)
    assert np.diag(found).tolist() == [1, 1, 1]


def test_yardsticks_know_the_corpus_genes_and_no_other(tmp_path, beeline):
    folder = write_corpus(tmp_path / "corpus")
    data = beeline_dataset(beeline, "mESC")
    reference = data.references[0]
    corpora = Corpora(folder, ("three",), folder / "orthologs.csv")
    upper = [g.upper() in CORPUS_GENES for g in reference.genes]
    for probe in methods.groups()["yardsticks"]:
        scores, note = corpora.scores(probe, data, reference)
        assert note == "3 data sets, without three"
        known = [k for k, r in enumerate(reference.regulators) if upper[r]]
        assert np.isfinite(scores[known][:, upper]).all()
        assert np.isnan(scores[:, ~np.array(upper)]).all()
        assert (np.abs(scores[known][:, upper]) <= 1 + 1e-9).all()
