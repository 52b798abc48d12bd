"""The test that the benchmark opens on, and its map as a list."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from ugrn_core.dashboard.sections.benchmark.as_list import listed
from ugrn_core.dashboard.sections.benchmark.opening import nearest_first


def row(network: str, dataset: str, probe: str, auprc: float, **more) -> dict:
    kind = "control" if probe == "degree" else "probe"
    facts = {"n_positives": 10, "prevalence": 0.5, "reason": None, "kind": kind, "method": probe}
    return {"network": network, "dataset": dataset, "probe": probe, "auprc": auprc} | facts | more


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame(
        [
            row("LOF/GOF", "mESC", "degree", 0.5, n_positives=900),
            row("LOF/GOF", "mESC", "stacked", math.nan, reason="too few"),
            row("Cell-type-specific ChIP-seq", "mESC", "stacked", 0.5, n_positives=800),
            row("STRING", "mESC", "degree", 0.51),
            row("STRING", "mESC", "stacked", 0.7, n_positives=20),
            row("STRING", "hESC", "stacked", 0.6),
            row("Non-Specific ChIP-seq", "mESC", "stacked", 0.65),
            row("Non-Specific ChIP-seq", "mDC", "stacked", math.nan, reason="no *cells*"),
        ]
    )


@pytest.mark.parametrize(
    ("dataset", "reference", "first"),
    [
        (None, None, ("STRING", "mESC")),  # measured, not LOF/GOF; before what has more edges
        ("beeline-hESC", None, ("STRING", "hESC")),
        ("pbmc68k", "Non-Specific ChIP-seq", ("Non-Specific ChIP-seq", "mESC")),
        ("beeline-mESC", "BEELINE STRING, whole genome", ("STRING", "mESC")),
        ("beeline-mESC", "LOF/GOF", ("STRING", "mESC")),  # no probe was measured there
    ],
)
def test_it_opens_on_what_is_asked_about_where_a_probe_was_measured(
    rows, dataset, reference, first
):
    tests = nearest_first(rows, dataset, reference)
    assert tests[0] == first
    assert len(tests) == len(set(tests)) == 6


def test_the_list_tells_main_method_best_control_and_chance(rows):
    table = listed(rows)
    assert table["STRING"][0] == "mESC: stacked **0.70**, best control 0.51 (degree), chance 0.50"
    assert table["LOF/GOF"] == ["mESC: best control 0.50 (degree), chance 0.50"]
    assert table["Non-Specific ChIP-seq"][1] == "mDC: not measured: no \\*cells\\*"
