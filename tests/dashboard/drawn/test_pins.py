"""Genes that somebody moved: where they are put, what a link may hold, what the widths tell."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dashboard.test_network import drawing
from ugrn_core.dashboard.network.drawing import THIN, WIDE, width
from ugrn_core.dashboard.network.legend import entries
from ugrn_core.dashboard.sections.drawn import pins
from ugrn_core.dashboard.shell import address
from ugrn_core.dashboard.theme import LIGHT

PAIRS = [("TF0", "A"), ("TF0", "B"), ("B", "TF0")]


class _NoQuery(dict):
    def get_all(self, key: str) -> list[str]:
        return []


@pytest.fixture
def session(monkeypatch):
    """A session's choices without a page: what was chosen, by name."""
    state, given = {}, _NoQuery()
    monkeypatch.setattr(address.st, "session_state", state)
    monkeypatch.setattr(address.st, "query_params", given)
    address.begin("Network")
    return state


def test_a_gene_that_was_moved_stays_in_its_neighbourhood_alone(session):
    what = drawing(PAIRS, "TF0")
    pins.take("TF0~1", {"A": {"x": 12.4, "y": -7}, "gone": {"x": 1, "y": 2}})
    moved = pins.pinned(what, "TF0~1")
    assert moved.positions["A"] == (12.0, -7.0)
    assert moved.positions["B"] == what.positions["B"]
    assert moved.pinned == {"A"}
    assert moved.frame == what.frame
    assert pins.pinned(what, "TF0~2").positions == what.positions
    pins.take("TF0~1", {"B": {"x": 3, "y": 4}})
    assert pins.pinned(what, "TF0~1").pinned == {"A", "B"}
    pins.release("TF0~1", ["A"])
    assert pins.pinned(what, "TF0~1").positions == what.positions | {"B": (3.0, 4.0)}
    pins.release("TF0~1", ["B", "gone"])
    assert pins.pinned(what, "TF0~1") is what


@pytest.mark.parametrize(
    "at", [{"x": "nan", "y": 1}, {"x": 1e9, "y": 0}, {"y": 0}, None, "12", {"x": [], "y": 0}]
)
def test_places_that_are_none_are_not_taken(session, at):
    pins.take("TF0~1", {"A": at, "a|b": {"x": 1, "y": 1}, 7: {"x": 1, "y": 1}})
    assert pins.pinned(drawing(PAIRS, "TF0"), "TF0~1").pinned == frozenset()


@pytest.mark.parametrize("text", ["", "a~1", "a~1|A", "a~1|A:1", "a~1|A:inf:0", "a~1|:1:2"])
def test_a_link_that_holds_no_places_is_refused(text):
    assert pins._read(text) is None


def test_the_width_of_an_edge_tells_its_score_and_the_legend_says_so():
    edges = drawing(PAIRS, "TF0").edges.assign(probability=[0.5, 0.7, 0.9])
    what = replace(drawing(PAIRS, "TF0"), edges=edges, scores=(0.5, 0.9))
    widths = [width(row, what) for row in edges.itertuples(index=False)]
    assert widths == pytest.approx([THIN, (THIN + WIDE) / 2, WIDE])
    below = edges.assign(probability=0.1).iloc[0]
    assert width(below, what) == THIN
    words = [entry.words for entry in entries(what, LIGHT)]
    assert "wider: higher score (0.50 to 0.90)" in words
    assert not any("wider" in entry.words for entry in entries(drawing(PAIRS, "TF0"), LIGHT))
