"""The edge table of three genes, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ugrn_core.experiment.runs.edges import all_pairs, edge_frame, in_top, strongest
from ugrn_core.types import ProbeTensor, ReferenceNetwork

GENES, SOURCES = ("A", "B", "C"), ("C", "A")
#                     A    B    C        (T = 2 rows a source)
GDT = np.array([[[0.5, -3.0, 9.0], [0.1, 1.0, 9.0]], [[9.0, 0.2, -0.4], [9.0, -0.1, -0.2]]])
VVP = np.array([[[0.0, 2.0, 7.0], [-1.0, 1.0, 7.0]], [[7.0, 0.3, 0.1], [7.0, -0.4, 0.0]]])


class ByTable:
    """Stands for a translator: the probability of each (row, column)."""

    table = np.array([[0.2, 0.9, np.nan], [np.nan, 0.4, 0.6]])

    def probabilities(self, tensors, pairs):
        found = self.table[pairs[:, 0], pairs[:, 1]]
        return found, np.array([found, -found])  # two seeds that disagree in everything


@pytest.fixture
def tensors():
    return {
        "vvp": ProbeTensor("vvp", GENES, SOURCES, VVP),
        "gdt": ProbeTensor("gdt", GENES, SOURCES, GDT),
    }


def pairs_of(frame):
    return list(zip(frame["source"], frame["target"]))


def test_strongest_keeps_the_sign():
    assert strongest(np.array([[1.0, -3.0], [-2.0, 2.5]]), 0).tolist() == [-2.0, -3.0]


def test_pairs_leave_the_source_itself_out(tensors):
    assert all_pairs(tensors["gdt"]).tolist() == [[0, 0], [0, 1], [1, 1], [1, 2]]


def test_without_a_translator_pairs_rank_by_the_magnitude_of_the_gdt_peak(tensors):
    frame = edge_frame(tensors, None)
    assert pairs_of(frame) == [("C", "B"), ("C", "A"), ("A", "C"), ("A", "B")]
    assert frame["gdt_peak"].tolist() == [-3.0, 0.5, -0.4, 0.2]
    assert frame["vvp_effect"].tolist() == [2.0, -1.0, 0.1, -0.4]
    assert frame["sign"].tolist() == [-1, 1, -1, 1]  # of the mean GDT: -1, 0.3, -0.3, 0.05
    assert frame["rank"].tolist() == [1, 2, 3, 4]
    assert frame["percentile"].tolist() == [100, 75, 50, 25]
    assert frame["probability"].isna().all()
    assert frame["reverse_probability"].isna().all()


def test_with_a_translator_pairs_rank_by_probability_and_see_their_reverse(tensors):
    frame = edge_frame(tensors, ByTable())
    assert pairs_of(frame) == [("C", "B"), ("A", "C"), ("A", "B"), ("C", "A")]
    assert frame["probability"].tolist() == [0.9, 0.6, 0.4, 0.2]
    reverse = frame["reverse_probability"].to_numpy()
    assert reverse[[1, 3]].tolist() == [0.2, 0.6]
    assert np.isnan(reverse[[0, 2]]).all()  # B was no source


def test_references_and_labels_speak_the_data_sets_names(tensors):
    labels = {"A": "Ab", "C": "Cd"}
    known = ReferenceNetwork(
        "STRING", "toy", ("Cd", "B", "Ab"), np.array([0]), np.array([[0, 1], [0, 2]])
    )
    frame = edge_frame(tensors, None, (known,), labels)
    assert pairs_of(frame) == [("Cd", "B"), ("Cd", "Ab"), ("Ab", "Cd"), ("Ab", "B")]
    assert frame["in_STRING"].tolist() == [True, True, False, False]


def test_seeds_that_agree_are_counted_where_there_are_several(tensors):
    frame = edge_frame(tensors, ByTable())
    # Of four pairs the best 5 % is one: each seed has its own.
    assert dict(zip(pairs_of(frame), frame["n_seeds_stable"])) == {
        ("C", "B"): 1,
        ("A", "C"): 0,
        ("A", "B"): 0,
        ("C", "A"): 1,
    }
    assert "n_seeds_stable" not in edge_frame(tensors, None)


def test_the_top_is_five_percent_of_each_row():
    scores = np.stack([np.arange(200.0), -np.arange(200.0)])
    top = in_top(scores)
    assert np.flatnonzero(top[0]).tolist() == list(range(190, 200))
    assert np.flatnonzero(top[1]).tolist() == list(range(10))
