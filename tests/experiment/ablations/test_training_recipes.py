"""`bench recipes` and `bench vectors` on a small corpus: rows, resuming, what is thinned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from tests.experiment.conftest import write_cell
from tests.pretraining.corpora import GENES, write_corpus
from ugrn_core.data.orthologs import read_orthologs
from ugrn_core.errors import OptionError, UnknownNameError
from ugrn_core.experiment.ablations import gene_vectors, training_recipes
from ugrn_core.experiment.ablations.training_recipes import Recipe, Trial
from ugrn_core.pretraining.corpus import Corpus, CorpusSet, read_corpus
from ugrn_core.pretraining.train import Trainer

STEPS = Recipe("as shipped", {"cells": 4, "context": 20}, points=(0.0, 1.0))
SEED = Recipe("another seed", {"cells": 4, "context": 20, "seed": 1})


@pytest.fixture(scope="module")
def trial(tmp_path_factory) -> Trial:
    root = tmp_path_factory.mktemp("trial")
    corpus = write_corpus(root / "corpus")
    write_cell(root / "beeline", "hESC", GENES, seed=2)
    orthologs, run = corpus / "orthologs.csv", root / "run"
    names = ("three",), root / "beeline", ("hESC",)
    return Trial(corpus, orthologs, (), *names, 2, 10, run, root / "trials.csv")


@pytest.fixture(scope="module")
def corpus(trial):
    return read_corpus(trial.corpus, read_orthologs(trial.orthologs))


def test_a_row_for_every_point_and_a_rerun_trains_what_is_missing(trial, monkeypatch):
    training_recipes.measure(trial, (STEPS,))
    first = pd.read_csv(trial.out)
    assert first["step"].tolist() == [0, 2]
    assert first["hESC STRING"].between(0, 1).all()
    assert first.filter(like="r2 held-out").notna().all(axis=None)
    trained = []

    class Counted(Trainer):
        def __init__(self, *given):
            trained.append(given[1].seed)
            super().__init__(*given)

    monkeypatch.setattr(training_recipes, "Trainer", Counted)
    training_recipes.measure(trial, (STEPS, SEED))
    assert trained == [1]
    both = pd.read_csv(trial.out)
    assert both["recipe"].tolist() == ["as shipped"] * 2 + ["another seed"]
    pd.testing.assert_frame_equal(both[:2], first)


def test_what_a_recipe_leaves_out_of_the_corpus(corpus):
    def names(recipe: Recipe) -> list[str]:
        return [s.name for s in training_recipes.thinned(corpus, recipe, ("three",)).sets]

    every = [s.name for s in corpus.sets]
    assert training_recipes.thinned(corpus, STEPS, ("three",)) is corpus
    train = [n for n in every if n != "three"]
    assert names(Recipe("x", sets=2)) == [*train[::2], "three"]
    human = [s.name for s in corpus.sets if s.card["species"] == "human" and s.name != "three"]
    assert names(Recipe("x", species="human")) == [*human, "three"]
    few = training_recipes.thinned(corpus, Recipe("x", cells=0.1), ("three",))
    assert {s.name: s.n_cells for s in few.sets} == {
        s.name: s.n_cells if s.name == "three" else min(40, s.n_cells) for s in corpus.sets
    }
    with pytest.raises(OptionError, match="no data set"):
        names(Recipe("x", species="fly"))


def test_a_smaller_vocabulary_keeps_each_genes_values(corpus):
    first, *others = corpus.sets
    fewer = replace(first, ids=first.ids[3:], values=first.values[:, 3:])
    corpus = replace(corpus, sets=(fewer, *others))
    part = training_recipes.thinned(corpus, Recipe("x", known=1.0), ("three",))
    train = [s for s in corpus.sets if s.name != "three"]
    everywhere = set.intersection(*({corpus.genes[k] for k in s.ids} for s in train))
    assert set(part.genes) == everywhere < set(corpus.genes)
    for before, after in zip(corpus.sets, part.sets):
        symbols = [part.genes[k] for k in after.ids]
        assert symbols == [corpus.genes[k] for k in before.ids if corpus.genes[k] in everywhere]
        kept = [corpus.genes[k] in everywhere for k in before.ids]
        assert (after.values.toarray() == before.values.toarray()[:, kept]).all()


def test_other_scales_of_the_values():
    values = sp.csr_matrix(np.log1p([[0, 30.0, 10.0, 10.0], [0, 0, 0, 0], [5.0, 0, 0, 0]]))
    binned = training_recipes.binned(values).toarray()
    assert binned == pytest.approx(np.array([[0, 5, 2.5, 2.5], [0, 0, 0, 0], [5, 0, 0, 0]]))
    million = training_recipes.per_million(values).toarray()
    assert million[0] == pytest.approx(0.5 * np.log1p([0, 3000, 1000, 1000]), rel=1e-5)
    part = CorpusSet("x", {"species": "human"}, np.arange(4), values)
    recipe = Recipe("x", scale=training_recipes.binned)
    (scaled,) = training_recipes.thinned(Corpus(tuple("ABCD"), (part,)), recipe, ()).sets
    assert (scaled.values.toarray() == training_recipes.binned(values).toarray()).all()


def test_recipes_change_one_thing_each_and_are_known_by_name(trial):
    assert len({r.name for r in training_recipes.RECIPES}) == len(training_recipes.RECIPES)
    usual = training_recipes._training(trial, training_recipes.RECIPES[0])
    for recipe in training_recipes.RECIPES[1:]:
        changed = training_recipes._training(trial, recipe) != usual
        of_corpus = replace(recipe, name="", changes={}, points=(1.0,))
        assert changed or of_corpus != Recipe("")
    (found,) = training_recipes.chosen(("1 layer",))
    assert training_recipes._training(trial, found) == replace(usual, layers=1)
    with pytest.raises(UnknownNameError, match="Did you mean 1 layer"):
        training_recipes.chosen(("1 layr",))


def test_a_study_to_hold_out_that_is_none_is_refused_before_training(trial, corpus, monkeypatch):
    monkeypatch.setattr(training_recipes, "Trainer", None)
    with pytest.raises(UnknownNameError, match="Did you mean three"):
        training_recipes.measure(replace(trial, held_out=("tree",)), (SEED,))
    with pytest.raises(UnknownNameError, match="Did you mean three"):
        gene_vectors.measure(corpus, ("tree",), trial.data, ("hESC",), trial.orthologs)


def test_a_data_set_to_judge_by_that_is_none_is_refused_before_training(trial, monkeypatch):
    monkeypatch.setattr(training_recipes, "read_corpus", None)
    with pytest.raises(UnknownNameError, match="Did you mean hESC"):
        training_recipes.measure(replace(trial, datasets=("hESCC",)), (SEED,))


def test_vectors_are_judged_by_their_cosines(trial, corpus):
    table = gene_vectors.measure(corpus, ("three",), trial.data, ("hESC",), trial.orthologs)
    assert table["vectors"].str.contains("joined").sum() == len(gene_vectors.SHARES)
    assert np.isfinite(table["hESC STRING"]).all()
