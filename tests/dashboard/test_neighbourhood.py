"""What is drawn and counted at a cut, against a table small enough to count by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from ugrn_core.dashboard.queries.edges import pair, ranked, summary
from ugrn_core.dashboard.queries.neighbourhood import Cut, neighbourhood
from ugrn_core.experiment.references.known import NOTHING

ROWS = [  # source, target, probability, known
    ("A", "X", 0.9, True),
    ("B", "X", 0.8, False),
    ("X", "C", 0.7, False),
    ("B", "C", 0.6, True),
    ("C", "X", 0.3, True),
    ("D", "E", 0.2, False),
]


@pytest.fixture
def table(tmp_path):
    frame = pd.DataFrame(ROWS, columns=["source", "target", "probability", "in_Ref erence"])
    frame["rank"] = range(1, len(frame) + 1)
    frame["percentile"] = [100 * (1 - k / len(frame)) for k in range(len(frame))]
    frame["sign"] = 1
    frame.to_parquet(tmp_path / "edges.parquet")
    about = {"n_pairs": len(frame)}
    path = tmp_path / "edges.parquet"
    return SimpleNamespace(
        edges_path=path, others=(), known=NOTHING, signs_shown=True, provenance=about
    ), str(tmp_path)


def at(table, **changes):
    cut = {"centre": "X", "depth": 1, "most": 50, "score": "probability", "least": 0.5}
    results, run = table
    return neighbourhood(run, results, Cut(**(cut | changes)))


def pairs(frame: pd.DataFrame) -> list[str]:
    return list(frame["source"] + frame["target"])


def test_direct_neighbours_above_the_cut(table):
    found = at(table)
    assert pairs(found.edges) == ["AX", "BX", "XC"]
    assert found.above == 3


def test_two_steps_add_edges_among_and_around_neighbours(table):
    assert pairs(at(table, depth=2).edges) == ["AX", "BX", "XC", "BC"]


def test_a_hub_two_steps_away_leaves_room_for_the_gene_asked_for(tmp_path):
    rows = [("H", f"T{k}", 0.9 - k / 1000) for k in range(100)] + [
        ("H", "X", 0.6),
        ("X", "Y", 0.55),
    ]
    frame = pd.DataFrame(rows, columns=["source", "target", "probability"])
    frame = frame.assign(rank=range(1, 103), percentile=50.0, sign=1)
    frame.to_parquet(tmp_path / "edges.parquet")
    results = SimpleNamespace(
        edges_path=tmp_path / "edges.parquet", others=(), known=NOTHING, signs_shown=True
    )
    found = at((results, str(tmp_path)), depth=2, most=10)
    assert pairs(found.edges) == [*(f"HT{k}" for k in range(8)), "HX", "XY"]


def test_the_whole_network_and_the_most_edges(table):
    found = at(table, centre=None, most=2)
    assert pairs(found.edges) == ["AX", "BX"]
    assert found.above == 4


def test_hits_extras_and_missed_edges_with_counts(table):
    found = at(table, reference="Ref erence")
    status = dict(zip(pairs(found.edges), found.edges["status"]))
    assert status == {"AX": "hit", "BX": "extra", "XC": "extra", "CX": "missed"}
    assert (found.known, found.hits) == (2, 1)
    assert found.judged == 2  # AX and BX: the reference says nothing of X as a regulator


def test_a_name_with_quotes_is_only_a_name(table):
    assert at(table, centre="X' OR 1=1 --").edges.empty


def test_the_percentile_cuts_where_there_is_no_score(table):
    assert pairs(at(table, centre=None, score="percentile", least=80.0).edges) == ["AX", "BX"]


def test_single_reads(table):
    results, run = table
    assert list(ranked(results, "X", "target")["source"]) == ["A", "B", "C"]
    assert pair(results, "B", "C")["rank"] == 4
    assert pair(results, "C", "B") is None
    best_signs = {1: 1.0, -1: 0.0}
    assert summary(run, results) == {
        "pairs": 6,
        "kept": 6,
        "scored": True,
        "best_signs": best_signs,
        "top": ("A", "X"),
    }
