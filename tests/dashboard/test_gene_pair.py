"""Sentences about a pair, and gene lists as people paste them."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ugrn_core.dashboard import text as words
from ugrn_core.dashboard.sections import gene_pair
from ugrn_core.dashboard.sections.pair import curves as pair_curves
from ugrn_core.dashboard.sections.regulators import shown_columns
from ugrn_core.errors import MissingDataError, PanelError
from ugrn_core.experiment.catalog import gene_lists

NAMES = ("SPI1", "JUN")
GRID = np.array([0.0, 1.0, 2.0])


def row(rank: int, pairs: int, **changed) -> dict:
    percentile = 100 * (pairs - rank + 1) / pairs
    given = {"source": "SPI1", "target": "JUN", "rank": rank, "percentile": percentile}
    return given | {"sign": 1, "probability": 0.5} | changed


@pytest.mark.parametrize(
    ("rank", "pairs", "says"),
    [
        (1, 110, "SPI1 is a strong candidate to act on JUN**: rank 1 of 110 pairs, the top 0.91"),
        (5, 110, "is a candidate"),
        (20, 110, "is a weak candidate"),
        (60, 110, "no reason to think that SPI1 acts on JUN**: rank 60 of 110 pairs."),
        (1, 10**6, "the top 0.01 %"),
    ],
)
def test_the_verdict_goes_by_the_place_among_all_pairs(rank, pairs, says):
    assert says in gene_pair.verdict(row(rank, pairs), pairs)


def test_the_verdict_says_what_ranks_without_a_translator():
    unscored = row(1, 110, probability=math.nan)
    assert "GDT peak" in gene_pair.verdict(unscored | {"gdt_peak": 0.2}, 110)
    assert "response (VVP)" in gene_pair.verdict(unscored, 110)  # a backbone without derivative
    assert "<b>" not in gene_pair.verdict(row(1, 110, source="<b>"), 110).replace("\\<b\\>", "")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.61234, "0.61"), (0.0, "0"), (-0.25, "-0.25"), (0.000118, "1.2 × 10⁻⁴"), (math.nan, "–")],
)
def test_small_numbers_stay_readable(value, shown):
    assert words.plain_number(value) == shown


def test_the_curve_sentence_names_the_largest_change():
    text = pair_curves.curve_sentence(NAMES, GRID, np.array([0.0, -0.3, 0.2]), 0)
    assert "Setting SPI1 to 1 lowers" in text
    assert "by 0.3" in text
    assert "nothing stands out" in text
    assert "at 2 of 3 values" in pair_curves.curve_sentence(NAMES, GRID, GRID, 2)
    assert "does not change" in pair_curves.curve_sentence(NAMES, GRID, 0 * GRID, None)


def test_the_reverse_sentence_compares():
    assert "without a direction" in pair_curves.reverse_sentence(NAMES, 0.80, 0.78, True)
    assert "scores less (0.10)" in pair_curves.reverse_sentence(NAMES, 0.80, 0.10, True)
    assert "scores more (0.90)" in pair_curves.reverse_sentence(NAMES, 0.80, 0.90, True)
    assert "no regulator here" in pair_curves.reverse_sentence(NAMES, 0.80, math.nan, False)


def test_counting_values_outside_the_band():
    curves = SimpleNamespace(
        vvp=np.array([0.0, 2.0, -2.0]), null_vvp_low=-np.ones(3), null_vvp_high=np.ones(3)
    )
    assert pair_curves.outside_null(curves) == 2
    assert (
        pair_curves.outside_null(SimpleNamespace(**{**vars(curves), "null_vvp_low": None})) is None
    )


def test_the_table_names_references_the_chosen_one_first():
    found = pd.DataFrame(
        {
            "source": ["A", "B"],
            "target": ["X", "X"],
            "probability": [0.9, 0.1],
            "rank": [1, 2],
            "percentile": [100.0, 50.0],
            "sign": [1, -1],
            "vvp_effect": [0.1, 0.2],
            "gdt_peak": [0.1, 0.2],
            "reverse_probability": [math.nan, math.nan],
            "in_ChIP": [True, False],
            "in_STRING": [True, False],
        }
    )
    shown = shown_columns(found, "target", "STRING")
    assert list(shown["known"]) == ["STRING, ChIP", "–"]
    assert list(shown["gene"]) == ["A", "B"]
    assert list(shown["sign"]) == ["▲ activates", "▼ represses"]
    assert "reverse_probability" not in shown  # nothing in it


@pytest.mark.parametrize("text", ["SPI1,JUN", "SPI1\nJUN\n", "SPI1; JUN", "SPI1 JUN SPI1"])
def test_gene_lists_are_read_however_they_are_separated(text):
    assert tuple(dict.fromkeys(gene_lists.read_pasted(text).genes)) == ("SPI1", "JUN")


@pytest.mark.parametrize(
    "text", ["", "SPI1", "<b>x</b> SPI1", "=A1 SPI1", "-1+1 SPI1", "../x SPI1", "A" * 300_000]
)
def test_what_is_no_gene_list_is_refused(text):
    with pytest.raises(PanelError):
        gene_lists.read_pasted(text)


def test_a_list_is_kept_under_its_own_name(tmp_path):
    mark = gene_lists.keep(tmp_path, ("SPI1", "JUN"))
    assert gene_lists.kept(tmp_path, mark) == ("SPI1", "JUN")
    assert gene_lists.keep(tmp_path, ("SPI1", "JUN")) == mark
    assert gene_lists.keep(tmp_path, ("JUN", "SPI1")) != mark


@pytest.mark.parametrize("mark", ["0" * 16, "../../etc/passwd", "", "x" * 16])
def test_a_list_that_is_not_kept_is_an_error_and_never_a_path(tmp_path, mark):
    with pytest.raises(MissingDataError):
        gene_lists.kept(tmp_path, mark)
