"""The sentence over the benchmark counts cells, not wishes."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from ugrn_core.dashboard.sections.probe_benchmark import verdict


def row(probe: str, dataset: str, auprc: float, low: float = math.nan, **more) -> dict:
    base = {"probe": probe, "method": probe.title(), "kind": "probe", "network": "STRING"}
    base |= {"dataset": dataset, "auprc": auprc, "auprc_low": low, "prevalence": 0.5}
    return base | more


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame(
        [
            row("gdt", "mDC", 0.9, 0.85),
            row("stacked", "mDC", 0.7, 0.65),
            row("stacked", "mESC", 0.6, 0.49),
            row("stacked", "hHEP", 0.8, 0.7, network="ChIP"),
            row("stacked", "hESC", math.nan),
            row("stacked", "mDC", 0.99, 0.98, kind="control"),  # random weights
            row("corpus SVD", "mDC", 0.72, kind="control"),
            row("corpus SVD", "mESC", 0.55, kind="control"),
        ]
    )


def test_it_counts_measured_cells_above_chance_and_ahead(rows):
    found = verdict(rows, "matched")
    assert (found.method, found.cells, found.above, found.ahead) == ("Stacked", 3, 2, 1)
    of = found.networks.set_index("network")
    assert of.loc["STRING", "auprc"] == pytest.approx(0.65)
    assert of.loc["STRING", "yardstick"] == pytest.approx(0.635)
    assert math.isnan(of.loc["ChIP", "yardstick"])


def test_without_a_yardstick_nothing_is_said_of_it(rows):
    assert verdict(rows, "paper").ahead is None


def test_without_a_probe_there_is_no_verdict(rows):
    assert verdict(rows[rows["kind"] == "control"], "matched") is None
