"""The zero-shot benchmark: translators trained on one data set, judged on the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import ugrn_core
from ugrn_core.benchmark import controls
from ugrn_core.benchmark.evaluation_set import EvaluationSet, Protocol, evaluation_set
from ugrn_core.benchmark.protocol import judge
from ugrn_core.benchmark.report import write_results
from ugrn_core.classical.correlation import absolute_pearson, pearson
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment import datasets, installed
from ugrn_core.experiment.installed import CONTROL
from ugrn_core.experiment.messages import check_writable, say
from ugrn_core.experiment.plan import (
    CONTROLS,
    RAW,
    RECIPES,
    TRAINED,
    Plan,
    Selection,
    select,
    spelled,
)
from ugrn_core.experiment.scorers import Scorers, probed
from ugrn_core.settings import Settings
from ugrn_core.types import ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone


def run(
    plan: Plan,
    settings: Settings,
    out: Path,
    translators: Path | None = None,
    random_control: bool = True,
) -> Path:
    """Compute every row of `plan` and write the table; return its path.

    random_control: judge the same network with random weights, too. translators: folder to keep
    the trained translators in. Probe curves are kept in the probe store: a stopped run goes on
    where it was.
    """
    for path in (out, translators):
        if path is not None:
            check_writable(path)  # before hours of work, not after them
    plan = spelled(plan)
    selection = select(plan, settings)
    backbone = installed.open_named(plan.backbone, settings)
    rows = list(_rows(plan, selection, backbone, settings, translators))
    if random_control and not installed.is_control(backbone):
        control = installed.open_folder(backbone.folder, backbone.name + CONTROL, True)
        of_backbone = tuple(p for p in selection.probes if p not in CONTROLS)
        if of_backbone:
            rows += _rows(plan, replace(selection, probes=of_backbone), control, settings)
    return write_results(rows, out, _about(plan, backbone, selection.orthologs))


def _rows(
    plan: Plan,
    selection: Selection,
    backbone: Backbone,
    settings: Settings,
    translators: Path | None = None,
) -> Iterator[dict]:
    """Yield the rows of one backbone; probe each data set once for all its networks."""
    with_cells = {dataset for dataset, _ in selection.exist}
    names = dict.fromkeys(d for d in (plan.source, *selection.targets) if d in with_cells)
    studies = {
        name: datasets.fit_to_backbone(
            datasets.beeline_dataset(plan.data, name, plan.gene_set), backbone, selection.orthologs
        )
        for name in names
    }
    curves = bool(set(selection.probes) & {"vvp", "gdt", "ensemble"})
    tensors = {name: probed(backbone, s, settings, curves) for name, s in studies.items()}
    for network in selection.networks:
        scorers = Scorers(plan, backbone, studies, tensors, _source_network(studies, plan, network))
        for target in selection.targets:
            if (target, network) in selection.exist:
                yield from _cell(scorers, target, network, selection.probes)
        if translators is not None and curves:
            for trained in scorers.trained.values():
                trained.save(translators)
        say(f"{backbone.name}: {network} done")


def _source_network(studies: dict, plan: Plan, network: str) -> ReferenceNetwork:
    """The source's network of the same kind; LOF/GOF was measured for mESC only, so STRING then."""
    known = {n.name: n for n in studies[plan.source].dataset.references}
    if network not in known and "STRING" not in known:
        raise MissingDataError(
            f"{plan.source} has neither the network {network} nor STRING to train on: "
            f"{', '.join(known)}. Name the networks it has with --networks."
        )
    return known.get(network) or known["STRING"]


def _cell(scorers: Scorers, target: str, network: str, probes: tuple[str, ...]) -> Iterator[dict]:
    """Yield the rows of one data set x network: every probe, control, sampling and gene choice."""
    plan, study = scorers.plan, scorers.studies[target]
    reference = next(n for n in study.dataset.references if n.name == network)
    scoreable = np.array([g in study.tokens for g in reference.genes])
    seen = scorers.seen(target, reference)
    asked = [(p, r) for p in probes for r in _recipes(plan, p)]
    scores = {pair: _scores(scorers, target, reference, *pair) for pair in asked}
    for sampling in plan.samplings:
        for mask in (None, seen):
            test = evaluation_set(reference, Protocol(sampling), mask, scoreable)
            for pair in asked:
                yield _labelled(scorers, target, *pair) | _judged(test, *scores[pair])


def _recipes(plan: Plan, probe: str) -> tuple[str, ...]:
    """The recipes a probe is trained by: none for what needs no training, one for `emb`."""
    if probe not in TRAINED:
        return ("",)
    return plan.recipes[:1] if probe == "emb" else plan.recipes


def _judged(test: EvaluationSet, score: np.ndarray | None, reason: str) -> dict:
    shape = test.candidates.positives.shape
    row = judge(test, np.full(shape, np.nan) if score is None else score)
    return row | {"reason": reason} if score is None else row


def _scores(
    scorers: Scorers, target: str, reference: ReferenceNetwork, probe: str, recipe: str
) -> tuple[np.ndarray | None, str]:
    """Return the (R, G) scores, or None and the reason why there are none."""
    study = scorers.studies[target]
    if probe not in CONTROLS:
        if target == scorers.plan.source and probe in TRAINED:
            return None, "the translator was trained on this data set: not zero-shot"
        return scorers.scores(target, reference, probe, recipe), ""
    if probe == "popularity oracle":
        return controls.popularity(reference), ""
    if probe == "source degree":
        return controls.source_degree_transfer(scorers.source, reference), ""
    if probe == "target is TF":
        return controls.target_is_tf(reference), ""
    cells = study.dataset.expression
    if cells is None:
        return None, "no expression of this data set is in the folder"
    measure = pearson if probe == "Pearson" else absolute_pearson
    return measure(cells, reference), ""


def _labelled(scorers: Scorers, target: str, probe: str, recipe: str) -> dict:
    plan, how = scorers.plan, RECIPES.get(recipe)
    control = probe in CONTROLS
    return {
        "backbone": "none" if control else scorers.backbone.name,
        "random_weights": not control and installed.is_control(scorers.backbone),
        "probe": probe,
        "kind": "control" if control else "raw score" if probe in RAW else "translator",
        "recipe": recipe,
        "features": "" if how is None else "plain" if probe == "emb" else how.features,
        "training_negatives": "" if how is None else how.negatives,
        "source": plan.source,
        "source_network": scorers.source.name,
        "seeds": plan.seeds,
        "readout": scorers.settings.readout,
        "gene_coverage": len(scorers.studies[target].tokens)
        / len(scorers.studies[target].dataset.genes),
        "command": plan.command,
    }


def _about(plan: Plan, backbone: Backbone, orthologs: Path | None) -> dict:
    return {
        "command": plan.command,
        "ugrn": ugrn_core.__version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "backbone": backbone.name,
        "backbone_checksum": backbone.checksum,
        "orthologs": orthologs.name if orthologs else "none: case-insensitive symbols",
        "data": plan.data.name,
        "gene_set": plan.gene_set,
    }
