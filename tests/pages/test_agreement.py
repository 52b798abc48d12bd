"""Columns on agreement: counted over the other backbones' finished runs, and over seeds."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.pages.conftest import furnished
from ugrn_core.dashboard.queries import edges
from ugrn_core.experiment.runs import compute, run_folder
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results

SPEC = run_spec.Spec("tiny", "krumsiek2011")


def top(settings, name: str) -> set[tuple[str, str]]:
    frame = pd.read_parquet(Results(settings, run_spec.Spec(name, SPEC.dataset)).edges_path)
    best = frame[frame["percentile"] > 95]
    return set(zip(best["source"], best["target"]))


def test_a_pair_counts_the_backbones_in_whose_top_it_is(filled):
    results = Results(filled, SPEC)
    assert len(results.others) == 1
    both = top(filled, "tiny"), top(filled, "bare")
    table = edges.everything(results)
    assert len(both[0]) == len(both[1]) == 6  # of 110 pairs
    for source, target, count in zip(table["source"], table["target"], table["n_backbones"]):
        assert count == sum((source, target) in t for t in both)
    assert results.provenance["n_backbones_runs"] == [
        run_spec.run_id(filled, run_spec.Spec(name, SPEC.dataset)) for name in ("tiny", "bare")
    ]
    first = table.iloc[0]
    assert edges.pair(results, first["source"], first["target"])["n_backbones"] >= 1
    asked = ((first["source"], first["target"]),)
    assert edges.shown_edges(results, asked)["n_backbones"].tolist() == [first["n_backbones"]]


@pytest.fixture
def alone(tmp_path):
    settings = furnished(tmp_path)
    compute.compute(settings, SPEC)
    return settings


def test_one_backbone_alone_has_nobody_to_agree_with_and_controls_do_not_count(alone):
    results = Results(alone, SPEC)
    assert "n_backbones" not in edges.everything(results)
    compute.compute(alone, run_spec.Spec("tiny-random", SPEC.dataset))
    assert results.others == ()
    compute.compute(alone, run_spec.Spec("bare", "pasted", ("SPI1", "GATA1", "KLF1")))
    assert results.others == ()  # another question
    compute.compute(alone, run_spec.Spec("bare", SPEC.dataset))
    assert len(results.others) == 1  # at once, though the tables were asked for before
    assert edges.everything(results)["n_backbones"].max() <= 2


def test_a_damaged_run_beside_it_does_no_harm(alone):
    bad = alone.runs / "0123456789abcdef"
    bad.mkdir()
    (bad / run_folder.ABOUT).write_text("[")
    assert Results(alone, SPEC).others == ()
    (bad / run_folder.ABOUT).write_text(json.dumps([1]))
    assert Results(alone, SPEC).others == ()
