"""The zero-shot benchmark: translators trained on one or some data sets, judged on the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import ugrn_core
from ugrn_core.benchmark.evaluation_set import EvaluationSet, Protocol, evaluation_set
from ugrn_core.benchmark.results_table import write_results
from ugrn_core.console import say
from ugrn_core.data.readers.beeline import beeline_dataset
from ugrn_core.errors import OptionError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.catalog.study import Study, fit_to_backbone
from ugrn_core.experiment.evaluation import methods
from ugrn_core.experiment.evaluation.baselines import BackboneFree, Scored
from ugrn_core.experiment.evaluation.corpus_baselines import Corpora
from ugrn_core.experiment.evaluation.judgement_cache import JudgementCache
from ugrn_core.experiment.evaluation.learned import Scorers, probed, profile_settings
from ugrn_core.experiment.evaluation.plan import (
    RECALL_POINTS,
    RECIPES,
    Plan,
    Selection,
    select,
    spelled,
    training_network,
)
from ugrn_core.files import check_writable
from ugrn_core.settings import Settings
from ugrn_core.translators.stacked import STACKED
from ugrn_core.types import ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

OWN_COSINE = ("emb-centred", "")  # what needs no forward pass: the yardstick of every probe
_OF_STACKED = {
    "paper_ensemble": (methods.ENSEMBLE, "paper"),
    "corpus_svd": ("corpus SVD", ""),
    "own_cosine": OWN_COSINE,
}
GAINS = {
    STACKED: _OF_STACKED,
    methods.ON_STRING: _OF_STACKED,
    methods.ENSEMBLE: {"own_cosine": OWN_COSINE},
}


def run(
    plan: Plan,
    settings: Settings,
    out: Path,
    translators: Path | None = None,
    *,
    random_control: bool = True,
    classical_hours: float | None = None,
    tuned: Callable[[Backbone], Backbone] = lambda backbone: backbone,
) -> Path:
    """Compute every row of `plan` and write the table; return its path.

    random_control: judge the same network with random weights, too. translators: folder to keep
    the trained translators in. classical_hours: core hours that a classical method may spend on a
    data set now, None for all it takes. tuned: gives the backbone, and its control, other defaults
    to be probed with. Probe curves, classical scores and judgements are kept: a
    stopped run goes on where it was, and another one computes only what is new.
    """
    if out.suffix != ".parquet":
        raise OptionError(f"The results are a Parquet table: end '{out.name}' with .parquet.")
    for path in (out, translators):
        if path is not None:
            check_writable(path)  # before hours of work, not after them
    plan = spelled(plan)
    selection = select(plan, settings)
    backbone = tuned(backbones.open_named(plan.backbone, settings))
    corpora = plan.corpus and Corpora(plan.corpus, plan.exclude, selection.orthologs)
    free = BackboneFree(settings, corpora, classical_hours)
    rows = list(_rows(plan, selection, backbone, (settings, free), translators))
    if random_control and not backbones.is_control(backbone):
        control = tuned(backbones.open_control(backbone))
        of_backbone = tuple(p for p in selection.probes if methods.method(p).reads_backbone)
        if of_backbone:
            selected = replace(selection, probes=of_backbone)
            rows += _rows(plan, selected, control, (settings, free))
    return write_results(rows, out, _about(plan, backbone, selection.orthologs))


def _rows(
    plan: Plan,
    selection: Selection,
    backbone: Backbone,
    means: tuple[Settings, BackboneFree],
    translators: Path | None = None,
) -> Iterator[dict]:
    """Yield the rows of one backbone; probe each data set once for all its networks and sources."""
    settings, free = means
    studies = studies_of(plan, selection, backbone)
    tensors = {n: probed(backbone, s, settings, selection.probes) for n, s in studies.items()}
    able = [p for p in selection.probes if not methods.why_not(p, backbone.defaults)]
    curves = any(methods.CURVES in methods.method(p).needs for p in able)
    for part in plan.runs():
        for network in selection.networks:
            sources = tuple(_source_network(studies, s, network) for s in part.sources)
            on_string = _on_string(studies, part.sources) if methods.ON_STRING in able else ()
            scorers = Scorers(part, backbone, studies, tensors, sources, on_string=on_string)
            for target in selection.targets:
                if (target, network) in selection.exist:
                    yield from _cell(scorers, free, target, network, selection.probes)
            if translators is not None and curves:
                for trained in scorers.trained.values():
                    trained.save(translators)
            say(f"{backbone.name}: {network} done" + f", from {part.source}" * plan.matrix)


def studies_of(plan: Plan, selection: Selection, backbone: Backbone) -> dict[str, Study]:
    """Return the data sets that `plan` trains on and judges, by name, as `backbone` sees them."""
    with_cells = {dataset for dataset, _ in selection.exist}
    names = dict.fromkeys(d for d in (*plan.sources, *selection.targets) if d in with_cells)
    return {
        name: fit_to_backbone(
            beeline_dataset(plan.data, name, plan.gene_set), backbone, selection.orthologs
        )
        for name in names
    }


def _source_network(studies: dict, source: str, network: str) -> ReferenceNetwork:
    known = {n.name: n for n in studies[source].dataset.references}
    return known[training_network(known, source, network)]


def _on_string(studies: dict, sources: tuple[str, ...]) -> tuple[ReferenceNetwork, ...]:
    """Return the STRING of every source; empty where one has none."""
    known = [n for s in sources for n in studies[s].dataset.references if n.name == "STRING"]
    return tuple(known) if len(known) == len(sources) else ()


def _cell(
    scorers: Scorers, free: BackboneFree, target: str, network: str, probes: tuple[str, ...]
) -> Iterator[dict]:
    """Yield the rows of one data set x network: every probe, control, sampling and gene choice."""
    reference = next(n for n in scorers.studies[target].dataset.references if n.name == network)
    by_recipe = [(p, r) for p in probes for r in _recipes(scorers.plan, p)]
    scores = {pair: _scores(scorers, free, target, reference, pair) for pair in by_recipe}
    # By what was learned from: the genes that are new to a translator are its own.
    alike = [[p for p in by_recipe if (p[0] == methods.ON_STRING) == k] for k in (False, True)]
    for test, pairs in _tests(scorers, target, reference, [a for a in alike if a]):
        judged = JudgementCache(test, free.home / "judged")
        for pair in pairs:
            row = _labelled(scorers, target, *pair) | judged.row(scores[pair])
            yield row | _gains(judged, scores, pair)


def _tests(
    scorers: Scorers, target: str, reference: ReferenceNetwork, alike: list[list[tuple[str, str]]]
) -> Iterator[tuple[EvaluationSet, list[tuple[str, str]]]]:
    """Yield the pairs of genes to judge by, and who is judged: every sampling and choice of genes
    for each group of `alike`, which are new to the same genes."""
    tokens = scorers.studies[target].tokens
    scoreable = np.array([g in tokens for g in reference.genes])
    for sampling in scorers.plan.samplings:
        protocol = Protocol(sampling, recall_points=RECALL_POINTS * scorers.plan.pr_curves)
        for unseen, pairs in product((False, True), alike):
            mask = scorers.seen(target, reference, pairs[0][0]) if unseen else None
            yield evaluation_set(reference, protocol, mask, scoreable), pairs


def _recipes(plan: Plan, probe: str) -> tuple[str, ...]:
    """The recipes a probe is trained by: none for what needs no training, one for `emb`."""
    known = methods.method(probe)
    if not known.trained:
        return ("",)
    return plan.recipes if known.has_recipes else plan.recipes[:1]


def _gains(
    judged: JudgementCache, scores: dict[tuple[str, str], Scored], pair: tuple[str, str]
) -> dict:
    """Return what a translator gains over what GAINS holds it against, where both were judged."""
    own = scores[pair].scores
    gains = {}
    for name, reference in GAINS.get(pair[0], {}).items() if own is not None else ():
        against = scores.get(reference)
        if against is not None and against.scores is not None:
            told = judged.gain(own, against.scores)
            gains |= {k.replace("gain", f"gain_over_{name}"): v for k, v in told.items()}
    return gains


def _scores(
    scorers: Scorers,
    free: BackboneFree,
    target: str,
    reference: ReferenceNetwork,
    pair: tuple[str, str],
) -> Scored:
    """Return the (R, G) scores of a probe by a recipe, or the reason why there are none."""
    study, (probe, recipe) = scorers.studies[target], pair
    known = methods.method(probe)
    if not known.reads_backbone:
        return free.scored(probe, study, reference, scorers.sources)
    reason = scorers.obstacle(target, probe)
    if reason:
        return Scored(None, reason)
    tensor = scorers.tensors[target].get(probe)
    notes = tensor.provenance.get("note") if tensor else None, _relaxed(scorers, probe)
    note = "; ".join(filter(None, notes))
    more = {"note": note} if note else {}
    seeds = scorers.by_seed(target, reference, probe, recipe)
    scores = scorers.scores(target, reference, probe, recipe)
    return Scored(
        scores, more=more, by_seed=seeds, is_probability=known.kind == methods.COMBINATION
    )


def _relaxed(scorers: Scorers, probe: str) -> str:
    """Return what stands beside a row that reads gradients which are not the model's own."""
    relaxation = scorers.backbone.defaults.relaxation
    reads = relaxation and "gdt" in methods.reads(probe)
    return f"{methods.RELAXED}: {relaxation}" if reads else ""


def _labelled(scorers: Scorers, target: str, probe: str, recipe: str) -> dict:
    plan, how = scorers.plan, RECIPES.get(recipe)
    known = methods.method(probe)
    control = not known.reads_backbone
    on_profile = methods.PROFILE in known.needs or probe == methods.PERT_VIRTUAL
    settings = profile_settings(scorers.backbone) if on_profile else scorers.settings
    return {
        "backbone": "none" if control else scorers.backbone.name,
        "random_weights": not control and backbones.is_control(scorers.backbone),
        "probe": probe,
        "kind": known.row_kind,
        "recipe": recipe,
        "features": "" if how is None else how.variant(probe),
        "training_negatives": "" if how is None else how.negatives,
        "source": plan.source,
        "source_network": ",".join(dict.fromkeys(n.name for n in scorers.networks(probe))),
        "seeds": plan.seeds,
        "readout": settings.readout,
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
