"""A knock-out for commands and scripts: from a panel and the genes to drive to a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ugrn_core.experiment.biology.knock_out import DRAWS, Drive, knock_out, response_table
from ugrn_core.experiment.biology.virtual_cells import Progress, VirtualCells
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.panels import AskedPanel
from ugrn_core.types import ProbeSettings, Profile

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone


@dataclass(frozen=True, eq=False)
class KnockOutRequest:
    """Genes to drive, the regulators of `panel`'s study, in one cell. start: their value before;
    None for what the background gives them, or, in the flat cell, that of an expressed gene. end:
    their value after; None for off. draws: groups of other genes driven alike."""

    backbone: Backbone
    panel: AskedPanel
    settings: ProbeSettings
    start: float | None = None
    end: float | None = None
    draws: int = DRAWS

    def compute(self, progress: Progress | None = None) -> tuple[pd.DataFrame, dict]:
        """Return the table (see `response_table`) and its provenance as plain JSON types; raise
        what `knock_out` raises."""
        study = self.panel.study
        cells = VirtualCells(self.backbone, study.panel, self.settings)
        positions = tuple(map(int, study.panel.positions(study.regulators)))
        flat = not isinstance(self.settings.background, Profile)
        start = cells.on if self.start is None and flat else self.start
        drive = Drive(positions, start, cells.off if self.end is None else self.end)
        response = knock_out(cells, drive, draws=self.draws, progress=progress)
        shown = tuple(label for _, label, _ in study.names)
        about = probing.provenance(self.backbone, study.panel, self.settings)
        about |= {"dataset": self.panel.name, "driven": [shown[k] for k in positions]}
        about |= {"start": drive.start, "end": drive.end, "draws": response.draws}
        return response_table(response, shown), about
