"""`bench recipes`: short trainings that differ in one thing, each judged by what it is for.

Only data sets a translator may be trained on, or that are declared for development, should be
asked: a recipe chosen on a data set that is reported later would be chosen on its answers.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import compress, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from scipy.stats import rankdata

from ugrn_core.console import progress_bar, say
from ugrn_core.data.orthologs import read_orthologs
from ugrn_core.data.readers.beeline import beeline_networks
from ugrn_core.errors import OptionError
from ugrn_core.experiment.ablations import probe_settings
from ugrn_core.experiment.catalog.backbones import open_folder
from ugrn_core.experiment.pretrain.training import DEFAULTS
from ugrn_core.files import write_atomically
from ugrn_core.pretraining.batches import Sampling
from ugrn_core.pretraining.checkpoint import write_backbone
from ugrn_core.pretraining.corpus import Corpus, CorpusSet, held_out_sets, read_corpus
from ugrn_core.pretraining.recipe import Training, fast_precision
from ugrn_core.pretraining.train import Trainer
from ugrn_core.pretraining.validation import validate
from ugrn_core.registry import require

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
        beeline_networks(trial.data, dataset)
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
    backbone, auprc = open_folder(folder), {}
    for dataset in trial.datasets:
        opened = probe_settings.open_trial(backbone, trial.data, dataset, trial.regulators, 0)
        for row in probe_settings.known_edges(opened, ASKED):
            if row["score"] == "response":
                auprc[f"{dataset} {row['network']}"] = row["auprc"]
    shutil.rmtree(folder)
    return auprc


def _kept(path: Path) -> list[dict]:
    return pd.read_csv(path).to_dict("records") if path.is_file() else []


@dataclass(frozen=True)
class Recipe:
    """One training: what it changes of Training or Sampling, and of the corpus.

    cells: share of every data set's cells. sets: every how-manieth data set. species: the only one
    trained on. known: share of the training sets that must measure a gene of the vocabulary.
    scale: what becomes of the values (log1p of counts per 10,000). points: shares of the steps
    after which it is judged.
    """

    name: str
    changes: Mapping[str, object] = field(default_factory=dict)
    cells: float = 1.0
    sets: int = 1
    species: str = ""
    known: float = 0.0
    scale: Callable[[sp.csr_matrix], sp.csr_matrix] | None = None
    points: tuple[float, ...] = (1.0,)


def binned(values: sp.csr_matrix) -> sp.csr_matrix:
    """Return the rank of every value among those its cell expresses, in (0, 5]; zeros stay: bins
    as scGPT's (Cui et al. 2024), without their edges."""
    x = values.tocsr().astype(np.float32)
    for first, last in pairwise(x.indptr):
        x.data[first:last] = 5 * rankdata(x.data[first:last]) / max(last - first, 1)
    return x


def per_million(values: sp.csr_matrix) -> sp.csr_matrix:
    """Return half of log1p of counts per million, of log1p of counts per 10,000."""
    x = values.tocsr().astype(np.float32)
    x.data = 0.5 * np.log1p(100 * np.expm1(x.data))
    return x


RECIPES = (
    Recipe("as shipped", points=(0.0, 0.25, 0.5, 1.0)),
    Recipe("another seed", {"seed": 1}),
    Recipe("four times the steps", {"steps": 4.0}, points=(0.5, 1.0)),
    Recipe("1 layer", {"layers": 1}),
    Recipe("4 layers", {"layers": 4}),
    Recipe("width 512", {"width": 512, "heads": 8}),
    Recipe("every 4th data set", sets=4),
    Recipe("every 2nd data set", sets=2),
    Recipe("a tenth of the cells", cells=0.1),
    Recipe("human data sets alone", species="human"),
    Recipe("vectors within data sets alone", {"start": "within"}),
    Recipe("random start", {"start": "random"}),
    Recipe("no virtual cells", {"coexpression": 0.0}),
    Recipe("virtual cells weigh a quarter", {"coexpression": 5.0}),
    Recipe("few genes shown never", {"few": 0.0}),
    Recipe("few genes shown always", {"few": 1.0}),
    Recipe("context 128", {"context": 128}),
    Recipe("context 512", {"context": 512}),
    Recipe("no loss of centred errors", {"centred": 0.0}),
    Recipe("levels count 1", {"level": 1.0}),
    Recipe("levels count 4", {"level": 4.0}),
    Recipe("levels count 4 and 4 data sets a step", {"level": 4.0, "sets_per_step": 4}),
    Recipe("gene table kept", {"embedding_rate": 0.0}),
    Recipe("gene table as free as the rest", {"embedding_rate": 1.0}),
    Recipe("learning rate x 3", {"learning_rate": 1.8e-3}),
    Recipe("learning rate / 3", {"learning_rate": 2e-4}),
    Recipe("weight decay none", {"weight_decay": 0.0}),
    Recipe("weight decay x 10", {"weight_decay": 0.1}),
    Recipe("SGD at 0.03", {"optimiser": "SGD", "learning_rate": 0.03}),
    Recipe("SGD at 0.3", {"optimiser": "SGD", "learning_rate": 0.3}),
    Recipe("rate never decays", {"decay": 0.0}),
    Recipe("rate decays from the start", {"decay": 1.0}),
    Recipe("warm-up of 10 steps", {"warmup": 10}),
    Recipe("genes drawn by variance alone", {"varied": 1.0}),
    Recipe("genes drawn evenly", {"varied": 0.0}),
    Recipe("genes that half of the data sets measure", known=0.5),
    Recipe("values in bins", scale=binned),
    Recipe("values per million", scale=per_million),
    Recipe("data sets drawn evenly", {"balance": 0.0}),
    Recipe("data sets drawn by their cells", {"balance": 1.0}),
)


def chosen(names: tuple[str, ...]) -> tuple[Recipe, ...]:
    """Return the recipes called `names`, all for none; raise UnknownNameError."""
    known = {r.name: r for r in RECIPES}
    return tuple(known[require(n, known, "recipe")] for n in names) or RECIPES


def thinned(corpus: Corpus, recipe: Recipe, held_out: tuple[str, ...]) -> Corpus:
    """Return the part of `corpus` that `recipe` trains on, on its scale; held-out studies whole."""
    train = [s for s in corpus.sets if s.name not in held_out]
    picked = [s for s in train if recipe.species in ("", s.card["species"])][:: recipe.sets]
    if recipe.cells < 1:
        rng = np.random.default_rng(0)
        picked = [
            replace(s, values=s.values[np.sort(rng.permutation(s.n_cells)[: _share(s, recipe)])])
            for s in picked
        ]
    if not picked:
        raise OptionError(f"The corpus holds no data set for the recipe '{recipe.name}'.")
    held = [s for s in corpus.sets if s.name in held_out]
    whole = recipe.cells == 1 and len(picked) == len(train)
    part = corpus if whole else replace(corpus, sets=(*picked, *held))
    if recipe.known:
        part = _of_known_genes(part, picked, recipe.known)
    if recipe.scale:
        scaled = tuple(replace(s, values=recipe.scale(_in_memory(s))) for s in part.sets)
        part = replace(part, sets=scaled)
    return part


def _of_known_genes(corpus: Corpus, train: list[CorpusSet], share: float) -> Corpus:
    measured = sum(np.bincount(s.ids, minlength=len(corpus.genes)) for s in train)
    is_common = measured >= share * len(train)
    number = np.cumsum(is_common) - 1  # of a kept gene in the smaller vocabulary
    sets = tuple(
        replace(s, ids=number[s.ids[is_common[s.ids]]], values=_in_memory(s)[:, is_common[s.ids]])
        for s in corpus.sets
    )
    return Corpus(tuple(compress(corpus.genes, is_common)), sets)


def _in_memory(part: CorpusSet) -> sp.csr_matrix:
    return part.values[np.arange(part.n_cells)]


def _share(part, recipe: Recipe) -> int:
    return max(round(recipe.cells * part.n_cells), min(part.n_cells, 40))
