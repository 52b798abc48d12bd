"""How well a backbone restores masked genes of cells it has not seen, beside ridges and kNN."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from ugrn_core.errors import OptionError
from ugrn_core.pretraining.batches import HELD_OUT_EVERY, Batch, Batcher, Sampling
from ugrn_core.pretraining.checkpoint import VALUE_SCALE
from ugrn_core.pretraining.imputation import (
    in_units,
    ridge_over_sets,
    standardised,
    value_errors,
)
from ugrn_core.types import Panel

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.pretraining.corpus.data_sets import Corpus, CorpusSet

OF_SET, OF_CORPUS = "gene's mean in the set", "gene's mean over training sets"
OVER_SETS = "ridge over all sets"
LEARNED = ("backbone", OVER_SETS, "ridge", "kNN")  # what tells cells of one set apart
METHODS = (*LEARNED, OF_SET, OF_CORPUS)
SHOWN = (("1 to 32", True), ("10 to 70 %", False))
FEWEST_CELLS = 8  # held-out cells of a set: fewer have no variance to explain
# First match decides. Words of the corpora's `tissue` and `modality` columns.
TISSUES = (
    ("spatial", ("spatial", "visium", "spots")),
    ("blood and immune", ("pbmc", "blood", "immune", "t cells", "lymphoma", "dendritic")),
    ("bone marrow", ("marrow",)),
    ("stem cell and embryo", ("embryo", "ipsc", "hesc", "blastocyst", "esc and")),
    ("brain", ("brain", "gyrus", "glioma", "olfactory", "neuro")),
    ("tumour and cell line", ("cancer", "carcinoma", "tumour", "melanoma", "lines", "line ")),
)


def tissue_of(card: dict[str, str]) -> str:
    """Return the coarse tissue of a data set's row in `index.csv`."""
    text = f"{card.get('modality', '')} {card.get('tissue', '')}".lower()
    return next((name for name, words in TISSUES if any(w in text for w in words)), "other tissue")


def require_scale(backbone: Backbone) -> None:
    """Raise OptionError for a backbone whose values are not a corpus's, or that masks nothing."""
    ours = backbone.defaults.value_scale == VALUE_SCALE
    if not ours or "masked" not in backbone.defaults.readouts:
        raise OptionError(
            f"'{backbone.name}' takes {backbone.defaults.value_phrase} and reads "
            f"{' or '.join(backbone.defaults.readouts)}; this measures masked genes on the scale "
            f"{VALUE_SCALE.phrase}. Name a backbone that `pretrain` made."
        )


def imputation(
    backbone: Backbone,
    corpus: Corpus,
    held_out: tuple[str, ...],
    batches: int,
    on_progress: Callable[[int, int], None] | None = None,
    *,
    sampling: Sampling | None = None,
) -> pd.DataFrame:
    """Return rows set, cells, species, tissue, shown, method, error, variance, batches.

    method: backbone; ridge over all sets, which like the backbone is told nothing of the set; ridge
    and kNN, which are told every gene's mean and spread in it. 1 - error / variance is the share of
    the variance between cells of a set that a method explains (0: the gene's mean). value_error and
    value_variance: the same of the values themselves (log1p of counts per 10,000), genes told apart
    too, of the methods and of two that know means alone: of the gene in the set, and over the
    training sets. cells: held-out cells (every HELD_OUT_EVERY-th of a training set) or held-out
    study. With the metacells of `sampling` a cell is a mean of held-out cells, and all learn from
    means of training cells.
    """
    batcher = Batcher(corpus, frozenset(held_out), sampling or Sampling(), seed=0)
    enough = [s for s in batcher.judged if s.n_cells >= FEWEST_CELLS * HELD_OUT_EVERY]
    parts = [(s, "held-out cells") for s in enough]
    parts += [(s, "held-out study") for s in batcher.studies]
    rows, means = [], _means_over_sets(batcher, len(corpus.genes))
    for k, (part, cells) in enumerate(parts):
        about = {"set": part.name, "cells": cells, "species": part.card["species"]}
        about["tissue"] = tissue_of(part.card)
        for shown, few in SHOWN:
            rows += [
                about | {"shown": shown} | r
                for r in _of_set(Task(backbone, corpus, batcher, means), part, few, batches)
            ]
        if on_progress is not None:
            on_progress(k + 1, len(parts))
    return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class Task:
    """What every set is asked with; `means` (genes of the corpus,) over the training sets."""

    backbone: Backbone
    corpus: Corpus
    batcher: Batcher
    means: np.ndarray


def _means_over_sets(batcher: Batcher, genes: int) -> np.ndarray:
    total, sets = np.zeros(genes), np.zeros(genes)
    for part in batcher.train:
        total[part.ids] += batcher.moments(part)[0]
        sets[part.ids] += 1
    return total / np.maximum(sets, 1)


def _of_set(task: Task, part: CorpusSet, few: bool, batches: int) -> list[dict]:
    sums = {m: np.zeros(4) for m in METHODS}
    for seed in range(batches):
        batch = _known(task.backbone, task.corpus, task.batcher.validation(part, few, seed))
        if batch is None:
            continue
        data = standardised(task.batcher, part, batch, seed)
        guesses = {"ridge": data.ridge(), "kNN": data.neighbours()}
        guesses["backbone"] = in_units(_restored(task.backbone, task.corpus, batch), batch)
        over_sets = ridge_over_sets(task.batcher, task.means, batch, seed)
        guesses[OVER_SETS] = in_units(over_sets, batch)
        shape = len(batch.values), int(batch.masked.sum())
        guesses[OF_SET] = np.zeros(shape, np.float32)
        known = task.means[batch.ids[batch.masked]]
        guesses[OF_CORPUS] = in_units(np.broadcast_to(known, shape), batch)
        for method, guess in guesses.items():
            sums[method] += (*data.errors(guess), *value_errors(guess, batch))
    names = ("error", "variance", "value_error", "value_variance")
    return [{"method": m, **dict(zip(names, x)), "batches": batches} for m, x in sums.items()]


def _known(backbone: Backbone, corpus: Corpus, batch: Batch) -> Batch | None:
    """Return the batch over the genes that the backbone has; None where too few are left."""
    known = np.array([corpus.genes[k] in backbone.vocabulary for k in batch.ids])
    masked = batch.masked[known]
    if masked.all() or not masked.any():
        return None
    return replace(
        batch,
        ids=batch.ids[known],
        values=batch.values[:, known],
        masked=masked,
        mean=batch.mean[known],
        sd=batch.sd[known],
        seen=batch.seen[:, known],
    )


def _restored(backbone: Backbone, corpus: Corpus, batch: Batch) -> np.ndarray:
    """Return what the backbone makes of the masked genes, (B, masked)."""
    panel = Panel(tuple(corpus.genes[k] for k in batch.ids))
    defaults = backbone.defaults
    shown = np.where(batch.masked, np.float32(defaults.mask_value), batch.values)
    values = torch.from_numpy(shown.astype(np.float32))
    with torch.no_grad():
        out = backbone.reconstruct(panel, values, "masked", defaults.cls_layouts[0])
    return out.numpy()[:, batch.masked]


def explained(
    rows: pd.DataFrame, by: list[str], of: str = "", methods: tuple[str, ...] = LEARNED
) -> pd.DataFrame:
    """Return R2 of each of `methods` (columns) and the number of sets, by the columns `by`.

    of: "" for the differences between cells, "value_" for the values themselves.
    """
    error, variance = f"{of}error", f"{of}variance"
    sums = rows.groupby([*by, "method"], sort=False)[[error, variance]].sum()
    r2 = (1 - sums[error] / sums[variance].where(sums[variance] > 0)).unstack("method")
    r2 = r2[list(methods)]
    r2.insert(0, "sets", rows.groupby(by, sort=False)["set"].nunique())
    return r2.reset_index()
