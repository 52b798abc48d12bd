"""`bench recipes`: short trainings that differ in one thing, each judged by what it is for.

Only data sets a translator may be trained on, or that are declared for development, should be
asked: a recipe chosen on a data set that is reported later would be chosen on its answers.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pandas as pd
import torch

from ugrn_core.console import progress_bar, say
from ugrn_core.experiment.ablations import probe_settings
from ugrn_core.experiment.ablations.recipes import Recipe, thinned
from ugrn_core.experiment.catalog import datasets
from ugrn_core.experiment.catalog.backbones import open_folder
from ugrn_core.experiment.pretrain.training import DEFAULTS
from ugrn_core.files import write_atomically
from ugrn_core.pretraining.batches import Sampling
from ugrn_core.pretraining.checkpoint import write_backbone
from ugrn_core.pretraining.corpus.data_sets import held_out_sets, read_corpus, read_orthologs
from ugrn_core.pretraining.recipe import Training, fast_precision
from ugrn_core.pretraining.train import Trainer
from ugrn_core.pretraining.validation import validate

ASKED = probe_settings.Variant("defaults", {"grid": (2.0, 4.0)})


@dataclass(frozen=True)
class Trial:
    """What `bench recipes` was asked for; the table is kept in `out`, row by row."""

    corpus: Path
    orthologs: Path | None
    exclude: tuple[str, ...]
    held_out: tuple[str, ...]
    data: Path
    datasets: tuple[str, ...]
    steps: int
    regulators: int
    run: Path
    out: Path


def measure(trial: Trial, recipes: tuple[Recipe, ...]) -> None:
    """Train and judge what `trial.out` does not hold yet; a row is written as soon as it is known.

    Columns: recipe, step, minutes (of training, this session's), sets, cells, parameters, r2 (as
    in a model card) by cells and genes shown, and for every data set and network the AUPRC under
    matched sampling of the mean response to 2 and 4, untrained, less what a regulator and a
    target have in common with all their pairs.
    """
    for dataset in trial.datasets:  # asked for after every training: known before the first
        datasets.beeline_networks(trial.data, dataset)
    rows = _kept(trial.out)
    done = {(r["recipe"], r["step"]) for r in rows}
    with progress_bar("reading the corpus") as progress:
        corpus = read_corpus(
            trial.corpus, read_orthologs(trial.orthologs), trial.exclude, on_progress=progress
        )
    trial = replace(trial, held_out=held_out_sets(corpus, trial.held_out))
    for recipe in recipes:
        training = _training(trial, recipe)
        stops = sorted({round(p * training.steps) for p in recipe.points})
        if all((recipe.name, step) in done for step in stops):
            continue
        part = thinned(corpus, recipe, trial.held_out)
        for row in _judged(trial, recipe, Trainer(part, training, _folder(trial, recipe)), stops):
            rows = [r for r in rows if (r["recipe"], r["step"]) != (row["recipe"], row["step"])]
            rows.append(row)
            table = pd.DataFrame(rows).to_csv(index=False, float_format="%.4f")
            write_atomically(trial.out, table.encode())
            say(f"{recipe.name}: step {row['step']} judged")


def _training(trial: Trial, recipe: Recipe) -> Training:
    changes = dict(recipe.changes)
    steps = round(changes.pop("steps", 1.0) * trial.steps)
    of_sampling = {f.name for f in fields(Sampling)} & set(changes)
    sampling = Sampling(**{k: changes.pop(k) for k in of_sampling})
    changes["precision"] = fast_precision(torch.device("cpu"))
    return Training(steps=steps, held_out=trial.held_out, sampling=sampling, **changes)


def _folder(trial: Trial, recipe: Recipe) -> Path:
    return trial.run / recipe.name.replace(" ", "-").replace("/", "per")


def _judged(trial: Trial, recipe: Recipe, trainer: Trainer, stops: list[int]) -> Iterator[dict]:
    held, minutes = trial.held_out, 0.0
    for step in stops:
        if trainer.step > step:
            continue  # the state of that step is gone: it was judged before, or never will be
        begin = time.monotonic()
        trainer.run(until=step)
        minutes += (time.monotonic() - begin) / 60
        train = [s for s in trainer.corpus.sets if s.name not in held]
        yield {
            "recipe": recipe.name,
            "step": step,
            "minutes": minutes,
            "sets": len(train),
            "cells": sum(s.n_cells for s in train),
            "parameters": sum(p.numel() for p in trainer.model.parameters()),
            **{
                f"{kind} {r['cells']}, {r['shown']} shown": r[kind]
                for r in validate(trainer)
                for kind in ("r2", "r2_values")
            },
            **_known_edges(trial, recipe, trainer),
        }


def _known_edges(trial: Trial, recipe: Recipe, trainer: Trainer) -> dict[str, float]:
    folder = _folder(trial, recipe) / "backbone"
    words = ("name", "title", "description", "command")
    write_backbone(trainer, folder, DEFAULTS, dict.fromkeys(words, recipe.name))
    open_folder.cache_clear()  # the same folder, other weights
    backbone, found = open_folder(folder), {}
    for dataset in trial.datasets:
        opened = probe_settings.open_trial(backbone, trial.data, dataset, trial.regulators, 0)
        for row in probe_settings.known_edges(opened, ASKED):
            if row["score"] == "response":
                found[f"{dataset} {row['network']}"] = row["auprc"]
    shutil.rmtree(folder)
    return found


def _kept(path: Path) -> list[dict]:
    return pd.read_csv(path).to_dict("records") if path.is_file() else []
