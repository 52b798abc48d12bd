"""Genes left out of a drawing, and the drawing as a figure at a journal's widths."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from tests.dashboard.test_network import drawing
from ugrn_core.dashboard.figures.pair import WIDTHS
from ugrn_core.dashboard.network import figure
from ugrn_core.dashboard.sections.drawn.genes_shown import Shown, applied

PAIRS = [("TF0", "A"), ("TF0", "B"), ("A", "B"), ("B", "TF0")]


def left(**chosen) -> list[tuple[str, str]]:
    every = drawing(PAIRS, "TF0")
    shown = applied(every, Shown(**chosen))
    assert shown.frame == every.frame
    assert all(shown.positions[gene] == every.positions[gene] for gene in shown.positions)
    assert set(shown.positions) == {*shown.edges["source"], *shown.edges["target"]}
    return list(zip(shown.edges["source"], shown.edges["target"]))


def test_chosen_genes_stay_with_the_centre_and_hidden_ones_go():
    assert left() == PAIRS
    assert left(hidden=("B",)) == [("TF0", "A")]
    assert left(only=("B",)) == [("TF0", "B"), ("B", "TF0")]
    assert left(only=("A", "B"), hidden=("A",)) == [("TF0", "B"), ("B", "TF0")]
    assert left(only=("A",), hidden=("A",)) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_figure_has_the_width_of_a_column_or_a_page_and_its_names_as_text(width):
    pairs = [(source, target.replace("A", "<b>$x_1$")) for source, target in PAIRS]
    what = drawing(pairs, "TF0")
    made = figure.figure(what, "svg", width, "run 1", {"date": "today"})
    assert made == figure.figure(what, "svg", width, "run 1", {"date": "today"})
    root = ET.fromstring(made)
    assert float(root.get("width").removesuffix("pt")) == pytest.approx(WIDTHS[width] * 72 / 25.4)
    words = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"TF0", "B", "<b>$x_1$", "regulator", "run 1"} <= set(words)


def test_every_format_of_the_figure_is_what_it_says():
    what = drawing(PAIRS, "TF0", status=["hit", "extra", "missed", "hit"])
    assert figure.figure(what, "pdf", "column", "", {}).startswith(b"%PDF-")
    with Image.open(io.BytesIO(figure.figure(what, "png", "column", "", {}))) as image:
        assert image.size[0] == pytest.approx(85 / 25.4 * 600, abs=1)
