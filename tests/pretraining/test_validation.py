"""What `validate` calls explained: known answers of a network that knows all, or the means."""

from __future__ import annotations

import pytest
import torch

from ugrn_core.pretraining.batches import Batcher, Sampling
from ugrn_core.pretraining.corpus.data_sets import read_corpus
from ugrn_core.pretraining.validation import validate


class Oracle:
    """A trainer whose network answers with `of(true values of the batch)`."""

    def __init__(self, batcher: Batcher, of) -> None:
        self.of, self.batcher, self.model = of, batcher, torch.nn.Identity()

    def readouts(self, batch):
        return self.of(torch.from_numpy(batch.values)), None


def explained(folder, of) -> list[dict]:
    batcher = Batcher(read_corpus(folder, {}, ["mouse"]), frozenset({"two"}), Sampling(8, 20), 0)
    return validate(Oracle(batcher, of), 3)


def test_the_truth_explains_everything(folder):
    rows = explained(folder, lambda truth: truth)
    assert [r["cells"] for r in rows] == ["held-out cells"] * 2 + ["held-out studies"] * 2
    for row in rows:
        assert row["r2"] == pytest.approx(1)
        assert row["r2_values"] == pytest.approx(1)


def test_the_means_of_genes_explain_levels_and_nothing_between_cells(folder):
    for row in explained(folder, lambda truth: truth.mean(0).expand_as(truth)):
        assert row["r2"] == pytest.approx(0, abs=1e-6)
        assert 0 < row["r2_values"] < 1


def test_one_number_for_all_explains_no_values(folder):
    for row in explained(folder, lambda truth: torch.full_like(truth, 40.0)):
        assert row["r2"] == pytest.approx(0, abs=1e-6)
        assert row["r2_values"] < 0
