"""Figures hold the numbers they were given, and no markup."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ugrn_core.dashboard.charts.attribution import named_bars, value_bars
from ugrn_core.dashboard.charts.cells import expression_scatter
from ugrn_core.dashboard.charts.curves import CurvePanel, pair_curve
from ugrn_core.dashboard.charts.scores import accuracy_map, forest, network_forest
from ugrn_core.dashboard.theme import DARK, LIGHT, faded, palette

GRID = np.array([0.0, 1.0, 2.0])
NAMES = ("<b>A</b>", "B")


def panel(reverse: bool = True) -> CurvePanel:
    up = np.array([0.0, 0.5, 1.0])
    null, random = (up - 2, up + 2), (up - 0.1, up + 0.1)
    return CurvePanel("VVP", "change", "#00716B", up, -up if reverse else None, null, random)


def curves(reverse: bool = True):
    return pair_curve(GRID, panel(reverse), NAMES, 0.0, LIGHT)


def lines(figure) -> list:
    return [t for t in figure.data if t.mode == "lines+markers" and t.x[0] is not None]


def test_curves_and_reverse_are_drawn_on_the_grid():
    drawn = lines(curves())
    assert len(drawn) == 2
    for trace in drawn:
        np.testing.assert_array_equal(trace.x, GRID)
    other = [t for t in drawn if t.marker.symbol == "diamond-open"]
    np.testing.assert_array_equal(other[0].y, [0.0, -0.5, -1.0])
    assert len(lines(curves(reverse=False))) == 1


def test_the_departure_from_the_expected_curve_is_shaded():
    expected = np.array([0.0, 0.4, 0.8])
    figure = pair_curve(GRID, replace(panel(), expected=expected), NAMES, 0.0, LIGHT)
    drawn = [t for t in figure.data if t.x[0] is not None]
    dashed, forward = drawn[-2:]
    assert dashed.line.dash == "dash"
    np.testing.assert_array_equal(dashed.y, expected)
    assert forward.fill == "tonexty"
    assert not [t for t in curves().data if t.fill == "tonexty"]


def test_the_band_runs_up_one_side_and_down_the_other():
    band = next(t for t in curves().data if t.fill == "toself")
    np.testing.assert_array_equal(band.y, [2, 2.5, 3, -1, -1.5, -2])


def test_the_legend_says_each_thing_once():
    names = [t.name for t in curves().data if t.showlegend is not False]
    assert len(names) == len(set(names)) == 4


def test_the_band_of_random_weights_is_drawn_apart_from_that_of_the_panel():
    dotted = [t for t in curves().data if t.line.dash == "dot" and t.x[0] is not None]
    assert len(dotted) == 1
    np.testing.assert_allclose(dotted[0].y, [0.1, 0.6, 1.1, 0.9, 0.4, -0.1])
    assert dotted[0].fill is None


def test_no_markup_reaches_plotly():
    text = curves().to_json() + expression_scatter(GRID, GRID, None, NAMES, LIGHT).to_json()
    assert "<b>A" not in text
    assert "\\u2039b\\u203aA" in text or "‹b›A" in text


def test_named_bars_differ_by_hatch_too():
    bars = named_bars(("a", "b", "c"), np.array([0.5, -0.5, 0.0]), LIGHT).data[0]
    np.testing.assert_array_equal(bars.x, [0.5, -0.5, 0.0])
    assert list(bars.marker.pattern.shape) == ["", "/", ""]


def test_value_bars_stack_both_curves_over_the_grid():
    both = {"vvp": np.array([0.0, 0.1, 0.2]), "gdt": np.array([0.3, -0.1, 0.0])}
    figure = value_bars(GRID, both, "<b>A", LIGHT)
    assert figure.layout.barmode == "relative"
    assert [list(t.x) for t in figure.data] == [["0", "1", "2"]] * 2
    np.testing.assert_array_equal(figure.data[1].y, both["gdt"])
    assert figure.data[0].marker.pattern.shape != figure.data[1].marker.pattern.shape
    assert "<b>A" not in figure.to_json()


def test_cells_are_split_by_label_largest_first():
    labels = np.array(["b", "a", "a"])
    figure = expression_scatter(GRID, GRID + 1, labels, ("A", "B"), DARK)
    assert [t.name for t in figure.data] == ["a (2)", "b (1)"]
    np.testing.assert_array_equal(figure.data[0].y, [2.0, 3.0])
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol


def test_many_labels_are_few_that_can_be_told_apart():
    labels = np.array([f"type {k}" for k in range(12) for _ in range(12 - k)])
    cells = np.arange(len(labels), dtype=float)
    dots = expression_scatter(cells, cells, labels, ("A", "B"), DARK).data
    assert [t.name for t in dots][-2:] == ["type 5 (7)", "6 smaller groups (21)"]
    assert len({t.marker.color for t in dots}) == len({t.marker.symbol for t in dots}) == 7
    assert sum(len(t.x) for t in dots) == len(labels)


def test_map_leaves_unmeasured_cells_blank():
    table = pd.DataFrame({"GDT": [0.7, np.nan], "VVP": [0.6, 0.5]}, index=["x", "y"])
    heat = accuracy_map(table, LIGHT).data[0]
    assert [list(row) for row in heat.text] == [[".70", ".60"], ["", ".50"]]


def test_forest_draws_intervals_around_the_number_and_marks_published():
    rows = pd.DataFrame(
        {
            "method": ["GDT", "oracle", "GDT"],
            "kind": ["probe", "control", "published"],
            "auprc": [0.7, 0.95, 0.9],
            "auprc_low": [0.65, 0.9, np.nan],
            "auprc_high": [0.77, 0.97, np.nan],
        }
    )
    probe, control, published = forest(rows, 0.5, LIGHT).data
    np.testing.assert_allclose(probe.error_x.array, [0.07])
    np.testing.assert_allclose(probe.error_x.arrayminus, [0.05])
    np.testing.assert_allclose(published.error_x.array, [0.0])
    assert "published" in published.name
    assert "not measured here" in published.name
    assert len({t.marker.symbol for t in (probe, control, published)}) == 3


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, two: str) -> float:
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


def test_palettes_are_legible_on_their_surface():
    for theme in ("light", "dark"):
        p = palette(theme)
        assert contrast(p.text, p.surface) >= 7
        assert contrast(p.muted, p.surface) >= 4.5
        for name in ("vvp", "gdt", "activates", "represses", "hit", "missed", "regulator"):
            assert contrast(getattr(p, name), p.surface) >= 3, (theme, name)
    assert palette(None) == LIGHT


def test_faded():
    assert faded("#FF8000", 0.5) == "rgba(255,128,0,0.5)"


def test_a_networks_tests_stand_beside_chance_and_the_yardstick():
    main = pd.DataFrame({"dataset": ["mDC", "mESC"], "auprc": [0.7, 0.6], "method": "Stacked"})
    main = main.assign(auprc_low=[0.65, 0.5], auprc_high=[0.75, 0.7], prevalence=0.5)
    rival = main.assign(auprc=[0.68, 0.55], method="corpus SVD")
    extra = rival.assign(dataset="elsewhere", auprc=0.99)
    figure = network_forest(main, pd.concat([rival, extra]), "<i>ChIP</i>", "co-exp", LIGHT)
    chance, other, mine = figure.data
    assert list(chance.x) == [0.5, 0.5]
    assert list(other.x) == [0.68, 0.55]  # of tests that were measured alone
    assert other.error_x.array is None
    assert list(mine.error_x.arrayminus) == pytest.approx([0.05, 0.1])
    assert "<" not in figure.layout.annotations[0].text
