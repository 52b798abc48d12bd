"""Translators of the source networks, and the scores they give on other data sets."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.console import progress_bar
from ugrn_core.errors import MissingDataError, OptionError
from ugrn_core.experiment.catalog.study import Study, scores_for
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.mean_profile import mean_profile
from ugrn_core.experiment.curves.workers import fill_store, turn
from ugrn_core.experiment.evaluation import methods
from ugrn_core.experiment.evaluation.plan import RECIPES
from ugrn_core.experiment.evaluation.training import Source, Trained
from ugrn_core.jobs.executors import LocalWorkers
from ugrn_core.probes import PROBES
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import Settings
from ugrn_core.translators.ensemble import combined, mean_logits
from ugrn_core.translators.stacked import STACKED
from ugrn_core.types import ProbeSettings, ProbeTensor, ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.evaluation.plan import Plan
    from ugrn_core.probes.base import ProbeRequest


def probed(
    backbone: Backbone,
    study: Study,
    settings: Settings,
    probes: Collection[str],
) -> dict[str, ProbeTensor]:
    """Return the tensors that `probes` need, by probe, for a study's regulators.

    What needs expression is absent where there is none, and so is what the backbone cannot be
    asked; `obstacle` says why.
    """
    probes = [name for name in probes if not methods.why_not(name, backbone.defaults)]
    chosen = default_settings(backbone)
    what = backbone, study.panel, study.regulators, chosen, settings.probes
    wanted = [methods.method(name) for name in probes]
    curves = any(methods.CURVES in m.needs for m in wanted)
    if curves:
        place = LocalWorkers(settings.workers)
        title = f"probing {study.dataset.title}"
        with turn(settings, place), progress_bar(title) as progress:
            fill_store(probing.request(*what, progress=progress), settings.probes, place)
    request = probing.request(*what)
    read = {methods.tensor_of(name) for name in probes}
    tensors = probing.tensors_for(request, read) if curves else {}
    for m in wanted:
        if m.name in PROBES and not m.needs:
            tensors.setdefault(m.name, PROBES[m.name]()(request))
        elif (thinned := methods.thinned_probe(m.name)) is not None:
            probe, n = thinned
            values = methods.kept_values(chosen.grid, n)
            tensors[m.name] = _noted(PROBES[probe](values=values)(request), f"grid values {values}")
    return tensors | _on_profiles(request, study, probes)


def _on_profiles(
    request: ProbeRequest, study: Study, probes: Collection[str]
) -> dict[str, ProbeTensor]:
    """Return the tensors of the probes that read a cell: the real mean, or the virtual baseline."""
    request = replace(request, settings=profile_settings(request.backbone), store=None)
    tensors = {}
    if methods.PERT_VIRTUAL in probes and request.settings.baseline != 0:
        flat = np.full(len(study.panel), request.settings.baseline)
        tensors[methods.PERT_VIRTUAL] = PROBES[methods.KNOCK_OUT]()(replace(request, profile=flat))
    names = [n for n in probes if methods.PROFILE in methods.method(n).needs]
    if not names:
        return tensors
    try:
        profile, how = mean_profile(study, request.backbone)
    except (MissingDataError, OptionError):
        return tensors
    real = replace(request, profile=profile)
    for name in names:
        probe = methods.KNOCK_OUT if name == methods.PERT_BASELINE else name
        tensors[name] = replace(_noted(PROBES[probe]()(real), how), probe=name)
    return tensors


def profile_settings(backbone: Backbone) -> ProbeSettings:
    """Return the settings of probes on a profile: targets show what was measured, if they can."""
    visible = "visible" in backbone.defaults.readouts
    return default_settings(backbone, **({"readout": "visible"} if visible else {}))


def _noted(tensor: ProbeTensor, note: str) -> ProbeTensor:
    return replace(tensor, provenance=tensor.provenance | {"note": note})


class Scorers:
    """The scores that one backbone gives, with translators trained on `sources` by each recipe.

    on_string: the STRING of every source, that ON_STRING learns from; empty where one has none.
    """

    def __init__(
        self,
        plan: Plan,
        backbone: Backbone,
        studies: dict[str, Study],
        tensors: dict[str, dict[str, ProbeTensor]],
        sources: tuple[ReferenceNetwork, ...],
        *,
        on_string: tuple[ReferenceNetwork, ...] = (),
    ) -> None:
        self.plan, self.backbone, self.studies = plan, backbone, studies
        self.tensors, self.sources, self.on_string = tensors, sources, on_string
        self.settings = default_settings(backbone)
        self.trained = self._of(sources)
        self._of_string = self.trained if on_string == sources else self._of(on_string)
        self._logits: dict[tuple[str, str, str], tuple[np.ndarray, ...]] = {}

    def _of(self, networks: tuple[ReferenceNetwork, ...]) -> dict[str, Trained]:
        known = tuple(Source(n, self.studies[n.dataset], self.tensors[n.dataset]) for n in networks)
        recipes = {name: RECIPES[name] for name in self.plan.recipes}
        return {name: Trained(self.plan, self.backbone, known, r) for name, r in recipes.items()}

    def networks(self, probe: str) -> tuple[ReferenceNetwork, ...]:
        """Return the source networks that the translators of `probe` learn from."""
        return self.on_string if probe == methods.ON_STRING else self.sources

    def seen(self, target: str, reference: ReferenceNetwork, probe: str = STACKED) -> np.ndarray:
        """Return (G,) bool: did the gene, by token, occur in training for `probe` by any recipe?"""
        trained = self._of_string if probe == methods.ON_STRING else self.trained
        known = frozenset().union(*(t.training_tokens for t in trained.values()))
        tokens = self.studies[target].tokens
        return np.array([tokens.get(g) in known for g in reference.genes])

    def obstacle(self, target: str, probe: str) -> str:
        """Return why `probe` cannot be scored on `target`, or an empty text."""
        reason = methods.why_not(probe, self.backbone.defaults)
        if reason:
            return reason
        trained = methods.method(probe).trained
        if trained and target in self.plan.sources:
            return "the translator was trained on this data set: not zero-shot"
        if probe == methods.ON_STRING and not self.on_string:
            return f"{self.plan.source} has no STRING to train on"
        if probe == methods.PERT_VIRTUAL and probe not in self.tensors[target]:
            return "the virtual baseline is 0 already: setting a gene to 0 changes nothing"
        needed = (target, *self.plan.sources) if trained else (target,)
        for dataset in needed:
            if probe != methods.ENSEMBLE and methods.tensor_of(probe) not in self.tensors[dataset]:
                where = "" if dataset == target else f"{dataset}, the source: "
                return where + self._why_no_profile(dataset)
        return ""

    def _why_no_profile(self, dataset: str) -> str:
        try:
            mean_profile(self.studies[dataset], self.backbone)
        except (MissingDataError, OptionError) as error:
            return str(error)
        return "not probed"

    def _all_logits(self, target: str, probe: str, recipe: str) -> tuple[np.ndarray, ...]:
        """Logits (S, G) of each seed's translator."""
        key = target, probe, recipe
        if key not in self._logits:
            trained = self._of_string if probe == methods.ON_STRING else self.trained
            read = methods.tensor_of(probe)
            self._logits[key] = trained[recipe].logits(read, self.tensors[target][read])
        return self._logits[key]

    def scores(
        self, target: str, reference: ReferenceNetwork, probe: str, recipe: str = ""
    ) -> np.ndarray:
        """Return the (R, G) scores of `probe` in the order of `reference`."""
        study, tensors = self.studies[target], self.tensors[target]
        if not recipe:
            by_token = tensors[probe].values[:, 0]
        elif probe == methods.ENSEMBLE:
            parts = (self._all_logits(target, p, recipe) for p in methods.OF_CURVES)
            by_token = combined(*map(mean_logits, parts))
        elif probe in (STACKED, methods.ON_STRING):
            by_token = combined(mean_logits(self._all_logits(target, probe, recipe)))
        else:
            by_token = mean_logits(self._all_logits(target, probe, recipe))
        return scores_for(reference, study, by_token, study.regulators)

    def by_seed(
        self, target: str, reference: ReferenceNetwork, probe: str, recipe: str
    ) -> tuple[np.ndarray, ...]:
        """Return what `scores` averages over: the (R, G) scores by each seed's translators."""
        if not recipe:
            return ()
        parts = methods.OF_CURVES if probe == methods.ENSEMBLE else (probe,)
        seeds = zip(*(self._all_logits(target, p, recipe) for p in parts))
        study = self.studies[target]
        by_token = (x[0] if len(x) == 1 else combined(*x) for x in seeds)
        return tuple(scores_for(reference, study, x, study.regulators) for x in by_token)
