"""`bench signs`: are the signs of a backbone right on the genes of each data set?

Judged on pairs whose sign is known from elsewhere: LINCS L1000's over-expression experiments
(causal), or a table of known edges. Only regulators of which such a pair is in the panel are
probed, so the mean that centring takes out is over these. `slope` is the number whose sign is the
column `sign` of edge tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ugrn_core.data.tfs import human_tfs
from ugrn_core.errors import TableError
from ugrn_core.experiment.biology.listed import human_names
from ugrn_core.experiment.biology.overexpression import LEAST, Measured
from ugrn_core.experiment.biology.signs import SLOPE, judged
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.runs.edges import edge_frame, slopes
from ugrn_core.probes.settings import default_settings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone
    from ugrn_core.experiment.catalog.study import Study
    from ugrn_core.settings import Settings

Signs = dict[tuple[str, str], int]


def signs_of(measured: Measured) -> Signs:
    """Return (regulator, target) -> +1 or -1 of the significant responses to over-expression of
    transcription factors with LEAST of them or more: `bench overexpression`'s rule."""
    strong = (measured.z != 0).sum(axis=0) >= LEAST
    known: Signs = {}
    for k, regulator in enumerate(measured.regulators):
        if strong[k] and regulator in human_tfs():
            for row in np.flatnonzero(measured.z[:, k]):
                if measured.genes[row] != regulator:
                    known[regulator, measured.genes[row]] = int(np.sign(measured.z[row, k]))
    return known


@dataclass(frozen=True, eq=False)
class SignTrial:
    """A data set's panel under a backbone, and where its curves are kept."""

    backbone: Backbone
    study: Study
    settings: Settings

    def rows(self, known: Signs, name: str) -> pd.DataFrame:
        """Return the rows of `signs.judged` on the pairs of the panel whose sign is `known`, with
        backbone, dataset and known, `name`; none where they are too few of either sign."""
        about = {"backbone": self.backbone.name, "dataset": self.study.dataset.name, "known": name}
        sources = self._sources(known)
        try:
            table = judged(self._edges(sources), known) if sources else pd.DataFrame()
        except TableError:  # too few pairs of one sign
            table = pd.DataFrame()
        return table.assign(**about)[[*about, *table.columns]]

    def _sources(self, known: Signs) -> tuple[str, ...]:
        """Return the tokens of the regulators with a known pair in the panel."""
        shown = {token: label for token, label, _ in self.study.names}
        human = human_names(shown.values())
        here = set(human.values())
        regulators = {source for source, target in known if target in here}
        return tuple(t for t in self.study.regulators if human[shown[t]] in regulators)

    def _edges(self, sources: tuple[str, ...]) -> pd.DataFrame:
        what = self.backbone, self.study.panel, sources, default_settings(self.backbone)
        tensors = probing.curve_tensors(probing.request(*what, self.settings.probes))
        frame = edge_frame(tensors, None, labels=self.study.labels)
        shown = [self.study.labels.get(g, g) for g in tensors["vvp"].genes]
        row = {self.study.labels.get(s, s): k for k, s in enumerate(tensors["vvp"].sources)}
        column = {gene: k for k, gene in enumerate(shown)}
        at = frame["source"].map(row), frame["target"].map(column)
        return frame.assign(**{SLOPE: slopes(tensors)[at]})
