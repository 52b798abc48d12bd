"""`bench vectors`: rows with and without profiles, each beside the same first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from tests.experiment.conftest import write_cell
from ugrn_core.experiment.ablations import gene_vectors
from ugrn_core.pretraining.corpus.data_sets import Corpus, CorpusSet
from ugrn_core.pretraining.corpus.signatures import Signatures

GENES = tuple(f"GENE{k}" for k in range(40))


def a_set(name: str, seed: int, modality: str) -> CorpusSet:
    values = np.random.default_rng(seed).poisson(2, (40, 40)).astype(np.float32)
    card = {"species": "human", "modality": modality}
    return CorpusSet(name, card, np.arange(40), sp.csr_matrix(np.log1p(values)))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_cell(folder, "hESC", GENES, seed=0)
    return folder


def test_blocks_of_profiles_and_signatures_are_compared_with_the_cells_alone(data, monkeypatch):
    monkeypatch.setattr(gene_vectors, "RANKS", (8,))
    cells = (a_set("one", 0, "scRNA-seq"), a_set("two", 1, "scRNA-seq"))
    alone = gene_vectors.measure(Corpus(GENES, cells), ("two",), data, ("hESC",), None)
    assert len(alone) == len(gene_vectors.SHARES) + 2
    signatures = Signatures("s", np.random.default_rng(3).normal(size=(40, 5)))
    full = Corpus(GENES, (*cells, a_set("types", 2, "RNA-seq profiles")), (signatures,))
    both = gene_vectors.measure(full, ("two",), data, ("hESC",), None).set_index("vectors")
    first = alone.iloc[0]
    column = "hESC STRING"
    assert first[f"{column} ahead"] == 0
    assert both.loc[first["vectors"], column] == first[column]  # profiles do not enter these rows
    row = both.loc["within, between, types, signatures, 2 : 1 : 1 : 0.5"]
    assert row[f"{column} ahead"] == pytest.approx(row[column] - first[column])
    assert row[f"{column} low"] <= row[f"{column} ahead"] <= row[f"{column} high"]
    assert {"within, between, profiles", "within, between, signatures"} <= set(both.index)
    without = gene_vectors.measure(replace(full, signatures=()), (), data, ("hESC",), None)
    assert "within, between, types, 2 : 1 : 1" in set(without["vectors"])
