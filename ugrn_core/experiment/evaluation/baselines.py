"""Scores that read no backbone: controls, correlation, classical methods, corpus yardsticks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ugrn_core.benchmark import controls
from ugrn_core.classical.correlation import absolute_pearson, pearson
from ugrn_core.experiment.catalog.study import in_order_of
from ugrn_core.experiment.curves.mean_profile import NO_CELLS
from ugrn_core.experiment.evaluation.classical import ClassicalScores, classical_scores
from ugrn_core.experiment.evaluation.corpus_baselines import Corpora
from ugrn_core.experiment.evaluation.methods import CLASSICAL, CORPUS, method
from ugrn_core.types import ReferenceNetwork

if TYPE_CHECKING:
    from ugrn_core.experiment.catalog.study import Study
    from ugrn_core.settings import Settings

CORRELATIONS = {"Pearson": pearson, "|Pearson|": absolute_pearson}


@dataclass(frozen=True)
class Scored:
    """Scores (R, G), or None and the `reason`; `more` are further columns of the row. by_seed: the
    scores of each seed's translator, where there are translators. is_probability: scores are
    probabilities, in [0, 1]."""

    scores: np.ndarray | None
    reason: str = ""
    more: dict = field(default_factory=dict)
    by_seed: tuple[np.ndarray, ...] = ()
    is_probability: bool = False


NOT_ZERO_SHOT = "it would read the degrees of the network it is judged on: not zero-shot"


class BackboneFree:
    """Scorers of one run; each data set is computed once for all its networks.

    hours: core hours that one classical method may spend on one data set, None for all it takes.
    """

    def __init__(
        self, settings: Settings, corpora: Corpora | None, hours: float | None = None
    ) -> None:
        self._settings, self._corpora, self._hours = settings, corpora, hours
        self._classical: dict[tuple[str, str], ClassicalScores] = {}

    @property
    def home(self) -> Path:
        """Where what is computed once is kept."""
        return self._settings.home

    def scored(
        self,
        probe: str,
        study: Study,
        reference: ReferenceNetwork,
        sources: tuple[ReferenceNetwork, ...],
    ) -> Scored:
        """Return what `probe` says of the pairs of `reference`."""
        if probe == "popularity oracle":
            return Scored(controls.popularity(reference))
        if probe == "source degree":
            if any(s.dataset == reference.dataset for s in sources):
                return Scored(None, NOT_ZERO_SHOT)
            return Scored(controls.source_degree_transfer(sources, reference))
        if probe == "target is TF":
            return Scored(controls.target_is_tf(reference))
        kind = method(probe).kind
        if kind == CORPUS:
            scores, note = self._corpora.scores(probe, study.dataset, reference)
            return Scored(scores, more={"note": note})
        cells = study.dataset.expression
        if cells is None:
            return Scored(None, NO_CELLS)
        if kind == CLASSICAL:
            return self._by_method(probe, study, reference)
        began = time.process_time()
        scores = CORRELATIONS[probe](cells, reference)
        return Scored(scores, more={"core_seconds": time.process_time() - began})

    def _by_method(self, name: str, study: Study, reference: ReferenceNetwork) -> Scored:
        key = name, study.dataset.name
        if key not in self._classical:
            self._classical[key] = classical_scores(
                name, study.dataset, self._settings, self._hours
            )
        computed = self._classical[key]
        more = {"core_seconds": computed.core_seconds, "note": computed.note}
        if computed.scores is None:
            return Scored(None, computed.reason, more)
        return Scored(in_order_of(reference, study.dataset, computed.scores), more=more)
