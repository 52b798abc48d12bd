"""What a regulator drives: gene sets among its best targets, and in the whole ranking of them,
beside what regulators of the same degree drive.

Some sets come out for everybody: popular genes are everybody's targets. So each set is compared
with the regulators nearest in degree: a set that they have as much of says nothing of this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ugrn_core.data.gene_names import current_symbol
from ugrn_core.data.gene_sets import GeneSets
from ugrn_core.enrichment.explaining_best import BestTargets
from ugrn_core.enrichment.membership import Membership, first_of_each, membership
from ugrn_core.enrichment.overrepresentation import overrepresented
from ugrn_core.enrichment.ranked import ranked
from ugrn_core.enrichment.ranks import TargetRanks
from ugrn_core.errors import TableError
from ugrn_core.experiment.catalog.backbones import CONTROL_SEED
from ugrn_core.experiment.catalog.identity import KnownBackbone
from ugrn_core.experiment.catalog.study import Study
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.edges import strongest
from ugrn_core.probes.virtual_cell import Curves, response_curves
from ugrn_core.settings import Settings
from ugrn_core.types import ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

TOP, RANKS = "top", "ranks"  # a regulator's best targets, or the ranking of all of them
WAYS = {TOP: "Its best targets", RANKS: "The whole ranking"}


def symbols(study: Study) -> dict[str, str]:
    """Return the symbol shown -> the approved human symbol, for every gene of a study's panel."""
    return {study.labels.get(t, t): current_symbol(t) for t in study.panel.genes}


@dataclass(frozen=True, eq=False)
class Against:
    """A regulator's targets as the background that gene sets are asked about. genes: (G,) the
    network's targets without the regulator, in its order; columns: their places among those of
    `ranks`; members: the sets tested."""

    ranks: TargetRanks
    row: int
    columns: np.ndarray
    members: Membership


def against(
    ranks: TargetRanks, regulator: str, sets: GeneSets, named: Mapping[str, str] | None = None
) -> Against:
    """Return the background of `regulator`: all genes asked about as its targets.

    named: symbol of the network -> approved human symbol, where they differ. Two genes of one
    human symbol count once. Raises TableError for no regulator, PanelError for too few genes.
    """
    row = ranks.row(regulator)
    human = [(named or {}).get(g, g) for g in ranks.genes]
    columns = first_of_each(human)
    columns = columns[np.isfinite(ranks.rank[row])[columns]]
    members = membership([human[k] for k in columns], sets.sets)
    return Against(ranks, row, columns, members)


def best_targets(asked_of: Against, top: int) -> pd.DataFrame:
    """Return the sets over-represented among a regulator's `top` best targets, against the panel.

    Columns of `overrepresentation.overrepresented`, and of the regulators nearest in degree:
    `overlap_alike`, their mean overlap, and `alike`, the share of them (this one counted) with as
    many genes of the set: small where the set is this regulator's own.
    """
    ranks, columns = asked_of.ranks, asked_of.columns
    chosen = ranks.best(asked_of.row, top)[columns]
    frame = overrepresented(asked_of.members, chosen)
    others = np.array([ranks.best(row, top)[columns] for row in ranks.alike(asked_of.row)])
    counts = np.asarray(asked_of.members.table.T @ others.T.astype(float))  # (K, N)
    own = np.asarray(asked_of.members.table.T @ chosen.astype(float)).ravel()
    table = pd.DataFrame(
        {
            "set": list(asked_of.members.names),
            "overlap_alike": counts.mean(axis=1),
            "alike": (1 + (counts >= own[:, None]).sum(axis=1)) / (1 + counts.shape[1]),
        }
    )
    return _with(frame, table)


def whole_ranking(asked_of: Against) -> pd.DataFrame:
    """Return the sets that rank high or low among all targets of a regulator.

    Columns of `ranked.ranked`, and of the regulators nearest in degree: `auroc_alike`, their mean,
    and `alike`, the share of them (this one counted) at least as far to the same side.
    """
    ranks, columns = asked_of.ranks, asked_of.columns
    others = np.nan_to_num(ranks.place[ranks.alike(asked_of.row)][:, columns], nan=0.5)
    return ranked_beside(asked_of.members, ranks.place[asked_of.row][columns], others)


def ranked_beside(members: Membership, own: np.ndarray, others: np.ndarray) -> pd.DataFrame:
    """Return the sets that rank high or low by the scores `own` (G,), beside those by each of
    `others` (N, G).

    Columns of `ranked.ranked`, and of the others: `auroc_alike`, their mean, and `alike`, the share
    of all (the own counted) at least as far to the same side.
    """
    every = _areas(members, np.vstack([own[None], others]))  # (N + 1, K), the own first
    beyond = (every[1:] - 0.5) * np.sign(every[0] - 0.5) >= np.abs(every[0] - 0.5)
    table = pd.DataFrame(
        {
            "set": list(members.names),
            "auroc_alike": every[1:].mean(axis=0) if len(others) else np.nan,
            "alike": (1 + beyond.sum(axis=0)) / len(every),
        }
    )
    return _with(ranked(members, own), table)


def best_targets_in_atlas(
    best: BestTargets, regulator: str, sets: GeneSets, named: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return the sets over-represented among a regulator's best targets in an atlas, against all of
    its genes. Columns of `best_targets`; the control is every other regulator of the atlas, of as
    many targets. Raises TableError for no regulator."""
    if regulator not in best.regulators:
        raise TableError(f"{regulator[:60]} is no regulator of this atlas.")
    human = [(named or {}).get(g, g) for g in best.genes]
    columns = [k for k in first_of_each(human) if best.genes[k] != regulator]
    members = membership([human[k] for k in columns], sets.sets)
    hits = best.table[:, columns]
    row = best.regulators.index(regulator)
    frame = overrepresented(members, hits[row].toarray().ravel() > 0)
    counts = np.asarray((hits @ members.table).todense())  # (R, K)
    others = np.delete(counts, row, axis=0)
    table = pd.DataFrame(
        {
            "set": list(members.names),
            "overlap_alike": others.mean(axis=0),
            "alike": (1 + (others >= counts[row]).sum(axis=0)) / len(counts),
        }
    )
    return _with(frame, table)


def _areas(members: Membership, rows: np.ndarray) -> np.ndarray:
    """Return (N, K): the AUROC of each set in each row of scores (N, G), finite."""
    size, total = members.sizes, rows.shape[1]
    sums = np.asarray(members.table.T @ rankdata(rows, axis=1).T).T
    return (sums - size * (size + 1) / 2) / (size * (total - size))


def _with(frame: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with the columns of `more` before its genes, its order kept."""
    joined = frame.merge(more, on="set", how="left", validate="one_to_one")
    return joined[[c for c in joined if c != "genes"] + ["genes"]]


def under_random_weights(
    settings: Settings, spec: run_spec.Spec, asked_of: Against, top: int
) -> pd.DataFrame:
    """Return the sets over-represented among the `top` genes that answer a regulator most, by the
    largest |VVP|, when the same network has random weights: what its shape alone brings out.

    One sweep, kept in the probe store. Raises MissingDataError where PyTorch is not installed.
    """
    ready = run_spec.prepare(settings, spec)
    study = ready.study
    token = {label: t for t, label in study.labels.items()}
    source = token.get(asked_of.ranks.regulators[asked_of.row], "")
    request = replace(compute.control_request(settings, ready), sources=(source,))
    return _most_answering(asked_of, _by_symbol(request.curves, study), top)


def random_answers(
    backbone: Backbone, study: Study, regulator: str, settings: ProbeSettings
) -> dict[str, float]:
    """Return the largest |VVP| by which every gene of a study's panel (symbol shown) answers
    `regulator` (symbol shown) when the same network has random weights. One sweep.

    Raises MissingDataError where PyTorch is not installed.
    """
    from ugrn_core.backbones.random_weights import randomised

    opened = backbone.opened if isinstance(backbone, KnownBackbone) else backbone
    control = randomised(opened, CONTROL_SEED)
    control.device = opened.device
    source = next(t for t in study.panel.genes if study.labels.get(t, t) == regulator)
    return _by_symbol(response_curves(control, study.panel, (source,), settings), study)


def beside_random_weights(
    table: pd.DataFrame, asked_of: Against, answers: Mapping[str, float], top: int | None
) -> pd.DataFrame:
    """Return `table` (of `best_targets` with `top`, of `whole_ranking` with None) with the same
    numbers by `answers`, those of random weights: `overlap_random` or `auroc_random`, and
    `q_random`."""
    if top is None:
        sizes = np.array([answers[asked_of.ranks.genes[k]] for k in asked_of.columns])
        random, number = ranked(asked_of.members, sizes), "auroc"
    else:
        random, number = _most_answering(asked_of, answers, top), "overlap"
    renamed = {number: f"{number}_random", "q": "q_random"}
    return _with(table, random[["set", *renamed]].rename(columns=renamed))


def _by_symbol(curves: Curves, study: Study) -> dict[str, float]:
    """Return the largest |VVP| of the one source of `curves`, by the symbol shown of each gene."""
    size = np.abs(strongest(curves.vvp[0], axis=0))
    return {study.labels.get(t, t): float(v) for t, v in zip(study.panel.genes, size)}


def _most_answering(asked_of: Against, answers: Mapping[str, float], top: int) -> pd.DataFrame:
    sizes = np.array([answers[asked_of.ranks.genes[k]] for k in asked_of.columns])
    chosen = np.zeros(len(sizes), dtype=bool)
    chosen[np.argsort(-sizes, kind="stable")[:top]] = True
    return overrepresented(asked_of.members, chosen)


def edges_under_random_weights(
    settings: Settings, spec: run_spec.Spec, regulators: Sequence[str], count: int
) -> pd.DataFrame:
    """Return the `count` pairs of `regulators` (symbols) that answer most, by |VVP| between the
    ends of the grid, when the same network has random weights: source, target and probability,
    which is 1 throughout, for no translator reads random weights.

    Two virtual cells a regulator, kept in the probe store. Raises MissingDataError where PyTorch is
    not installed.
    """
    ready = run_spec.prepare(settings, spec)
    study = ready.study
    token = {label: t for t, label in study.labels.items()}
    ends = replace(ready.settings, grid=(min(ready.settings.grid), max(ready.settings.grid)))
    control = compute.control_request(settings, replace(ready, settings=ends))
    request = replace(control, sources=tuple(token[r] for r in regulators if r in token))
    vvp = request.curves.vvp
    size = np.abs(vvp[:, 1] - vvp[:, 0])  # (S, G)
    size[np.arange(len(size)), request.positions] = -1.0  # a gene with itself
    best = np.argsort(-size, axis=None, kind="stable")[:count]
    rows, columns = np.unravel_index(best, size.shape)
    shown = [study.labels.get(t, t) for t in study.panel.genes]
    sources = [study.labels.get(t, t) for t in request.sources]
    pairs = {"source": [sources[k] for k in rows], "target": [shown[k] for k in columns]}
    return pd.DataFrame(pairs).assign(probability=1.0)
