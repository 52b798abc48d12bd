"""Where the knobs stand, and the values they ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.probes.analytic import AnalyticBackbone
from tests.probes.ranked import RankBackbone
from ugrn_core.errors import GridError
from ugrn_core.experiment.lab import knobs as turning
from ugrn_core.experiment.lab.knobs import Knobs
from ugrn_core.types import Panel, ProbeSettings, ValueScale

SMOOTH, RANKS = AnalyticBackbone.defaults, RankBackbone.defaults
PANEL = Panel(("A", "B", "C"))


def test_eight_values_over_the_default_range_are_the_default_grid():
    assert turning.values(SMOOTH, (0.0, 5.0), 8) == SMOOTH.grid
    assert turning.values(RANKS, (0.0, 7.0), 8) == RANKS.grid


@pytest.mark.parametrize("count", range(1, 17))
def test_any_number_of_values_fills_the_span(count):
    grid = turning.values(SMOOTH, (1.0, 3.0), count)
    assert len(set(grid)) == count
    assert grid[-1] == 3.0
    assert count == 1 or grid[0] == 1.0
    assert list(grid) == sorted(grid)
    assert all(float(f"{v:g}") == v for v in grid)


def test_whole_numbers_stay_whole_and_are_named_once():
    assert turning.values(RANKS, (2.0, 4.0), 16) == (2.0, 3.0, 4.0)


def test_an_empty_span_is_refused():
    with pytest.raises(GridError, match="lowest value must be below"):
        turning.values(SMOOTH, (2.0, 2.0), 8)


def test_values_around_stay_within_the_range():
    near = turning.around((0.0, 2.0, 5.0), 0.1, (0.0, 5.0))
    np.testing.assert_allclose(near, [[0.0, 0.1], [1.9, 2.1], [4.9, 5.0]])
    every = turning.together((0.0, 2.0, 5.0), near)
    assert every == (0.0, 0.1, 1.9, 2.0, 2.1, 4.9, 5.0)
    np.testing.assert_array_equal(turning.places(every, near), [[0, 1], [2, 4], [5, 6]])


def test_a_held_gene_is_the_one_place_where_the_background_differs():
    knobs = replace(turning.as_in_paper(SMOOTH), held="B", held_at=2.0)
    flat = turning.settings(knobs, PANEL, (1.0,), None)
    np.testing.assert_array_equal(flat.background.array(), [0.5, 2.0, 0.5])
    real = turning.settings(knobs, PANEL, (1.0,), np.array([0.1, 0.2, 0.3]))
    np.testing.assert_array_equal(real.background.array(), [0.1, 2.0, 0.3])
    alone = turning.settings(replace(knobs, held=""), PANEL, (1.0,), None)
    assert alone.background.identity() == {"baseline": 0.5}


def test_hidden_targets_leave_what_is_held_and_a_background_in_sight():
    hidden = replace(turning.as_in_paper(SMOOTH), readout="masked")
    assert turning.settings(hidden, PANEL, (1.0,), None).background.identity() == {"baseline": 0.5}
    held = replace(hidden, held="B", held_at=2.0)
    alone = turning.settings(held, PANEL, (1.0,), None).background
    assert (alone.folds, alone.shown) == (1, (1,))
    assert alone.part(0, -1.0).array().tolist() == [-1.0, 2.0, -1.0]
    real = turning.settings(held, PANEL, (1.0,), np.array([0.1, 0.2, 0.3])).background
    assert (real.folds, real.shown) == (3, (1,))  # as many parts as there are genes
    assert real.part(0, -1.0).array().tolist() == [-1.0, 2.0, 0.3]
    assert real.part(1, -1.0).array().tolist() == [0.1, 2.0, 0.3]
    only_masked = replace(SMOOTH, readouts=("masked",))
    there = turning.for_backbone(replace(held, background="mean"), SMOOTH, only_masked)
    assert (there.readout, there.held, there.background) == ("masked", "", "flat")


def test_the_paper_is_visible_flat_and_eight_and_a_run_is_as_its_settings():
    paper = turning.as_in_paper(replace(SMOOTH, readouts=("masked", "visible")))
    assert paper == Knobs(baseline=0.5, span=(0.0, 5.0), m=8, t=8, readout="visible")
    told = ProbeSettings(0.5, SMOOTH.grid, readout="masked", cls=None)
    run = turning.as_in_runs(told, SMOOTH)
    assert (run.readout, run.cls, run.m) == ("masked", None, 8)


def test_presets_offer_what_the_backbone_can():
    told = ProbeSettings(0.5, SMOOTH.grid, readout="masked")
    titles = {"flat": "flat", "mean": "mean of the cells"}
    smooth = turning.presets(told, SMOOTH, titles)
    assert next(iter(smooth)) == "What the paper did"
    assert smooth["GDT at 2 of 8 values"].t == 2
    assert smooth["Background: mean of the cells"].background == "mean"
    assert smooth["Without the <cls> token"].cls is None
    ranks = turning.presets(ProbeSettings(3.0, RANKS.grid, cls=None), RANKS, {"flat": "flat"})
    assert "VVP at 1 of 8 values" in ranks
    assert not any("GDT" in name or "cls" in name or "Sixteen" in name for name in ranks)


def test_knobs_are_carried_to_another_scale_by_their_share_of_the_grid():
    mine = turning.as_in_paper(SMOOTH)
    same = turning.for_backbone(replace(mine, readout="generative"), SMOOTH, SMOOTH)
    assert same == replace(mine, readout="visible")
    bins = replace(SMOOTH, value_range=(0.0, 50.0), grid=(0.0, 50.0), value_scale=ValueScale.BIN)
    there = turning.for_backbone(replace(mine, held="B", held_at=1.0, step=0.1), SMOOTH, bins)
    assert (there.baseline, there.span, there.held_at) == (5.0, (0.0, 50.0), 10.0)
    assert there.step == pytest.approx(1.0)
    ranked = turning.for_backbone(replace(mine, step=0.1), SMOOTH, RANKS)
    assert (ranked.span, ranked.cls, ranked.step) == ((0.0, 7.0), None, 0.0)
    assert ranked.baseline == round(ranked.baseline)


def test_places_are_absent_the_back_and_evenly_to_the_front():
    assert turning.shares(8) == (0.0, 1e-4, *(pytest.approx(k / 6, abs=1e-4) for k in range(1, 7)))
    assert turning.shares(1) == (1.0,)
    assert turning.shares(2) == (0.0, 1.0)
    assert turning.shares(3) == (0.0, 1e-4, 1.0)
