"""The lab's drawings say what was read: secant and tangent, the lanes of the race, the squares."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.dashboard.charts.lab.curves import Line, Moment, gradient, response
from ugrn_core.dashboard.charts.lab.race import LANES, race
from ugrn_core.dashboard.charts.lab.virtual_cell import Cell, virtual_cell
from ugrn_core.dashboard.sections.lab import printed
from ugrn_core.dashboard.sections.lab.pictures import Pictured, sentence
from ugrn_core.dashboard.theme import LIGHT

GRID = np.array([0.0, 1.0, 2.0])
NAMES = ("SPI1", "LYZ")
SQUARE = Line("SPI1 → LYZ", GRID, GRID**2)  # v squared: slope 2 v, secant from 0 v
AT = Moment(0.0, 2.0, 4.0, 4.0)


def trace(figure, name: str):
    return next(t for t in figure.data if (t.name or "").startswith(name))


def test_the_secant_joins_both_values_and_the_tangent_has_the_gradients_slope():
    figure = response([SQUARE], AT, NAMES, LIGHT)
    secant, tangent = trace(figure, "secant"), trace(figure, "tangent")
    assert (secant.x, secant.y) == ((0.0, 2.0), (0.0, 4.0))
    (x0, x1), (y0, y1) = tangent.x, tangent.y
    assert (y1 - y0) / (x1 - x0) == pytest.approx(4.0)
    assert y0 + (2.0 - x0) * 4.0 == pytest.approx(4.0)  # it touches the curve where it is looked at


def test_without_a_change_there_is_no_secant_and_without_a_derivative_no_tangent():
    figure = response([SQUARE], Moment(1.0, 1.0, 0.0, None), NAMES, LIGHT)
    assert not [t for t in figure.data if (t.name or "").startswith(("secant", "tangent"))]


def test_finite_differences_are_marks_beside_the_exact_line():
    near = Line("finite differences", GRID, 2 * GRID + 0.01)
    figure = gradient([Line("exact", GRID, 2 * GRID)], SQUARE, near, AT, names=NAMES, palette=LIGHT)
    assert trace(figure, "finite").mode == "markers"
    assert trace(figure, "exact").mode == "lines+markers"


def test_bars_stand_in_the_lane_of_their_rank_at_every_value():
    genes = [f"G{k}" for k in range(LANES + 5)]
    size = np.arange(LANES + 5.0)
    answers = np.stack([size, -size[::-1]])  # at the second value the order is turned round
    figure = race(genes, answers, np.array([1.0, 2.0]), source="SPI1", start=0, palette=LIGHT)
    first, second = (frame.data[0] for frame in figure.frames)
    assert list(first.ids) == list(second.ids) == genes
    assert first.y[-1] == second.y[0] == 0
    assert (first.text[-1], second.text[0]) == ("G34 ▲", "G0 ▼")
    assert list(second.x) == list(size[::-1])
    assert figure.layout.yaxis.range[0] < LANES  # who is behind the last lane is out of sight


def test_a_cell_has_a_square_a_gene_and_marks_those_that_are_named():
    genes = tuple(f"G{k}" for k in range(7))
    cell = Cell(genes, np.arange(7.0), -np.arange(7.0), {"G5": "G5 at 2"})
    figure = virtual_cell(cell, 7.0, LIGHT)
    carried, answer, marks, _ = figure.data
    assert [v for v in np.ravel(carried.z) if not np.isnan(v)] == list(range(7))
    assert (answer.zmin, answer.zmax) == (-6.0, 6.0)
    row, column = int(marks.y[0]), int(marks.x[0])
    assert (carried.text[row][column], marks.text[0]) == ("G5", "G5 at 2")


@pytest.mark.parametrize(
    ("tangent", "secant", "says"),
    [
        (0.1, 1.0, "levelling off"),
        (3.0, 1.0, "beginning to rise"),
        (1.1, 1.0, "nearly a straight line"),
        (1.4, 1.0, "bends: the next step does more"),
        (0.7, 1.0, "bends: the next step does less"),
        (-0.5, 1.0, "turned back"),
        (None, 1.0, "no derivative"),
        (1.0, float("nan"), "Nothing was changed yet"),
    ],
)
def test_the_sentence_says_what_the_gradient_adds(tangent, secant, says):
    assert says in sentence(NAMES, Moment(0.0, 2.0, 4.0, tangent), secant)


def test_the_printed_figure_holds_what_the_page_shows():
    near = Line("finite differences", GRID, 2 * GRID + 0.01)
    other = Line("random (≤ 0.1)", GRID, 0 * GRID)
    shown = Pictured(NAMES, AT, [SQUARE, other], [Line("exact", GRID, 2 * GRID)], SQUARE, near)
    first, second = printed.panels(shown)
    labels = [s.label for s in first.strokes]
    assert labels == ["SPI1 → LYZ", "random (≤ 0.1)", "secant", "tangent (GDT)"]
    tangent = first.strokes[-1]
    assert np.diff(tangent.y) / np.diff(tangent.x) == pytest.approx(4.0)
    assert [s.label for s in second.strokes] == ["exact", "slope of the secant", near.label]
    made = printed.printed(shown, "run 1", "svg", "column", {"a": 1}).decode()
    assert made == printed.printed(shown, "run 1", "svg", "column", {"a": 1}).decode()
    assert all(words in made for words in ("random (≤ 0.1)", "change of LYZ", "run 1"))
    for kind, head in (("pdf", b"%PDF-"), ("png", b"\x89PNG")):
        assert printed.printed(shown, "", kind, "page", {}).startswith(head)
    alone = Pictured(NAMES, Moment(0.0, 2.0, 4.0, None), [SQUARE], [], SQUARE, None)
    assert [panel.title for panel in printed.panels(alone)] == ["Response (VVP)"]
