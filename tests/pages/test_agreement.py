"""Columns on agreement: counted over the other backbones' finished runs, and over seeds."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.pages.conftest import furnished
from ugrn_core.dashboard import queries
from ugrn_core.experiment import runs
from ugrn_core.experiment.results import Results

SPEC = runs.Spec("tiny", "krumsiek2011")


def top(settings, name: str) -> set[tuple[str, str]]:
    frame = pd.read_parquet(Results(settings, runs.Spec(name, SPEC.dataset)).edges_path)
    best = frame[frame["percentile"] > 95]
    return set(zip(best["source"], best["target"]))


def test_a_pair_counts_the_backbones_in_whose_top_it_is(filled):
    results = Results(filled, SPEC)
    assert len(results.others) == 1
    both = top(filled, "tiny"), top(filled, "bare")
    table = queries.everything(results)
    assert len(both[0]) == len(both[1]) == 6  # of 110 pairs
    for source, target, count in zip(table["source"], table["target"], table["n_backbones"]):
        assert count == sum((source, target) in t for t in both)
    assert results.provenance["n_backbones_runs"] == [
        runs.run_id(filled, runs.Spec(name, SPEC.dataset)) for name in ("tiny", "bare")
    ]
    first = table.iloc[0]
    assert queries.pair(results, first["source"], first["target"])["n_backbones"] >= 1
    asked = ((first["source"], first["target"]),)
    assert queries.shown_edges(results, asked)["n_backbones"].tolist() == [first["n_backbones"]]


@pytest.fixture
def alone(tmp_path):
    settings = furnished(tmp_path)
    runs.compute(settings, SPEC)
    return settings


def test_one_backbone_alone_has_nobody_to_agree_with_and_controls_do_not_count(alone):
    results = Results(alone, SPEC)
    assert "n_backbones" not in queries.everything(results)
    runs.compute(alone, runs.Spec("tiny-random", SPEC.dataset))
    assert results.others == ()
    runs.compute(alone, runs.Spec("bare", "pasted", ("SPI1", "GATA1", "KLF1")))
    assert results.others == ()  # another question
    runs.compute(alone, runs.Spec("bare", SPEC.dataset))
    assert len(results.others) == 1  # at once, though the tables were asked for before
    assert queries.everything(results)["n_backbones"].max() <= 2


def test_a_damaged_run_beside_it_does_no_harm(alone):
    bad = alone.runs / "0123456789abcdef"
    bad.mkdir()
    (bad / runs.ABOUT).write_text("[")
    assert Results(alone, SPEC).others == ()
    (bad / runs.ABOUT).write_text(json.dumps([1]))
    assert Results(alone, SPEC).others == ()
