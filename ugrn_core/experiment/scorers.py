"""Translators of one source network, and the scores they give on other data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.experiment import probing
from ugrn_core.experiment.datasets import Study, scores_for
from ugrn_core.experiment.messages import progress_bar
from ugrn_core.experiment.plan import RECIPES
from ugrn_core.experiment.trained import Source, Trained
from ugrn_core.experiment.workers import fill_store
from ugrn_core.probes import PROBES
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import Settings
from ugrn_core.translators.ensemble import combined
from ugrn_core.types import ProbeTensor, ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.plan import Plan


def probed(
    backbone: Backbone, study: Study, settings: Settings, curves: bool = True
) -> dict[str, ProbeTensor]:
    """Return the tensors of a study's regulators: emb, emb-cosine, and vvp and gdt if `curves`."""
    chosen = default_settings(backbone)
    what = backbone, study.panel, study.regulators, chosen, settings.probes
    if curves:
        with progress_bar(f"probing {study.dataset.title}") as progress:
            fill_store(probing.request(*what, progress=progress), settings.probes, settings.workers)
    asked = probing.request(*what)
    names = ("vvp", "gdt", "emb", "emb-cosine") if curves else ("emb", "emb-cosine")
    return {name: PROBES[name]()(asked) for name in names}


class Scorers:
    """The scores that one backbone gives, with translators trained on `source` by each recipe."""

    def __init__(
        self,
        plan: Plan,
        backbone: Backbone,
        studies: dict[str, Study],
        tensors: dict[str, dict[str, ProbeTensor]],
        source: ReferenceNetwork,
    ) -> None:
        self.plan, self.backbone, self.studies = plan, backbone, studies
        self.tensors, self.source = tensors, source
        self.settings = default_settings(backbone)
        of_source = Source(source, studies[plan.source], tensors[plan.source])
        self.trained = {
            name: Trained(plan, backbone, of_source, RECIPES[name]) for name in plan.recipes
        }
        self._logits: dict[tuple[str, str, str], np.ndarray] = {}

    def seen(self, target: str, reference: ReferenceNetwork) -> np.ndarray:
        """Return (G,) bool: did the gene, by token, occur in training by any recipe?"""
        known = frozenset().union(*(t.training_tokens for t in self.trained.values()))
        tokens = self.studies[target].tokens
        return np.array([tokens.get(g) in known for g in reference.genes])

    def _all_logits(self, target: str, probe: str, recipe: str) -> np.ndarray:
        key = target, probe, recipe
        if key not in self._logits:
            self._logits[key] = self.trained[recipe].logits(probe, self.tensors[target][probe])
        return self._logits[key]

    def scores(
        self, target: str, reference: ReferenceNetwork, probe: str, recipe: str = ""
    ) -> np.ndarray:
        """Return the (R, G) scores of `probe` in the order of `reference`."""
        study, tensors = self.studies[target], self.tensors[target]
        if not recipe:
            by_token = tensors[probe].values[:, 0]
        elif probe == "ensemble":
            by_token = combined(*(self._all_logits(target, p, recipe) for p in ("vvp", "gdt")))
        else:
            by_token = self._all_logits(target, probe, recipe)
        return scores_for(reference, study, by_token, study.regulators)
