"""`bench contexts`: is a backbone that is shown real cells better at known edges, worse, or only
different? And from how few cells can a context's change be told?

Nothing is trained: a pair's score is its rise (see `compute`), as it is and centred: less the mean
of its regulator and of its target. AUPRC under `matched` negatives, where chance is 0.5.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import rankdata, spearmanr

from ugrn_core.benchmark.evaluation_set import Protocol, evaluation_set
from ugrn_core.benchmark.protocol import judge
from ugrn_core.data.gene_names import orthologs_path
from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.catalog.study import Study, fit_to_backbone, scores_for
from ugrn_core.experiment.contexts import compute, groups
from ugrn_core.experiment.contexts.cells import StudyCells, study_cells
from ugrn_core.experiment.contexts.spec import FOLDS
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.workers import one_thread
from ugrn_core.files import read_plain
from ugrn_core.probes.folds import folds_offered
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import Settings
from ugrn_core.types import Background, Profile, ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

TABLE = "results/contexts.csv"  # under the assets: what was measured of the backbones that ship
FEWEST_EDGES = 30
STAGES = 6
FEW_CELLS = (5, 10, 30, 100)
FLAT, OWN, OTHER, AVERAGED, JOINED = (
    *("flat virtual cell", "own cells", "another data set's cells"),
    *("mean of the stages", "flat and own cells, ranks averaged"),
)


@dataclass(frozen=True)
class Trial:
    """A BEELINE data set as a backbone sees it. sources: regulators drawn, tokens. other: whose
    cells it is shown in place of its own."""

    backbone: Backbone
    study: Study
    cells: StudyCells
    sources: tuple[str, ...]
    other: np.ndarray


def open_trial(backbone: Backbone, data: Path, dataset: str, other: str, most: int) -> Trial:
    """Return the trial on `dataset`, `most` of its regulators spread over their list; the profile
    of `other` stands where both measure a gene, else 0."""
    opened = (_opened(backbone, data, name) for name in (dataset, other))
    (study, cells), (their_study, their_cells) = opened
    everyone = np.ones(len(their_cells))
    theirs = dict(
        zip(their_study.panel.genes, their_cells.profile(everyone, other, backbone, 0).values)
    )
    step = max(1, -(-len(study.regulators) // most))
    return Trial(
        backbone=backbone,
        study=study,
        cells=cells,
        sources=study.regulators[::step],
        other=np.array([theirs.get(g, 0.0) for g in study.panel.genes]),
    )


def _opened(backbone: Backbone, data: Path, dataset: str) -> tuple[Study, StudyCells]:
    study = fit_to_backbone(beeline_dataset(data, dataset), backbone, orthologs_path())
    return study, study_cells(study, backbone)


def known_edges(trial: Trial) -> pd.DataFrame:
    """Return rows condition, readout, network, score, auprc with its interval, edges."""
    rows = []
    for readout in _readouts(trial.backbone):
        for condition, rises in _conditions(trial, readout):
            for score, values in (("rise", rises), ("centred", _centred(rises, trial))):
                told = {"condition": condition, "readout": readout, "score": score}
                rows += [told | row for row in _judged(trial, values)]
    return pd.DataFrame(rows)


def _readouts(backbone: Backbone) -> tuple[str, ...]:
    known = ("masked", "visible") if folds_offered(backbone) else ("visible",)
    return tuple(r for r in known if r in backbone.defaults.readouts)


def _conditions(trial: Trial, readout: str) -> Iterator[tuple[str, np.ndarray]]:
    """Yield name and rises (S, G) of each background."""
    backbone, cells = trial.backbone, trial.cells
    folds = FOLDS if readout == "masked" else 0
    flat = rises(trial, readout, default_settings(backbone).background)
    own = rises(trial, readout, cells.profile(np.ones(len(cells)), OWN, backbone, folds))
    yield FLAT, flat
    yield OWN, own
    yield OTHER, rises(trial, readout, Profile(OTHER, tuple(trial.other), folds))
    yield JOINED, _ranked(flat) + _ranked(own)
    if cells.ordered_by and readout == "visible":
        along = np.asarray(cells.columns[cells.ordered_by[0]], dtype=np.float64)
        stages = groups.windows(along, "time", STAGES).members.astype(float)
        profiles = (cells.profile(m, "stage", backbone, folds) for m in stages)
        yield AVERAGED, np.mean([rises(trial, readout, p) for p in profiles], axis=0)


def rises(trial: Trial, readout: str, background: Background) -> np.ndarray:
    """Return (S, G): the rise of each pair around a background; nothing is kept."""
    backbone = trial.backbone
    grid = backbone.defaults.grid
    chosen = default_settings(backbone, readout=readout)
    chosen = replace(chosen, background=background, grid=(min(grid), max(grid)))
    with one_thread():
        return compute.rise(probing.request(backbone, trial.study.panel, trial.sources, chosen))


def _ranked(values: np.ndarray) -> np.ndarray:
    return rankdata(values).reshape(values.shape) / values.size


def _centred(values: np.ndarray, trial: Trial) -> np.ndarray:
    own = np.array(values, dtype=np.float64)
    own[np.arange(len(own)), trial.study.panel.positions(trial.sources)] = np.nan
    own -= np.nanmean(own, axis=1, keepdims=True)
    return own - np.nanmean(own, axis=0, keepdims=True)


def _judged(trial: Trial, values: np.ndarray) -> Iterator[dict]:
    for network in trial.study.dataset.references:
        part = _of_sources(network, trial)
        if len(part.edges) < FEWEST_EDGES:
            continue
        known = np.array([g in trial.study.tokens for g in part.genes])
        test = evaluation_set(part, Protocol("matched"), scoreable=known)
        row = judge(test, scores_for(part, trial.study, values, trial.sources))
        if not row["reason"]:
            told = {k: row[k] for k in ("auprc", "auprc_low", "auprc_high")}
            yield {"network": network.name} | told | {"edges": row["n_positives"]}


def _of_sources(network: ReferenceNetwork, trial: Trial) -> ReferenceNetwork:
    driven = set(trial.sources)
    inside = [trial.study.tokens.get(network.genes[k]) in driven for k in network.regulators]
    regulators = network.regulators[np.array(inside)]
    edges = network.edges[np.isin(network.edges[:, 0], regulators)]
    return replace(network, regulators=regulators, edges=edges, signs=None)


def few_cells(
    backbone: Backbone, study: Study, column: str, draws: int = 3, seed: int = 0
) -> pd.DataFrame:
    """Return rows context, cells, like: Spearman's correlation, over pairs, of a context's change
    (its rises less those of all cells) told from so few of its cells with that of all of them; the
    mean over draws, of the contexts with the most cells. `visible`, every regulator."""
    cells = study_cells(study, backbone)
    trial = Trial(backbone, study, cells, study.regulators, other=np.empty(0))
    grouping = groups.by_column(cells, column)
    rng = np.random.default_rng(seed)

    def at(weights: np.ndarray) -> np.ndarray:
        return rises(trial, "visible", cells.profile(weights, "part", backbone, 0))

    centre, rows = at(grouping.pool.astype(float)), []
    for name, members in list(zip(grouping.names, grouping.members))[:2]:
        whole = at(members.astype(float)) - centre
        for few in (n for n in FEW_CELLS if n < members.sum()):
            like = []
            for _ in range(draws):
                weights = np.zeros(len(cells))
                weights[rng.choice(np.flatnonzero(members), few, replace=False)] = 1
                part = at(weights) - centre
                like.append(spearmanr(part.ravel(), whole.ravel())[0])
            rows.append({"context": name, "cells": few, "like": float(np.mean(like))})
    return pd.DataFrame(rows)


def measured(settings: Settings, backbone: str) -> pd.DataFrame:
    """Return what was measured of a backbone that ships, rows of `known_edges` with dataset; empty
    where nothing was."""
    import io

    try:
        table = pd.read_csv(io.BytesIO(read_plain(settings.assets / TABLE)))
    except (OSError, ValueError):
        return pd.DataFrame(columns=["backbone"])
    return table[table["backbone"] == backbone]


def sentence(table: pd.DataFrame) -> str:
    """Return in words what `measured` says; empty where nothing was measured."""
    if not len(table):
        return ""
    cases = ["dataset", "network", "readout", "score"]
    wide = table.pivot_table(index=cases, columns="condition", values="auprc")
    if not {FLAT, OWN, OTHER} <= set(wide.columns):
        raise MissingDataError("The table of contexts lacks one of flat, own and other cells.")
    from_flat, from_other = ((wide[OWN] - wide[c]).dropna() for c in (FLAT, OTHER))
    own = from_other.mean()
    verdict = "context changes numbers, not truth" if own < 0.01 else "context carries information"
    return (
        f"Measured for this backbone: {verdict}. Known edges under matched negatives, no "
        f"translator, {len(from_other)} comparisons: own cells against another data set's cells "
        f"AUPRC {own:+.3f} on average ({from_other.min():+.2f} to {from_other.max():+.2f}), "
        f"against the flat virtual cell {from_flat.mean():+.3f} ({from_flat.min():+.2f} to "
        f"{from_flat.max():+.2f})."
    )
