"""`bench cells`: is a translator better that reads, beside the backbone's numbers, how a pair goes
together in the data set's own cells?

Spearman over all cells, and within clusters of cells, averaged: within a type of cell two genes do
not go together for being of the same type alone. Trained on one data set, judged on others. A
variant is chosen on the pairs held out of training and on data sets declared for development; the
others are asked once.

Letters: S sources, G genes of the panel, C cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ugrn_core.benchmark.evaluation_set import Protocol, evaluation_set
from ugrn_core.benchmark.protocol import gain, judge
from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.catalog.study import Study, fit_to_backbone, scores_for
from ugrn_core.experiment.curves.mean_profile import NO_CELLS, rows_of
from ugrn_core.experiment.evaluation.learned import probed
from ugrn_core.experiment.evaluation.plan import RECIPES
from ugrn_core.experiment.evaluation.training import Source
from ugrn_core.translators.additive import AdditiveConfig, fit_additive
from ugrn_core.translators.centring import additive_effects, source_positions
from ugrn_core.translators.ensemble import mean_logits
from ugrn_core.translators.stacked import STACKED, VARIANTS

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.settings import Settings
    from ugrn_core.types import Expression, ProbeTensor, ReferenceNetwork

CLUSTERS = 6
COMPONENTS = 10  # of the cells, that clusters are found in
LEAST = 20  # cells of a cluster
SEEDS = 3
RECIPE = RECIPES["centred"]  # the default's
NUMBERS = ("all cells", "all cells, centred", "within clusters", "within clusters, centred")
# Variant -> which of NUMBERS it reads beside the backbone's. The first is the default translator.
READS: dict[str, tuple[int, ...]] = {
    "backbone alone": (),
    "over all cells": (0,),
    "centred over all cells": (1,),
    "within clusters": (2,),
    "centred within clusters": (3,),
    "both centred": (1, 3),
    "all four": (0, 1, 2, 3),
}
DEFAULT = next(iter(READS))


@dataclass(frozen=True, eq=False)
class Asked:
    """A data set as a backbone sees it. tensor: (S, numbers of the default translator and then
    NUMBERS, G); its networks by name."""

    study: Study
    tensor: ProbeTensor
    networks: dict[str, ReferenceNetwork]


def opened(
    backbone: Backbone, settings: Settings, data: Path, dataset: str, orthologs: Path | None = None
) -> Asked:
    """Return a data set of BEELINE's, probed; raise MissingDataError where it has no cells."""
    study = fit_to_backbone(beeline_dataset(data, dataset), backbone, orthologs)
    stacked = probed(backbone, study, settings, (STACKED,))[STACKED]
    cells = of_cells(study, stacked)
    own = stacked.values[:, VARIANTS[RECIPE.stacked]]
    tensor = replace(stacked, values=np.concatenate([own, cells], axis=1))
    return Asked(study, tensor, {n.name: n for n in study.dataset.references})


def of_cells(study: Study, like: ProbeTensor) -> np.ndarray:
    """Return (S, len(NUMBERS), G) float32: how each pair of `like` goes together in the cells, each
    number with mean 0 and standard deviation 1 over the pairs; NaN where a gene was not measured.
    """
    expression = study.dataset.expression
    if expression is None:
        raise MissingDataError(f"{study.dataset.title}: {NO_CELLS}.")
    at, sources = rows_of(study), source_positions(like)
    values = np.where(at[:, None] >= 0, expression.values[at], np.nan)
    by_group = within(values, clusters(expression))
    pairs = [r[sources] for r in (spearman(values), by_group)]
    return np.stack([n for r in pairs for n in (_scaled(r, sources), _centred(r, like))], axis=1)


def clusters(expression: Expression) -> np.ndarray:
    """Return (C,) the cluster of each cell: k-means of the first principal components of the genes'
    standardised values, with a fixed seed."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    cells = expression.values.T.astype(np.float64)
    spread = cells.std(axis=0)
    cells = (cells - cells.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    count = min(COMPONENTS, *cells.shape)
    found_in = PCA(count, random_state=0).fit_transform(cells)
    wanted = max(1, min(CLUSTERS, len(cells) // LEAST))
    return KMeans(wanted, n_init=4, random_state=0).fit_predict(found_in)


def spearman(values: np.ndarray) -> np.ndarray:
    """Return (G, G) Spearman correlations of genes over the cells of `values` (G, C); 0 where one
    does not vary, NaN where one was not measured."""
    measured = np.isfinite(values).all(axis=1)
    ranks = rankdata(np.nan_to_num(values), axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    unit = np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0)
    out = np.clip(unit @ unit.T, -1, 1)
    out[~measured], out[:, ~measured] = np.nan, np.nan
    return out


def within(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return (G, G): Spearman within each group of cells (C,), averaged, each group as its number
    of cells; groups of fewer than LEAST cells are left out, unless all are."""
    names, counts = np.unique(groups, return_counts=True)
    large = [(n, c) for n, c in zip(names, counts) if c >= LEAST] or list(zip(names, counts))
    total = sum(c * spearman(values[:, groups == name]) for name, c in large)
    return total / sum(c for _, c in large)


def _centred(pairs: np.ndarray, like: ProbeTensor) -> np.ndarray:
    """Return (S, G) less what a source and a target have in common with all their pairs."""
    rows, columns = (np.isfinite(pairs).any(axis=k) for k in (1, 0))
    known = np.nan_to_num(pairs)
    by_source, by_target = additive_effects(replace(like, values=known[:, None, :]))
    out = known - by_source - by_target.T
    out[~rows], out[:, ~columns] = np.nan, np.nan
    return _scaled(out, source_positions(like))


def _scaled(pairs: np.ndarray, sources: np.ndarray) -> np.ndarray:
    off = pairs.copy()
    off[np.arange(len(sources)), sources] = np.nan
    spread = np.nanstd(off)
    out = (pairs - np.nanmean(off)) / (spread if spread > 0 else 1)
    out[np.arange(len(sources)), sources] = 0
    return out.astype(np.float32)


def reading(tensor: ProbeTensor, variant: str) -> ProbeTensor:
    """Return the part of an `Asked` tensor that a variant of READS reads."""
    own = tensor.values.shape[1] - len(NUMBERS)
    chosen = [*range(own), *(own + k for k in READS[variant])]
    return replace(tensor, values=tensor.values[:, chosen])


@dataclass(frozen=True, eq=False)
class Fitted:
    """A variant's translators, one a seed; held_out: their mean AUPRC on pairs held out."""

    variant: str
    members: tuple
    held_out: float

    def scores(self, asked_of: Asked, network: ReferenceNetwork) -> np.ndarray:
        """Return the (R, G) mean logits of a network's pairs, in its order."""
        tensor = reading(asked_of.tensor, self.variant)
        features = np.moveaxis(tensor.values, 1, 2).reshape(-1, tensor.values.shape[1])
        logits = mean_logits([member.logits(features) for member in self.members])
        by_token = logits.reshape(len(tensor.sources), len(tensor.genes))
        return scores_for(network, asked_of.study, by_token, asked_of.study.regulators)


def fitted(source: Asked, network: ReferenceNetwork, variant: str) -> Fitted:
    """Return the translators of a variant, trained as the default is (`centred` recipe)."""
    known = Source(network, source.study, {STACKED: reading(source.tensor, variant)})
    split = known.split(RECIPE.negatives)
    parts = (split.training, split.validation)
    features = np.concatenate([known.features(part, STACKED, "plain") for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    held_out = np.arange(len(labels)) >= len(split.training.labels)
    fits = [
        fit_additive(features, labels, held_out, AdditiveConfig(), seed) for seed in range(SEEDS)
    ]
    reports = [report.held_out_auprc for _, report in fits]
    return Fitted(variant, tuple(model for model, _ in fits), float(np.mean(reports)))


def measure(
    source: Asked, targets: Sequence[Asked], networks: Sequence[str], variants: Sequence[str]
) -> pd.DataFrame:
    """Return rows variant, source, dataset, network, quantity, value, low, high.

    Quantities: `held-out AUPRC`, on the source's own pairs that were not trained on; of each target
    and network under `matched` sampling (chance 0.5), with 95 % intervals over regulators: `AUPRC`,
    and `ahead of the backbone alone`, paired.
    """
    rows = []
    for name in networks:
        if name not in source.networks:
            continue
        models = {v: fitted(source, source.networks[name], v) for v in {DEFAULT, *variants}}
        about = {"source": source.study.dataset.name, "network": name}
        for variant in variants:
            told = {"variant": variant, "dataset": about["source"], "quantity": "held-out AUPRC"}
            rows.append(about | told | {"value": models[variant].held_out})
        for target in (t for t in targets if name in t.networks):
            rows += [about | row for row in _judged(target, name, models, variants)]
    columns = ["variant", "source", "dataset", "network", "quantity", "value", "low", "high"]
    return pd.DataFrame(rows).reindex(columns=columns)


def _judged(
    target: Asked, name: str, models: dict[str, Fitted], variants: Sequence[str]
) -> Iterator[dict]:
    network = target.networks[name]
    known = np.array([g in target.study.tokens for g in network.genes])
    test = evaluation_set(network, Protocol("matched"), scoreable=known)
    default = models[DEFAULT].scores(target, network)
    for variant in variants:
        scores = models[variant].scores(target, network)
        row = judge(test, scores)
        if row["reason"]:
            continue
        told = {"variant": variant, "dataset": target.study.dataset.name}
        ends = {"value": row["auprc"], "low": row["auprc_low"], "high": row["auprc_high"]}
        yield told | {"quantity": "AUPRC"} | ends
        if variant != DEFAULT and (ahead := gain(test, scores, default)):
            ends = dict(zip(("value", "low", "high"), ahead.values()))
            yield told | {"quantity": f"ahead of the {DEFAULT}"} | ends
