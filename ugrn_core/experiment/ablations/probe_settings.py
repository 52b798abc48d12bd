"""`bench settings`: which readout, background, grid and panel tell known edges best, untrained.

Only data sets a translator may be trained on should be asked: a default chosen on a data set that
is reported later would be chosen on its answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from scipy.stats import spearmanr

from ugrn_core.benchmark.evaluation_set import Protocol, evaluation_set
from ugrn_core.benchmark.protocol import judge
from ugrn_core.console import progress_bar
from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.errors import InputError, MissingDataError
from ugrn_core.experiment.catalog.study import fit_to_backbone, scores_for
from ugrn_core.experiment.curves.mean_profile import mean_profile
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel, ProbeSettings, ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.catalog.study import Study

FEWEST_EDGES = 50  # of a network among the drawn regulators: below it AUPRC is noise


@dataclass(frozen=True)
class Variant:
    """One way to probe: settings in place of the defaults; the cell all others sit in; the panel.

    on_profile: the other genes carry the data set's mean expression. more_genes: drawn from the
    vocabulary and put beside the panel, as a share of it. share: of the targets that are kept.
    """

    name: str
    overrides: dict = field(default_factory=dict)
    on_profile: bool = False
    more_genes: float = 0.0
    share: float = 1.0


def variants(backbone: Backbone) -> list[Variant]:
    """Return the variants that `backbone` can be probed by, its defaults first."""
    d = backbone.defaults
    low, high = d.value_range
    top = max(d.grid)
    other = low + (top - low) / 4
    listed = [
        Variant("defaults"),
        Variant("grid: lower half", {"grid": _even(low, top / 2)}),
        Variant("grid: to twice the top", {"grid": _even(low, min(2 * top, high))}),
        Variant(f"baseline {other:g}", {"baseline": other}),
        Variant("panel: half of the targets", share=0.5),
        Variant("panel: twice as many genes", more_genes=1.0),
    ]
    for readout in ("visible", "generative"):
        if readout in d.readouts:
            listed += [
                Variant(f"{readout}", {"readout": readout}),
                Variant(f"{readout}, baseline {other:g}", {"readout": readout, "baseline": other}),
                Variant(f"{readout}, mean expression", {"readout": readout}, on_profile=True),
            ]
    return listed


def _even(low: float, high: float) -> tuple[float, ...]:
    return tuple(float(x) for x in np.linspace(low, high, 9)[1:])


@dataclass(frozen=True)
class Trial:
    """A study, the regulators drawn from it (tokens), and one of its networks for each name."""

    backbone: Backbone
    study: Study
    sources: tuple[str, ...]
    networks: tuple[ReferenceNetwork, ...]
    seed: int


def open_trial(backbone: Backbone, data: Path, dataset: str, regulators: int, seed: int) -> Trial:
    """Return the trial on BEELINE's `dataset`: `regulators` drawn among those of most edges."""
    study = fit_to_backbone(beeline_dataset(data, dataset), backbone)
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(len(study.regulators))[:regulators]
    sources = tuple(study.regulators[k] for k in sorted(drawn))
    networks = tuple(_of_sources(n, study, sources) for n in study.dataset.references)
    networks = tuple(n for n in networks if len(n.edges) >= FEWEST_EDGES)
    if not networks:
        raise InputError(
            f"No network of {dataset} has {FEWEST_EDGES} edges of {len(sources)} regulators. "
            "Draw more with --regulators."
        )
    return Trial(backbone=backbone, study=study, sources=sources, networks=networks, seed=seed)


def _of_sources(network: ReferenceNetwork, study: Study, sources: tuple) -> ReferenceNetwork:
    known = set(sources)
    inside = np.array([study.tokens.get(network.genes[k]) in known for k in network.regulators])
    regulators = network.regulators[inside]
    edges = network.edges[np.isin(network.edges[:, 0], regulators)]
    return replace(network, regulators=regulators, edges=edges, signs=None)


def measure(trial: Trial) -> pd.DataFrame:
    """Return rows variant, network, score, auprc, auprc_low, auprc_high, like_defaults, edges.

    score: mean response (below the baseline with its sign turned: a fall when the source falls is a
    rise when it rises), or mean gradient, over the grid, less the mean of its regulator and of its
    target over all pairs; nothing is trained. AUPRC under `matched` sampling (chance 0.5).
    like_defaults: Spearman correlation of the pairs' scores with the defaults'.
    """
    rows, first = [], {}
    every = variants(trial.backbone)
    with progress_bar("probing") as progress:
        for k, variant in enumerate(every):
            for row, flat in _rows(trial, variant):
                base = first.setdefault((row["score"], row["network"]), flat)
                both = np.isfinite(base) & np.isfinite(flat)
                like = float(spearmanr(base[both], flat[both])[0])
                rows.append(row | {"like_defaults": like})
            progress(k + 1, len(every))
    return pd.DataFrame(rows)


def known_edges(trial: Trial, variant: Variant) -> list[dict]:
    """Return the rows of `measure` for one variant, without `like_defaults`."""
    return [row for row, _ in _rows(trial, variant)]


def _rows(trial: Trial, variant: Variant) -> Iterator[tuple[dict, np.ndarray]]:
    """Yield each row of `variant` and the flat scores it judges."""
    for kind, score in _scores(trial, variant):
        for name, (row, flat) in _judged(trial, variant, score):
            yield {"variant": variant.name, "network": name, "score": kind} | row, flat


def _scores(trial: Trial, variant: Variant) -> Iterator[tuple[str, np.ndarray]]:
    """Yield kind and (S, panel of the study) scores, NaN for a target that was left out."""
    panel, columns = _panel(trial, variant)
    settings = default_settings(trial.backbone, **variant.overrides)
    at = [panel.genes.index(s) for s in trial.sources]
    if variant.on_profile:
        try:
            profile, _ = mean_profile(trial.study, trial.backbone)
        except MissingDataError:
            return
        curves = {"response": _on_profile(trial.backbone, panel, profile, settings, at)}
    else:
        sweep = trial.backbone.sweep(panel, settings)
        both = (sweep(k) for k in at)
        means = [(_mean(response, settings), slope.mean(axis=0)) for response, slope in both]
        curves = dict(zip(("response", "gradient"), np.array(means).transpose(1, 0, 2)))
    for kind, values in curves.items():
        own = values[:, : len(columns)].astype(np.float64)
        own[np.arange(len(at)), at] = np.nan
        own -= np.nanmean(own, axis=1, keepdims=True)
        out = np.full((len(at), len(trial.study.panel)), np.nan)
        out[:, columns] = own - np.nanmean(own, axis=0, keepdims=True)
        yield kind, out


def _panel(trial: Trial, variant: Variant) -> tuple[Panel, np.ndarray]:
    """Return the panel to probe and which genes of the study's panel come first in it."""
    rng = np.random.default_rng([trial.seed, 7])
    genes = trial.study.panel.genes
    needed = np.isin(genes, trial.sources)
    columns = np.flatnonzero(needed | (rng.random(len(genes)) < variant.share))
    others = sorted(set(trial.backbone.vocabulary.genes) - set(genes))
    count = min(int(variant.more_genes * len(genes)), len(others))
    more = [others[k] for k in rng.choice(len(others), count, replace=False)] if count else []
    return Panel((*(genes[k] for k in columns), *more)), columns


@torch.no_grad()
def _on_profile(
    backbone: Backbone, panel: Panel, profile: np.ndarray, settings: ProbeSettings, at: list[int]
) -> np.ndarray:
    """Return the mean response (S, G) in a cell of mean expression, the source at v less at v_b."""
    out = np.empty((len(at), len(panel)))
    for row, source in enumerate(at):
        cells = np.tile(profile, (len(settings.grid) + 1, 1)).astype(np.float32)
        cells[:, source] = (*settings.grid, settings.baseline)
        got = backbone.reconstruct(panel, torch.from_numpy(cells), settings.readout, settings.cls)
        out[row] = _mean((got[:-1] - got[-1]).numpy(), settings)
    return out


def _mean(response: np.ndarray, settings: ProbeSettings) -> np.ndarray:
    """Return the (G,) mean of a (T, G) response, turned round below the baseline."""
    side = np.sign(np.array(settings.grid) - settings.baseline)
    return (side[:, None] * response).sum(axis=0) / max(np.abs(side).sum(), 1)


def _judged(
    trial: Trial, variant: Variant, score: np.ndarray
) -> Iterator[tuple[str, tuple[dict, np.ndarray]]]:
    for network in trial.networks:
        by_pair = scores_for(network, trial.study, score, trial.sources)
        known = np.array([g in trial.study.tokens for g in network.genes])
        if variant.share < 1:
            known &= np.isfinite(by_pair).any(axis=0)
        test = evaluation_set(network, Protocol("matched"), scoreable=known)
        row = judge(test, by_pair)
        if row["reason"]:
            continue  # every edge was too popular to be matched
        told = {k: row[k] for k in ("auprc", "auprc_low", "auprc_high")}
        yield network.name, (told | {"edges": row["n_positives"]}, by_pair.ravel())
