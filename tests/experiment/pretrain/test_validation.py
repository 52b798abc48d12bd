"""Modules that are there are found; shares of variance are pooled by error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.experiment.conftest import GENES
from ugrn_core.experiment.pretrain.gene_modules import BACKGROUND, responses, separation
from ugrn_core.experiment.pretrain.masked_genes import LEARNED, explained, tissue_of
from ugrn_core.types import Panel

NAMES = np.array(["a"] * 6 + ["b"] * 5 + [BACKGROUND] * 11)


def test_a_module_that_answers_together_separates_fully():
    response = np.random.default_rng(0).normal(size=(22, 22))
    response[:6, :6] += 50
    np.fill_diagonal(response, np.nan)
    rows = separation(response, NAMES).set_index("module")
    assert rows.loc["a", "auroc"] == 1
    assert 0.3 < rows.loc["b", "auroc"] < 0.7
    assert rows["genes"].to_dict() == {"a": 6, "b": 5}


def test_auroc_is_the_share_of_pairs_in_the_right_order():
    response = np.random.default_rng(1).normal(size=(22, 22))
    np.fill_diagonal(response, np.nan)
    inside = [response[i, j] for i in range(6) for j in range(6) if i != j]
    outside = [response[i, j] for i in range(6) for j in range(11, 22)]
    outside += [response[j, i] for i in range(6) for j in range(11, 22)]
    brute = np.mean([x > y for x in inside for y in outside])
    assert separation(response, NAMES)["auroc"].iloc[0] == pytest.approx(brute)


def test_responses_are_standardised_by_target(backbone):
    got = responses(backbone, Panel(GENES[:8]))
    assert np.isnan(np.diag(got)).all()
    assert np.nanmean(got, axis=0) == pytest.approx(np.zeros(8), abs=1e-6)
    assert np.nanstd(got, axis=0) == pytest.approx(np.ones(8), rel=1e-5)


def test_explained_pools_errors_not_shares():
    rows = pd.DataFrame(
        {
            "set": ["x"] * 4 + ["y"] * 4,
            "cells": "held-out cells",
            "method": [*LEARNED] * 2,
            "error": [1.0, 1.0, 2.0, 0.0, 9.0, 4.0, 0.0, 9.0],
            "variance": [2.0] * 4 + [18.0] * 4,
        }
    )
    (row,) = explained(rows, ["cells"]).to_dict("records")
    assert row["sets"] == 2
    assert [row[m] for m in LEARNED] == pytest.approx([0.5, 0.75, 0.9, 0.55])


@pytest.mark.parametrize(
    ("tissue", "group"),
    [
        ("PBMC, control and IFN-beta", "blood and immune"),
        ("bone marrow stroma", "bone marrow"),
        ("hESC-derived retinal ganglion cells", "stem cell and embryo"),
        ("oligodendroglioma MGH53, MGH54", "brain"),
        ("3 lung adenocarcinoma lines, Drop-seq", "tumour and cell line"),
        ("kidney", "other tissue"),
    ],
)
def test_tissues_are_grouped_by_their_words(tissue, group):
    assert tissue_of({"modality": "scRNA-seq", "tissue": tissue}) == group
    assert tissue_of({"modality": "Visium", "tissue": tissue}) == "spatial"
