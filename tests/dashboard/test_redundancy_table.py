"""What the curves add to the gene table, read off rows that are known."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from ugrn_core.dashboard.sections.trust import redundancy
from ugrn_core.experiment.evaluation.shipped import REDUNDANCY, redundancy_table
from ugrn_core.settings import read_settings

ROWS = pd.DataFrame(
    [
        ("b", "hESC", "", redundancy.EXPLAINED, 0.751, None, None),
        ("b", "mHSC-L", "", redundancy.EXPLAINED, 0.9, None, None),
        ("b", "hESC", "STRING", "VVP ahead of centred cosine", 0.02, 0.01, 0.03),
        ("b", "mHSC-L", "STRING", "VVP ahead of centred cosine", -0.02, -0.03, -0.01),
        ("b", "hESC", "Other", "VVP ahead of centred cosine", 0.0, -0.01, 0.01),
        ("b", "hESC", "STRING", "AUPRC of residual", 0.6, 0.55, 0.65),
    ],
    columns=REDUNDANCY,
)


def test_the_sentence_counts_what_is_better_and_worse():
    said = redundancy.sentence(ROWS)
    assert "75 % on hESC and 90 % on mHSC-L" in said
    assert "better than by the table's cosine in 1 of 3 tests and worse in 1" in said


def test_a_column_a_data_set_and_a_dash_where_nothing_was_measured():
    shown = redundancy.table(ROWS)
    first = shown.iloc[0]
    assert (first["reference network"], first["hESC"], first["mHSC-L"]) == ("", "0.751", "0.900")
    residual = shown[shown["quantity"] == redundancy.SCORES["AUPRC of residual"]].iloc[0]
    assert (residual["hESC"], residual["mHSC-L"]) == ("0.600 (0.550 to 0.650)", "–")


def test_the_table_that_ships_is_read_with_its_numbers(tmp_path):
    shipped = redundancy_table(read_settings({"UGRN_HOME": str(tmp_path)}))
    assert set(shipped["dataset"]) == {"hESC", "mHSC-L"}
    explained = shipped[shipped["quantity"] == redundancy.EXPLAINED]
    assert explained["value"].between(0, 1).all()
    assert set(explained["backbone"]) >= {"ugrn-base", "ugrn-small", "ugrn-meta"}
    nowhere = replace(read_settings({"UGRN_HOME": str(tmp_path)}), assets=tmp_path)
    assert redundancy_table(nowhere).empty


@pytest.mark.parametrize("network", ["", "STRING"])
def test_every_row_has_a_name(network):
    assert redundancy.table(ROWS[ROWS["network"] == network])["quantity"].notna().all()
