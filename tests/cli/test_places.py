"""`--estimate`, `--screen` and `--scheduler`: what they do, and one sentence where they cannot."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.cli.conftest import GENES


@pytest.fixture
def call(ugrn, tiny, lists, tmp_path):
    def run(verb: str, *more):
        where = ("--backbone", tiny, "--panel", lists("panel", GENES))
        if verb == "probe":
            where += ("--sources", lists("sources", GENES[:4]), "--out", tmp_path / "out")
        else:
            where += ("--out", tmp_path / "edges.csv")
        return ugrn(verb, *where, *more)

    return run


@pytest.mark.parametrize("verb", ["probe", "network"])
def test_an_estimate_is_said_and_nothing_is_written(call, verb, tmp_path, home):
    answer = call(verb, "--estimate")
    assert answer.code == 0, answer.err
    assert "sources to probe: about" in answer.err
    assert " of disk" in answer.err
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "edges.csv").exists()
    assert not list(home.rglob("done/*.json"))


def test_a_screened_network_holds_the_regulators_that_passed(call, tmp_path):
    answer = call("network", "--screen", "0.4")
    assert answer.code == 0, answer.err
    assert "4 of 10 regulators passed the screen" in answer.err
    table = pd.read_csv(tmp_path / "edges.csv")
    about = json.loads((tmp_path / "edges.csv.provenance.json").read_text())
    assert table["source"].nunique() == 4
    assert about["screen"]["share"] == 0.4
    assert not set(about["screen"]["regulators_left_out"]) & set(table["source"])


@pytest.mark.parametrize(
    ("verb", "options", "words"),
    [
        ("network", ("--screen", "2"), "share between 0 and 1"),
        ("probe", ("--scheduler-file", "none.json"), "not a Dask scheduler file"),
        ("probe", ("--scheduler", "a", "--scheduler-file", "b"), "not both"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(call, verb, options, words):
    answer = call(verb, *options)
    assert answer.code == 2
    assert words in answer.err
    assert "Traceback" not in answer.err
