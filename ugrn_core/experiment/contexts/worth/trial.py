"""`bench contexts`: is a backbone that is shown real cells better at known edges, worse, or only
different?

Nothing is trained: a pair's score is its rise (see `compute`), as it is and centred: less the mean
of its regulator and of its target. AUPRC under `matched` negatives, where chance is 0.5.

Letters: S sources, G genes of the panel, K stages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.stats import rankdata

from ugrn_core.benchmark.evaluation_set import EvaluationSet, Protocol, evaluation_set
from ugrn_core.benchmark.protocol import gain, judge
from ugrn_core.data.gene_names import orthologs_path
from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.catalog.study import Study, fit_to_backbone, scores_for
from ugrn_core.experiment.contexts import groups
from ugrn_core.experiment.contexts.cells import StudyCells, study_cells
from ugrn_core.experiment.contexts.spec import FOLDS
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.mean_profile import rows_of
from ugrn_core.experiment.curves.workers import one_thread
from ugrn_core.probes.folds import folds_offered
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Background, Profile, ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

OF_THE_CELLS = ("Cell-type-specific ChIP-seq", "LOF/GOF")  # measured in such cells
FEWEST_EDGES = 30
STAGES = 6
FLAT, OWN, OTHER = "flat virtual cell", "own cells", "another data set's cells"
SHUFFLED, SHOWN = "own values, genes shuffled", "own cells, a fifth of the genes shown"
AVERAGED, JOINED = "mean of the stages", "flat and own cells, ranks averaged"
EXPRESSED = "flat, pairs silent in the cells last"


@dataclass(frozen=True)
class Trial:
    """A BEELINE data set as a backbone sees it. sources: regulators driven, tokens. other: (G,) the
    profile of the data set called `other_name`, shown in place of its own cells; shared: of how
    many genes it was measured there, a share."""

    backbone: Backbone
    study: Study
    cells: StudyCells
    sources: tuple[str, ...]
    other: np.ndarray
    other_name: str = ""
    shared: float = 0.0


class Ends(NamedTuple):
    """Responses around one background, (S, G) each: to the lowest value of the grid, counted from
    the background's own, and from the lowest to the highest: the rise."""

    low: np.ndarray
    rise: np.ndarray


def open_trial(
    backbone: Backbone,
    data: Path,
    dataset: str,
    others: Collection[str],
    *,
    most: int,
    also: Collection[str] = (),
) -> Trial:
    """Return the trial on `dataset`: `most` regulators of each network of such cells, spread over
    their list, and those of the symbols `also` that are there. Whose cells stand in place of its
    own: of `others` the data set that shares no cell with it and measured the most of its genes;
    the rest carry 0.

    Raises MissingDataError where the data set has no cells, or no other one has."""
    study, cells = opened(backbone, data, dataset)
    best, name = np.full(len(study.panel), np.nan), ""
    for other in others:
        if other == dataset:
            continue
        try:
            profile = _profile_of(backbone, data, other, study, cells)
        except MissingDataError:
            continue
        if not name or np.isfinite(profile).sum() > np.isfinite(best).sum():
            best, name = profile, other
    if not name:
        raise MissingDataError(f"No data set but {dataset} has cells to hold against its own.")
    return Trial(
        backbone=backbone,
        study=study,
        cells=cells,
        sources=_driven(study, most, also),
        other=np.nan_to_num(best),
        other_name=name,
        shared=float(np.isfinite(best).mean()),
    )


def opened(backbone: Backbone, data: Path, dataset: str) -> tuple[Study, StudyCells]:
    """Return a BEELINE data set fitted to the backbone, and its cells; raise MissingDataError."""
    study = fit_to_backbone(beeline_dataset(data, dataset), backbone, orthologs_path())
    return study, study_cells(study, backbone)


def _profile_of(
    backbone: Backbone, data: Path, dataset: str, study: Study, own: StudyCells
) -> np.ndarray:
    """Return (G,) mean of another data set's cells at the genes of `study`, NaN where it did not
    measure one; raise MissingDataError where it has none, or some of the `own`."""
    theirs, cells = opened(backbone, data, dataset)
    if set(cells.names) & set(own.names):
        raise MissingDataError(f"{dataset} holds some of the same cells.")
    values = cells.profile(np.ones(len(cells)), dataset, backbone, 0).values
    known = {g: v for g, v, at in zip(theirs.panel.genes, values, rows_of(theirs)) if at >= 0}
    return np.array([known.get(g, np.nan) for g in study.panel.genes])


def _driven(study: Study, most: int, also: Collection[str]) -> tuple[str, ...]:
    wanted = {s.casefold() for s in also}
    chosen = {r for r in study.regulators if study.labels.get(r, r).casefold() in wanted}
    for network in study.dataset.references:
        if network.name in OF_THE_CELLS:
            named = (network.genes[k] for k in np.unique(network.edges[:, 0]))
            tokens = {study.tokens.get(g) for g in named}
            there = [r for r in study.regulators if r in tokens]
            chosen |= set(there[:: max(1, -(-len(there) // most))])
    return tuple(r for r in study.regulators if r in chosen)


def known_edges(trial: Trial, stages: list[Ends] | None = None) -> list[dict]:
    """Return rows condition, readout, score, network, auprc with its interval, edges; of own cells
    also how far they are ahead of the flat cell and of another data set's cells, paired
    intervals. stages: responses of `around_stages`."""
    tests, rows = list(_tests(trial)), []
    for readout in readouts(trial.backbone):
        scores = dict(_conditions(trial, readout, stages))
        for score, form in (("rise", np.asarray), ("centred", lambda x: _centred(x, trial))):
            formed = {name: form(values) for name, values in scores.items()}
            for network, test in tests:
                told = {"readout": readout, "score": score, "network": network.name}
                rows += [told | row for row in _judged(trial, network, test, formed)]
    return rows


def readouts(backbone: Backbone) -> tuple[str, ...]:
    """Return the readouts that are tried."""
    known = ("masked", "visible") if folds_offered(backbone) else ("visible",)
    return tuple(r for r in known if r in backbone.defaults.readouts)


def around_stages(trial: Trial) -> tuple[np.ndarray, list[Ends]]:
    """Return the profiles (K, G) and the responses around STAGES windows of the cells' pseudotime,
    targets visible; nothing where they have none."""
    cells = trial.cells
    if not cells.ordered_by:
        return np.empty((0, len(trial.study.panel))), []
    along = np.asarray(cells.columns[cells.ordered_by[0]], dtype=np.float64)
    stages = groups.windows(along, "time", STAGES).members.astype(float)
    profiles = [cells.profile(m, "stage", trial.backbone, 0) for m in stages]
    ends = [responses(trial, "visible", p) for p in profiles]
    return np.array([p.values for p in profiles]), ends


def _conditions(
    trial: Trial, readout: str, stages: list[Ends] | None
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield name and rises (S, G) of each background, and of what combines them."""
    backbone, cells = trial.backbone, trial.cells
    folds = FOLDS if readout == "masked" else 0
    everyone = np.ones(len(cells))
    mean = cells.profile(everyone, OWN, backbone, folds)
    flat = rises(trial, readout, default_settings(backbone).background)
    own = rises(trial, readout, mean)
    yield FLAT, flat
    yield OWN, own
    yield OTHER, rises(trial, readout, Profile(OTHER, tuple(trial.other), folds))
    yield JOINED, _ranked(flat) + _ranked(own)
    silent = cells.silent(np.ones((1, len(cells)), dtype=bool))[0]
    at = trial.study.panel.positions(trial.sources)
    yield EXPRESSED, np.where(silent[at, None] | silent[None], flat.min() - 1, flat)
    if readout == "masked":
        yield SHOWN, rises(trial, "visible", _a_fifth(mean, backbone.defaults.mask_value))
        return
    order = np.random.default_rng(0).permutation(len(mean.values))
    shuffled = Profile(SHUFFLED, tuple(np.array(mean.values)[order]))
    yield SHUFFLED, rises(trial, readout, shuffled)
    if stages:
        yield AVERAGED, np.mean([s.rise for s in stages], axis=0)


def _a_fifth(profile: Profile, mask: float) -> Profile:
    """Return the profile with every gene masked but each fifth."""
    carried = tuple(None if g % FOLDS == 0 else mask for g in range(len(profile.values)))
    return replace(profile, name=SHOWN, folds=0, mask=carried)


def responses(trial: Trial, readout: str, background: Background) -> Ends:
    """Return the responses of every pair around a background; nothing is kept."""
    backbone = trial.backbone
    grid = min(backbone.defaults.grid), max(backbone.defaults.grid)
    chosen = default_settings(backbone, readout=readout)
    chosen = replace(chosen, background=background, grid=grid)
    with one_thread():
        vvp = probing.request(backbone, trial.study.panel, trial.sources, chosen).curves.vvp
    low, high = vvp.astype(np.float64).transpose(1, 0, 2)
    return Ends(low, high - low)


def rises(trial: Trial, readout: str, background: Background) -> np.ndarray:
    """Return (S, G): the rise of each pair around a background."""
    return responses(trial, readout, background).rise


def _ranked(values: np.ndarray) -> np.ndarray:
    return rankdata(values).reshape(values.shape) / values.size


def _centred(values: np.ndarray, trial: Trial) -> np.ndarray:
    own = np.array(values, dtype=np.float64)
    own[np.arange(len(own)), trial.study.panel.positions(trial.sources)] = np.nan
    own -= np.nanmean(own, axis=1, keepdims=True)
    return own - np.nanmean(own, axis=0, keepdims=True)


def _tests(trial: Trial) -> Iterator[tuple[ReferenceNetwork, EvaluationSet]]:
    for network in trial.study.dataset.references:
        part = _of_sources(network, trial)
        if len(part.edges) >= FEWEST_EDGES:
            known = np.array([g in trial.study.tokens for g in part.genes])
            yield part, evaluation_set(part, Protocol("matched"), scoreable=known)


def _judged(
    trial: Trial, network: ReferenceNetwork, test: EvaluationSet, formed: dict[str, np.ndarray]
) -> Iterator[dict]:
    scores = {n: scores_for(network, trial.study, v, trial.sources) for n, v in formed.items()}
    for name, values in scores.items():
        row = judge(test, values)
        if row["reason"] or row["n_positives"] < FEWEST_EDGES:
            continue
        told = {"condition": name} | {k: row[k] for k in ("auprc", "auprc_low", "auprc_high")}
        if name == OWN:
            for against, word in ((FLAT, "over_flat"), (OTHER, "over_other")):
                ahead = gain(test, values, scores[against])
                told |= {k.replace("gain", word): v for k, v in ahead.items()}
        yield told | {"edges": row["n_positives"]}


def _of_sources(network: ReferenceNetwork, trial: Trial) -> ReferenceNetwork:
    driven = set(trial.sources)
    inside = [trial.study.tokens.get(network.genes[k]) in driven for k in network.regulators]
    regulators = network.regulators[np.array(inside, dtype=bool)]
    edges = network.edges[np.isin(network.edges[:, 0], regulators)]
    return replace(network, regulators=regulators, edges=edges, signs=None)
