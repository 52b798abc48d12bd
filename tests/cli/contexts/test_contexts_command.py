"""`contexts` on the command line: own cells with types, long tables, and what is refused."""

from __future__ import annotations

import anndata
import numpy as np
import pandas as pd
import pytest
import torch

import ugrn_core
from tests.cli.conftest import GENES
from ugrn_core.types import Panel


@pytest.fixture
def blood(ugrn, tmp_path):
    """Cells of two types, added as `blood`."""
    rng = np.random.default_rng(0)
    counts = rng.poisson(rng.gamma(2, 3, (2, len(GENES)))[np.repeat(range(2), 40)])
    obs = pd.DataFrame(
        {"cell_type": np.repeat(["B", "T"], 40), "pseudotime": np.linspace(0, 1, 80)},
        index=[f"cell{k}" for k in range(80)],
    )
    path = tmp_path / "blood.h5ad"
    var = pd.DataFrame(index=list(GENES))
    anndata.AnnData(counts.astype(np.float32), obs=obs, var=var).write_h5ad(path)
    assert ugrn("data", "add", path, "--name", "blood").code == 0
    return counts


def test_contexts_of_own_cells(ugrn, tiny, blood, tmp_path):
    out = tmp_path / "contexts.tsv"
    asked_for = ("contexts", "--backbone", tiny, "--dataset", "blood")
    answer = ugrn(*asked_for, "--contexts", "cell_type", "--sources", "GATA1,SPI1", "--out", out)
    assert answer.code == 0, answer.err
    table = pd.read_csv(out, sep="\t", comment="#")
    assert set(table["context"]) == {"B", "T"}
    assert len(table) == 2 * 2 * (len(GENES) - 1)
    assert {"rise", "change", "t", "p", "q", "silent", "rise_flat"} <= set(table.columns)
    between = ("--between", "B vs T", "--sources", "GATA1,SPI1", "--contexts", "cell_type")
    assert ugrn(*asked_for, *between, "--out", out).code == 0
    pairs = pd.read_csv(out, sep="\t", comment="#")
    assert set(pairs["edge"]) <= {"gained", "lost", "unchanged"}
    assert len(pairs) == 2 * (len(GENES) - 1)
    answer = ugrn(*asked_for, "--stages", "pseudotime", "--estimate", "--out", out)
    assert "4 contexts x" in answer.err
    assert ugrn("data", "remove", "blood").code == 0
    assert not list((tmp_path / "ugrn" / "home" / "contexts").glob("*"))


def test_what_cannot_be_asked_is_one_sentence(ugrn, tiny, blood, tmp_path):
    asked_for = ("contexts", "--backbone", tiny, "--dataset", "blood", "--out")
    for more, words in (
        ((tmp_path / "c.tsv",), "one of the three"),
        ((tmp_path / "c.tsv", "--contexts", "celltype"), "Did you mean"),
        ((tmp_path / "c.graphml", "--contexts", "cell_type"), "ends in .tsv"),
        ((tmp_path / "c.tsv", "--context", "cell_type=X"), "no value named 'X'"),
    ):
        answer = ugrn(*asked_for, *more)
        assert answer.code == 2
        assert words in answer.err
        assert "Traceback" not in answer.err


def test_a_gene_is_knocked_out_in_a_cell_type(ugrn, tiny, blood, tmp_path):
    """By hand: what the backbone writes around the mean of the T cells without the gene, less what
    it writes around that mean."""
    listed, out = tmp_path / "driven.txt", tmp_path / "answers.tsv"
    listed.write_text("SPI1\n")
    asked_for = ("knock-out", "--genes", listed, "--backbone", tiny, "--dataset", "blood")
    answer = ugrn(*asked_for, "--context", "cell_type=T", "--out", out)
    assert answer.code == 0, answer.err
    assert "SPI1: its own mean to 0" in answer.err
    cells = blood[40:]
    mean = np.log1p(cells / cells.sum(axis=1, keepdims=True) * 1e4).mean(axis=0)
    net = ugrn_core.open_backbone(tiny)
    panel = Panel(tuple(GENES))
    rows = np.array([mean, np.where(np.array(GENES) == "SPI1", 0, mean)], dtype=np.float32)
    with torch.no_grad():
        before, after = net.reconstruct(
            panel, torch.from_numpy(rows), readout="visible", cls=net.defaults.cls_layouts[0]
        ).numpy()
    by_hand = dict(zip(GENES, after - before))
    table = pd.read_csv(out, sep="\t", comment="#").set_index("gene")
    for gene in ("HBB", "KLF1"):
        assert table.loc[gene, "effect"] == pytest.approx(by_hand[gene], abs=1e-5)
    for context, words in (("cell_type=X", "no value named 'X'"), ("type=T", "Did you mean")):
        answer = ugrn(*asked_for, "--context", context, "--out", out)
        assert (answer.code, "Traceback" in answer.err) == (2, False)
        assert words in answer.err, answer.err
