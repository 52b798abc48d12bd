"""The single definition of which pairs are scored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ugrn_core.benchmark.candidates import candidates, known_edges
from ugrn_core.errors import InputError


def test_every_regulator_with_every_other_gene_is_a_candidate(tiny):
    found = candidates(tiny)
    assert found.candidates.tolist() == [
        [True, False, True, True, True],  # B with all but itself
        [False, True, True, True, True],  # A with all but itself
    ]
    assert np.argwhere(found.positives).tolist() == [[0, 0], [0, 2], [1, 2]]


@pytest.mark.parametrize("name", ["Cell-type-specific ChIP-seq", "LOF/GOF"])
def test_unlabelled_regulators_are_left_out_where_few_were_measured(tiny, name):
    network = replace(tiny, name=name, regulators=np.array([1, 0, 3]))
    found = candidates(network)
    assert found.candidates.sum(axis=1).tolist() == [4, 4, 0]
    assert "labelled" in found.rule
    assert candidates(replace(network, name="STRING")).candidates.sum(axis=1).tolist() == [4, 4, 4]


def test_unseen_drops_pairs_in_which_either_gene_was_trained_on(tiny):
    found = candidates(tiny, unseen_of={"c", "D"})
    assert np.argwhere(found.candidates).tolist() == [[0, 0], [0, 4], [1, 1], [1, 4]]
    assert found.positives.sum() == 1
    assert candidates(tiny, unseen_of={"A"}).candidates[1].sum() == 0
    assert candidates(tiny, unseen_of={"A"}).candidates[0].tolist() == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_scoreable_keeps_pairs_of_two_scoreable_genes_by_symbol_or_mask(tiny):
    by_symbol = candidates(tiny, scoreable=["B", "A", "C"])
    by_mask = candidates(tiny, scoreable=np.array([True, True, True, False, False]))
    assert np.argwhere(by_symbol.candidates).tolist() == [[0, 0], [0, 2], [1, 1], [1, 2]]
    assert (by_symbol.candidates == by_mask.candidates).all()


def test_labelled_regulators_are_told_before_pairs_are_left_out(tiny):
    network = replace(tiny, name="LOF/GOF")
    found = candidates(network, unseen_of={"C"})
    assert found.positives[1].sum() == 0
    assert found.candidates[1].sum() == 3


def test_rows_follow_the_regulators_and_self_loops_never_count(tiny):
    looped = replace(tiny, edges=np.array([[1, 1], [1, 2]]))
    assert np.argwhere(known_edges(looped)).tolist() == [[0, 2]]


def test_edges_from_genes_that_are_no_regulators_are_refused(tiny):
    with pytest.raises(InputError, match="not among its regulators"):
        candidates(replace(tiny, regulators=np.array([0])))


def test_a_mask_of_the_wrong_length_is_refused(tiny):
    with pytest.raises(InputError, match="one entry for each of 5 genes"):
        candidates(tiny, scoreable=np.ones(3, dtype=bool))
