"""`bench recipes` and `bench vectors` on a small corpus: rows, resuming, what is thinned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.experiment.conftest import write_cell
from tests.pretraining.corpora import GENES, write_corpus
from ugrn_core.errors import OptionError, UnknownNameError
from ugrn_core.experiment import recipe_trial, vector_trial
from ugrn_core.experiment.recipe_trial import Recipe, Trial
from ugrn_core.pretraining.corpus import read_corpus, read_orthologs
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
    recipe_trial.measure(trial, (STEPS,))
    first = pd.read_csv(trial.out)
    assert first["step"].tolist() == [0, 2]
    assert first["hESC STRING"].between(0, 1).all()
    assert first.filter(like="r2 held-out").notna().all(axis=None)
    trained = []

    class Counted(Trainer):
        def __init__(self, *given):
            trained.append(given[1].seed)
            super().__init__(*given)

    monkeypatch.setattr(recipe_trial, "Trainer", Counted)
    recipe_trial.measure(trial, (STEPS, SEED))
    assert trained == [1]
    both = pd.read_csv(trial.out)
    assert both["recipe"].tolist() == ["as shipped"] * 2 + ["another seed"]
    pd.testing.assert_frame_equal(both[:2], first)


def test_what_a_recipe_leaves_out_of_the_corpus(corpus):
    def names(recipe: Recipe) -> list[str]:
        return [s.name for s in recipe_trial.thinned(corpus, recipe, ("three",)).sets]

    every = [s.name for s in corpus.sets]
    assert recipe_trial.thinned(corpus, STEPS, ("three",)) is corpus
    train = [n for n in every if n != "three"]
    assert names(Recipe("x", sets=2)) == [*train[::2], "three"]
    human = [s.name for s in corpus.sets if s.card["species"] == "human" and s.name != "three"]
    assert names(Recipe("x", species="human")) == [*human, "three"]
    few = recipe_trial.thinned(corpus, Recipe("x", cells=0.1), ("three",))
    assert {s.name: s.n_cells for s in few.sets} == {
        s.name: s.n_cells if s.name == "three" else min(40, s.n_cells) for s in corpus.sets
    }
    with pytest.raises(OptionError, match="no data set"):
        names(Recipe("x", species="fly"))


def test_recipes_change_one_thing_each_and_are_known_by_name(trial):
    assert len({r.name for r in recipe_trial.RECIPES}) == len(recipe_trial.RECIPES)
    usual = recipe_trial._training(trial, recipe_trial.RECIPES[0])
    for recipe in recipe_trial.RECIPES[1:]:
        changed = recipe_trial._training(trial, recipe) != usual
        assert changed or recipe.cells < 1 or recipe.sets > 1 or recipe.species
    (found,) = recipe_trial.chosen(("1 layer",))
    assert recipe_trial._training(trial, found) == replace(usual, layers=1)
    with pytest.raises(UnknownNameError, match="Did you mean '1 layer'"):
        recipe_trial.chosen(("1 layr",))


def test_a_study_to_hold_out_that_is_none_is_refused_before_training(trial, corpus, monkeypatch):
    monkeypatch.setattr(recipe_trial, "Trainer", None)
    with pytest.raises(UnknownNameError, match="Did you mean three"):
        recipe_trial.measure(replace(trial, held_out=("tree",)), (SEED,))
    with pytest.raises(UnknownNameError, match="Did you mean three"):
        vector_trial.measure(corpus, ("tree",), trial.data, ("hESC",), trial.orthologs)


def test_a_data_set_to_judge_by_that_is_none_is_refused_before_training(trial, monkeypatch):
    monkeypatch.setattr(recipe_trial, "read_corpus", None)
    with pytest.raises(UnknownNameError, match="Did you mean hESC"):
        recipe_trial.measure(replace(trial, datasets=("hESCC",)), (SEED,))


def test_vectors_are_judged_by_their_cosines(trial, corpus):
    table = vector_trial.measure(corpus, ("three",), trial.data, ("hESC",), trial.orthologs)
    assert table["vectors"].str.contains("joined").sum() == len(vector_trial.SHARES)
    assert np.isfinite(table["hESC STRING"]).all()
