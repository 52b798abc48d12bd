"""A pair's figure is what its format says, at the width a journal asks for, the same every time."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from ugrn_core.dashboard.figures.pair import DOTS, WIDTHS, Pair, figure
from ugrn_core.experiment.runs.results import PairCurves

UP = np.linspace(0, 1, 4)
CURVES = PairCurves(UP, UP, UP * 2, -UP, -UP, UP - 1, UP + 1, UP - 2, UP + 2)
PAIR = Pair(("SPI1", "a$b$_<i>"), 0.25, "run 0123")
TOLD = {"run_id": "0123", "backbone": "tiny"}


@pytest.mark.parametrize("width", WIDTHS)
def test_a_png_has_the_width_and_the_provenance(width):
    with Image.open(io.BytesIO(figure(CURVES, PAIR, "png", width, TOLD))) as image:
        assert image.width == pytest.approx(WIDTHS[width] / 25.4 * DOTS, abs=2)
        assert '"run_id": "0123"' in image.info["Description"]


def test_an_svg_keeps_text_as_text_and_its_names_letter_by_letter():
    text = figure(CURVES, PAIR, "svg", "page", TOLD).decode()
    assert "a$b$_&lt;i&gt;" in text
    assert "Gradient (GDT)" in text
    wide = float(re.search(r'width="([\d.]+)pt"', text)[1])
    assert wide == pytest.approx(174 / 25.4 * 72, abs=0.5)
    assert text.encode() == figure(CURVES, PAIR, "svg", "page", TOLD)


def test_a_pdf_is_one_and_a_backbone_without_derivative_has_one_panel():
    assert figure(CURVES, PAIR, "pdf", "column", TOLD).startswith(b"%PDF-")
    bare = PairCurves(UP, UP, None, None, None)
    assert "Gradient" not in figure(bare, PAIR, "svg", "column", TOLD).decode()
