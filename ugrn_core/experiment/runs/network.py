"""The ranked network of a panel, for commands and scripts: every regulator-target pair, one table.

What the dashboard's runs are without a folder of their own: the same store, translators and table.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from ugrn_core.experiment.catalog import translators
from ugrn_core.experiment.curves import probing, screening
from ugrn_core.experiment.curves.filling import HERE, How, fill, screened_by
from ugrn_core.experiment.curves.panels import AskedPanel
from ugrn_core.experiment.references import cards, known, measured
from ugrn_core.experiment.references.judging import sign_scores
from ugrn_core.experiment.runs import worth
from ugrn_core.experiment.runs.edges import edge_frame
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import Settings
from ugrn_core.translators.translator_set import TranslatorSet
from ugrn_core.types import ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone


@dataclass(frozen=True, eq=False)
class NetworkRequest:
    """A network that is asked for. panel: its genes, with the regulators in its study. translator:
    its name, None for the default one. top: edges to keep, None for all. references: names of
    those whose edges the table marks, beside the data set's own.

    Names are looked up when they are needed: UnknownNameError, CheckpointError.
    """

    backbone: Backbone
    panel: AskedPanel
    settings: Settings
    how: How = HERE
    translator: str | None = None
    top: int | None = None
    references: tuple[str, ...] = ()

    @cached_property
    def scored_by(self) -> TranslatorSet | None:
        """The translator that fits the number of regulators asked for; None where there is none."""
        return self._translator(len(self.panel.study.regulators))

    @cached_property
    def probe_settings(self) -> ProbeSettings:
        """How the virtual cells are made: as the translator was trained."""
        return self.scored_by.settings if self.scored_by else default_settings(self.backbone)

    @cached_property
    def known(self) -> known.Known:
        """What the references know of the panel's pairs; raise UnknownNameError."""
        study = self.panel.study
        named = [
            cards.named(name, self.settings, study.dataset.species) for name in self.references
        ]
        return known.of_study(self.settings, study, named)

    @property
    def n_edges(self) -> int:
        """How many edges the table will have."""
        study, share = self.panel.study, self.how.screen
        driven = len(study.regulators)
        count = screening.passing(driven, share) if share else driven
        return min(count * (len(study.panel) - 1), self.top or sys.maxsize)

    def compute(self) -> tuple[pd.DataFrame, dict] | None:
        """Return the edge table (see `edges.edge_frame`), best first, and its provenance as plain
        JSON types; None where only an estimate was asked for. Finished sources are reused.

        Raises ClusterError, StorageError, MissingDataError (no PyTorch), Cancelled.
        """
        study, net, store = self.panel.study, self.backbone, self.settings.probes
        request = probing.request(net, study.panel, study.regulators, self.probe_settings, store)
        request, screened = screened_by(request, self.settings, self.how)
        if not fill(request, self.settings, self.how):
            return None
        chosen = self._translator(len(request.sources))  # a screen's few
        tensors = probing.tensors_for(request, tuple(chosen.members) if chosen else ())
        named = study.labels, study.as_given
        own = study.dataset.references
        frame = edge_frame(tensors, chosen, own, *named)
        frame = known.with_known(frame, self.known)
        about = probing.provenance(net, study.panel, self.probe_settings)
        about |= screened | _scored(chosen, net) | {"dataset": self.panel.name}
        about["worth"] = worth.measured(tensors, frame, own, study.labels)
        about["worth"] |= self._signs(frame, about["worth"]["sign"])
        if not about["worth"][measured.SHOWN]:
            frame = measured.without_signs(frame)
        return frame if self.top is None else frame.head(self.top), about

    def _signs(self, frame: pd.DataFrame, own: dict) -> dict:
        judged = own | (sign_scores(self.known, frame) if self.known.signs else {})
        name = self.panel.study.dataset.name
        elsewhere = measured.measured_elsewhere(self.settings, self.backbone.name, name)
        return measured.told(judged, elsewhere)

    def _translator(self, driven: int) -> TranslatorSet | None:
        net = self.backbone
        known_as = self.settings, net.name, net.checksum, self.translator
        return translators.load(*known_as, driven, tangents=net.defaults.differentiable)


def _scored(translator: TranslatorSet | None, net: Backbone) -> dict[str, str]:
    if translator is None:
        raw = probing.raw_score(net)
        peak = {"gdt": "gdt_peak", "vvp": "vvp_effect"}[raw]
        return {"translator": f"none: ranked by |{peak}|", "probe": raw}
    return {"translator": translator.name, "probe": translator.probe}
