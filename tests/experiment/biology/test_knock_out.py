"""Knock-outs: one gene's is its VVP, two add up where the model is additive."""

from __future__ import annotations

import numpy as np
import pytest

from tests.experiment.conftest import GENES
from ugrn_core.errors import GridError, PanelError
from ugrn_core.experiment.biology.knock_out import Drive, knock_out, response_table
from ugrn_core.experiment.biology.virtual_cells import VirtualCells
from ugrn_core.probes.settings import default_settings
from ugrn_core.probes.virtual_cell import response_curves
from ugrn_core.types import Panel, Profile

PANEL = Panel(GENES[:20])


def cells_of(backbone, **settings) -> VirtualCells:
    chosen = default_settings(backbone, dtype="float64", **settings)
    return VirtualCells(backbone, PANEL, chosen)


@pytest.mark.parametrize("readout", ["visible", "masked"])
def test_one_gene_is_its_vvp(backbone, readout):
    cells = cells_of(backbone, readout=readout)
    curves = response_curves(backbone, PANEL, ("SPI1",), cells.settings)
    at = int(PANEL.positions(["SPI1"])[0])
    grid = cells.settings.grid
    up = knock_out(cells, Drive((at,), None, grid[-1]), draws=3)
    np.testing.assert_allclose(up.effect, curves.vvp[0, -1], atol=1e-9)
    down = knock_out(cells, Drive((at,), grid[-1], grid[0]), draws=3)
    np.testing.assert_allclose(down.effect, curves.vvp[0, 0] - curves.vvp[0, -1], atol=1e-9)
    np.testing.assert_allclose(up.beyond_sum, 0)


def test_ordinary_effects_are_those_of_other_genes(backbone):
    cells = cells_of(backbone)
    one = knock_out(cells, Drive((1,), 2.0, 0.0), draws=19)
    each = [knock_out(cells, Drive((k,), 2.0, 0.0), draws=0).effect for k in range(20) if k != 1]
    np.testing.assert_allclose(one.ordinary, np.mean(each, axis=0), atol=1e-9)
    np.testing.assert_allclose(one.spread, np.std(each, axis=0, ddof=1), atol=1e-9)
    table = response_table(one, PANEL.genes)
    assert len(table) == 19
    assert "SPI1" not in set(table["gene"])
    assert table["z"].abs().is_monotonic_decreasing


class Additive:
    """A backbone whose output is a sum over the genes that are shown, but for one product."""

    name, is_control = "additive", False

    def __init__(self, backbone):
        self.defaults, self.vocabulary = backbone.defaults, backbone.vocabulary

    def reconstruct(self, panel, values, readout="visible", cls=0.0):
        sums = values.sum(dim=1, keepdim=True).repeat(1, len(panel))
        sums[:, 5] += values[:, 0] * values[:, 1]
        return sums


def test_two_genes_depart_from_the_sum_where_they_interact(backbone):
    cells = VirtualCells(
        Additive(backbone),
        PANEL,
        default_settings(backbone, readout="visible", baseline=0.0, dtype="float64"),
    )
    both = knock_out(cells, Drive((0, 1), 0.0, 2.0), draws=4)
    expected = np.zeros(20)
    expected[5] = 4.0  # 2 times 2, and nothing of it when one of them is 0
    np.testing.assert_allclose(both.beyond_sum, expected, atol=1e-12)
    np.testing.assert_allclose(both.effect[7], 4.0)
    table = response_table(both, PANEL.genes).set_index("gene")
    assert table.loc[GENES[5], "beyond_sum"] == pytest.approx(4.0)
    assert table.loc[GENES[5], "alone_1"] == pytest.approx(2.0)
    assert len(table) == 18


def test_in_a_profile_a_gene_starts_from_its_own_value(backbone):
    values = tuple(np.linspace(0, 2, 20))
    cells = cells_of(backbone, background=Profile("my cells", values), readout="visible")
    silent = knock_out(cells, Drive((0,), None, 0.0), draws=2)
    np.testing.assert_allclose(silent.effect, 0, atol=1e-12)  # it carries 0 already
    loud = knock_out(cells, Drive((19,), None, 0.0), draws=2)
    assert np.abs(loud.effect).max() > 1e-6
    # Ordinary is what genes about as much expressed do: those at its side, not the silent ones.
    near = [knock_out(cells, Drive((k,), None, 0.0), draws=0).effect for k in (17, 18)]
    np.testing.assert_allclose(loud.ordinary, np.mean(near, axis=0), atol=1e-12)


def test_what_cannot_be_driven_is_said(backbone):
    cells = cells_of(backbone)
    for bad in ((), (1, 1), tuple(range(20))):
        with pytest.raises(PanelError, match="Name the genes to drive"):
            knock_out(cells, Drive(bad, None, 0.0))
    with pytest.raises(GridError, match="must lie in"):
        knock_out(cells, Drive((1,), 0.0, 1e6))
    with pytest.raises(GridError, match="are at 2: nothing changes"):
        knock_out(cells, Drive((1,), 2.0, 2.0))
