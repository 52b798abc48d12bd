"""Which pathway drives a pair: a model in which one set gates the response is found out."""

from __future__ import annotations

import numpy as np
import pytest

from tests.experiment.biology.test_knock_out import PANEL, Additive, cells_of
from ugrn_core.enrichment.membership import membership
from ugrn_core.errors import PanelError
from ugrn_core.experiment.biology.pathway_of_pair import Pair, held_value, pathways
from ugrn_core.experiment.biology.virtual_cells import VirtualCells
from ugrn_core.probes.settings import default_settings

SETS = {"gate": PANEL.genes[4:9], "other": PANEL.genes[10:16], "with both": PANEL.genes[:6]}
PAIR = Pair(0, 1)


class Gated(Additive):
    """The response of gene 1 to gene 0 is halved for each of the genes 4 to 8 that is off."""

    def reconstruct(self, panel, values, readout="visible", cls=0.0):
        gate = 0.5 ** (values[:, 4:9] == 0).sum(dim=1)
        out = values * 0.0
        out[:, 1] = values[:, 0] * gate
        return out


def test_the_set_that_gates_a_pair_is_found(backbone):
    settings = default_settings(backbone, readout="visible", baseline=1.0, dtype="float64")
    cells = VirtualCells(Gated(backbone), PANEL, settings)
    base, table = pathways(cells, PAIR, membership(PANEL.genes, SETS))
    assert base == pytest.approx(cells.high)
    first = table.set_index("set").loc["gate"]
    assert first["response"] == pytest.approx(cells.high * 0.5**5)
    assert first["share"] == pytest.approx(0.5**5 - 1)
    assert first["change"] < first["ordinary"]
    by_set = table.set_index("set")
    assert by_set.loc["other", "change"] == 0
    assert by_set.loc["with both", "size"] == 4
    assert by_set.loc["with both", "holds"] == "regulator and target"


def test_in_a_masked_cell_a_set_is_shown_as_expressed(backbone):
    cells = cells_of(backbone, readout="masked")
    assert held_value(cells) == cells.on
    members = membership(PANEL.genes, SETS)
    base, table = pathways(cells, PAIR, members)
    held = {k: cells.on for k in range(10, 16)}
    rows = [cells.cell(held | {0: v}) for v in (cells.off, cells.high)]
    low, high = cells.outputs(np.array(rows))[:, 1]
    shown = table.set_index("set").loc["other"]
    assert shown["response"] == pytest.approx(high - low)
    assert shown["change"] == pytest.approx(high - low - base)


def test_sets_of_another_background_are_refused(backbone):
    members = membership(PANEL.genes[:12], SETS, smallest=2)
    with pytest.raises(PanelError, match="all genes of the panel"):
        pathways(cells_of(backbone), PAIR, members)
