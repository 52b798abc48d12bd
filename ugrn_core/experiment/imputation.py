"""How well a backbone restores masked genes of cells it has not seen, beside ridge and kNN."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from ugrn_core.errors import OptionError
from ugrn_core.pretraining.batches import HELD_OUT_EVERY, Batch, Batcher, Sampling
from ugrn_core.pretraining.checkpoint import VALUE_SCALE
from ugrn_core.pretraining.imputation import in_units, standardised
from ugrn_core.types import Panel

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.pretraining.corpus import Corpus, CorpusSet

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
            f"'{backbone.name}' takes {backbone.defaults.value_scale} and reads "
            f"{' or '.join(backbone.defaults.readouts)}; this measures masked genes on the scale "
            f"{VALUE_SCALE}. Name a backbone that `pretrain` made."
        )


def imputation(
    backbone: Backbone,
    corpus: Corpus,
    held_out: tuple[str, ...],
    batches: int,
    on_progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Return rows set, cells, species, tissue, shown, method, error, variance, batches.

    method: backbone, ridge, kNN; 1 - error / variance is the share of the variance between cells
    of a set that a method explains (0: the gene's mean). cells: held-out cells (every
    HELD_OUT_EVERY-th of a training set) or held-out study.
    """
    batcher = Batcher(corpus, frozenset(held_out), Sampling(), seed=0)
    enough = [s for s in batcher.train if s.n_cells >= FEWEST_CELLS * HELD_OUT_EVERY]
    parts = [(s, "held-out cells") for s in enough]
    parts += [(s, "held-out study") for s in batcher.studies]
    rows = []
    for k, (part, cells) in enumerate(parts):
        about = {"set": part.name, "cells": cells, "species": part.card["species"]}
        about["tissue"] = tissue_of(part.card)
        for shown, few in SHOWN:
            rows += [about | {"shown": shown} | r for r in _of_set(
                backbone, corpus, batcher, part, few, batches
            )]  # fmt: skip
        if on_progress is not None:
            on_progress(k + 1, len(parts))
    return pd.DataFrame(rows)


def _of_set(
    backbone: Backbone,
    corpus: Corpus,
    batcher: Batcher,
    part: CorpusSet,
    few: bool,
    batches: int,
) -> list[dict]:
    sums = {m: np.zeros(2) for m in ("backbone", "ridge", "kNN")}
    for seed in range(batches):
        batch = _known(backbone, corpus, batcher.validation(part, few, seed))
        if batch is None:
            continue
        data = standardised(batcher, part, batch, seed)
        guesses = {"ridge": data.ridge(), "kNN": data.neighbours()}
        guesses["backbone"] = in_units(_restored(backbone, corpus, batch), batch)
        for method, guess in guesses.items():
            sums[method] += data.errors(guess)
    return [
        {"method": m, "error": e, "variance": v, "batches": batches} for m, (e, v) in sums.items()
    ]


def _known(backbone: Backbone, corpus: Corpus, batch: Batch) -> Batch | None:
    """Return the batch over the genes that the backbone has; None where too few are left."""
    known = np.array([corpus.genes[k] in backbone.vocabulary for k in batch.ids])
    masked = batch.masked[known]
    if masked.all() or not masked.any():
        return None
    parts = batch.ids[known], batch.values[:, known], masked, batch.mean[known], batch.sd[known]
    return Batch(batch.name, *parts)


def _restored(backbone: Backbone, corpus: Corpus, batch: Batch) -> np.ndarray:
    """Return what the backbone makes of the masked genes, (B, masked)."""
    panel = Panel(tuple(corpus.genes[k] for k in batch.ids))
    defaults = backbone.defaults
    shown = np.where(batch.masked, np.float32(defaults.mask_value), batch.values)
    values = torch.from_numpy(shown.astype(np.float32))
    with torch.no_grad():
        out = backbone.reconstruct(panel, values, "masked", defaults.cls_layouts[0])
    return out.numpy()[:, batch.masked]


def explained(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return R2 of each method (columns) and the number of sets, by the columns `by`."""
    sums = rows.groupby([*by, "method"], sort=False)[["error", "variance"]].sum()
    r2 = (1 - sums["error"] / sums["variance"].where(sums["variance"] > 0)).unstack("method")
    r2 = r2[["backbone", "ridge", "kNN"]]
    r2.insert(0, "sets", rows.groupby(by, sort=False)["set"].nunique())
    return r2.reset_index()
