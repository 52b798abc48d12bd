"""Reading a corpus: one scale, one vocabulary, clear words about damaged files."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from tests.pretraining.corpora import GENES, write_set
from ugrn_core.data.gene_names import orthologs_path
from ugrn_core.errors import MissingDataError, TableError, UnknownNameError
from ugrn_core.pretraining.corpus.data_sets import read_corpus, read_orthologs


def only(folder, tmp_path, kind="counts", species="human"):
    """An index of one set called `x`."""
    (tmp_path / "index.csv").write_text(f"name,species,value_kind\nx,{species},{kind}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "forward"),
    [
        ("counts", lambda x: x),
        ("log2(TPM+1)", lambda x: np.log2(x + 1)),
        ("log2(TPM/10+1)", lambda x: np.log2(x / 10 + 1)),
        ("log10 normalised counts", lambda x: np.log10(x + 1)),
    ],
)
def test_every_kind_of_value_becomes_log1p_of_ten_thousand(folder, tmp_path, kind, forward):
    counts = np.array([[1.0, 3.0, 0.0], [5.0, 0.0, 5.0]])
    write_set(tmp_path, "x", ("A", "B", "C"), forward(counts))
    corpus = read_corpus(only(folder, tmp_path, kind), {})
    expected = np.log1p(1e4 * counts / counts.sum(1, keepdims=True))
    np.testing.assert_allclose(corpus.sets[0].values.toarray(), expected, rtol=1e-5)
    assert corpus.vocabulary() == {"A": 0, "B": 1, "C": 2, "<pad>": 3, "<cls>": 4, "<eoc>": 5}


def test_mouse_columns_enter_under_their_orthologs_and_twins_are_summed(folder, tmp_path):
    write_set(tmp_path, "x", ("Aa", "Ab", "Zz"), np.array([[1.0, 1.0, 2.0], [2.0, 0.0, 2.0]]))
    table = tmp_path / "orthologs.csv"
    table.write_text("human,mouse\nA,Aa\nA,Ab\n")
    corpus = read_corpus(only(folder, tmp_path, species="mouse"), read_orthologs(table))
    assert corpus.genes == ("A",)
    np.testing.assert_allclose(corpus.sets[0].values.toarray(), np.log1p([[5e3], [5e3]]), rtol=1e-5)


def test_the_shipped_orthologs_are_read_as_they_lie_there_packed(tmp_path):
    table = read_orthologs(orthologs_path())
    assert table["Gata1"] == "GATA1"
    assert len(table) > 10_000
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(orthologs_path().read_bytes()[:2000])
    with pytest.raises(TableError, match=r"cut\.csv\.gz"):
        read_orthologs(cut)


def test_sets_left_out_are_left_out_and_misspelled_ones_refused(folder):
    names = [s.name for s in read_corpus(folder, {}, ["mouse", "two"]).sets]
    assert names == ["one", "three"]
    with pytest.raises(UnknownNameError, match="Did you mean three"):
        read_corpus(folder, {}, ["tree"])
    assert read_corpus(folder, {}, ["mouse"]).genes == tuple(sorted(GENES))


def test_a_set_without_any_known_gene_is_no_set(folder):
    assert [s.name for s in read_corpus(folder, {}).sets] == ["one", "two", "three"]


def test_damaged_files_are_named(folder, tmp_path):
    with pytest.raises(MissingDataError, match=r"index\.csv"):
        read_corpus(tmp_path, {})
    copy = shutil.copytree(folder, tmp_path / "copy")
    data = (copy / "one.parquet").read_bytes()
    for content in (data[:200], b"", data[: len(data) // 2]):
        (copy / "one.parquet").write_bytes(content)
        with pytest.raises(TableError, match=r"one\.parquet"):
            read_corpus(copy, {})
    (copy / "index.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TableError, match=r"index\.csv"):
        read_corpus(copy, {})
    with pytest.raises(MissingDataError, match=r"absent\.csv"):
        read_orthologs(tmp_path / "absent.csv")


@pytest.mark.parametrize(
    "counts", [[[-1.0, 1.0], [1.0, 1.0]], [[np.inf, 1.0], [1.0, 1.0]], [[1.0, 1.0], [0.0, 0.0]]]
)
def test_what_is_no_expression_is_refused(counts, folder, tmp_path):
    write_set(tmp_path, "x", ("A", "B"), np.array(counts))
    with pytest.raises(TableError, match=r"x\.parquet"):
        read_corpus(only(folder, tmp_path), {})
