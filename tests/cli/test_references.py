"""`references add | list | show | remove`, `network --references`, and the same from Python."""

from __future__ import annotations

import pandas as pd
import pytest

import ugrn_core as ugrn_api
from tests.cli.conftest import GENES
from ugrn_core.errors import UnknownNameError

TABLE = "TF,target,effect\nGATA1,KLF1,1\nPU.1,GATA1,-1\nSPI1,FOO1,1\n"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "my edges.csv"
    path.write_text(TABLE)
    return path


def test_a_table_is_added_listed_shown_removed(ugrn, table):
    said = ugrn("references", "add", table, "--name", "mine")
    assert said.code == 0
    assert "2 edges of 2 regulators, 3 human genes; 2 edges have a sign" in said.err
    assert "FOO1 (no name of a gene that HGNC approves)" in said.err
    listed = ugrn("references", "list").out
    assert "mine" in listed
    assert "Krumsiek 2011" in listed
    assert "my edges.csv" in ugrn("references", "show", "MINE").out
    assert ugrn("references", "add", table, "--name", "mine").code == 2
    assert ugrn("references", "remove", "mine").code == 0
    assert "mine" not in ugrn("references", "list").out.split("Krumsiek")[0].split()


def test_what_cannot_be_read_is_one_sentence_and_leaves_nothing(ugrn, home, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("source,target,sign\nGATA1,KLF1,maybe\n")
    said = ugrn("references", "add", path)
    assert said.code == 2
    assert "Row 2 of bad.csv: the sign is 'maybe'" in said.err
    assert said.err.startswith("Error: ")
    assert "There is no file" in ugrn("references", "add", tmp_path / "none.csv").err
    assert "is a folder" in ugrn("references", "add", tmp_path).err
    assert not (home / "references").exists()


def test_a_network_marks_the_edges_of_references(ugrn, tiny, table, lists, tmp_path):
    ugrn("references", "add", table, "--name", "mine")
    how = ("--backbone", tiny, "--panel", lists("panel", GENES), "--out", tmp_path / "edges.tsv")
    said = ugrn("network", *how, "--references", "mine, krumsiek 2011")
    assert said.code == 0, said.err
    assert "mine knows 2 of these pairs: column in_mine" in said.err
    edges = pd.read_csv(tmp_path / "edges.tsv", sep="\t", comment="#")
    marked = edges[edges["in_mine"]]
    assert set(zip(marked["source"], marked["target"])) == {("GATA1", "KLF1"), ("SPI1", "GATA1")}
    assert edges["in_Krumsiek 2011"].sum() > 2
    unknown = ugrn("network", *how, "--references", "mein")
    assert unknown.code == 2
    assert "no reference named 'mein'" in unknown.err


def test_scripts_have_the_same(home, tiny, table):
    assert ugrn_api.add_reference(table) == "my edges"
    cards = ugrn_api.references()
    assert cards["name"].tolist() == ["my edges", "Krumsiek 2011"]
    known = ugrn_api.references("my edges")
    assert known["source"].tolist() == ["GATA1", "SPI1"]
    assert known["sign"].tolist() == [1, -1]
    net = ugrn_api.network(
        GENES, backbone=tiny, progress=False, workers=1, references=["Krumsiek 2011"]
    )
    judged = ugrn_api.evaluate(net, "Krumsiek 2011", sampling="full")
    assert judged["n_positives"].item() == net["in_Krumsiek 2011"].sum()
    with pytest.raises(UnknownNameError, match="reference network"):
        ugrn_api.evaluate(net, "CollecTRI")
