"""Reading a corpus: one scale, one vocabulary, clear words about damaged files."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from tests.pretraining.corpora import GENES, write_set
from ugrn_core.data.gene_names import orthologs_path
from ugrn_core.data.orthologs import human_partner, read_orthologs
from ugrn_core.errors import MissingDataError, TableError, UnknownNameError
from ugrn_core.pretraining.corpus import read_corpus


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


def test_a_set_that_names_no_gene_of_the_corpus_is_left_out_with_a_note(folder):
    corpus = read_corpus(folder, {}, min_sets=2)
    assert [s.name for s in corpus.sets] == ["one", "two", "three"]
    assert [n for n in corpus.notes if "mouse" in n] == [
        "The data set mouse is left out: it names no gene of the corpus. Check its species."
    ]


def test_the_shipped_orthologs_are_read_as_they_lie_there_packed(tmp_path):
    table = read_orthologs(orthologs_path())
    assert human_partner("Gata1", table) == "GATA1"
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


def index(folder, text, sets=("x",)):
    """A corpus of `text` as its index and small sets of counts."""
    for k, name in enumerate(sets):
        counts = np.random.default_rng(k).poisson(3, (20, 40)) + 1
        write_set(folder, name, [f"GENE{n}" for n in range(40)], counts)
    (folder / "index.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


@pytest.mark.parametrize(
    "text",
    [
        "Name,Species,Value kind\nx,Homo sapiens,UMIs\n",
        "name;species;value_kind\r\nx;H. sapiens;raw_counts\r\n;;\r\n",
        "name\tspecies\tvalue_kind\nx\thomo_sapiens\tCounts (spliced)\n",
        "name,species,value_kind\nx,HUMAN,read counts,,\n".encode("utf-16"),
    ],
)
def test_known_spellings_of_an_index_are_one(text, tmp_path):
    plain = read_corpus(index(tmp_path, "name,species,value_kind\nx,human,counts\n"), {})
    other = read_corpus(index(tmp_path, text), {})
    assert other.sets[0].card["species"] == "human"
    np.testing.assert_array_equal(other.sets[0].values.toarray(), plain.sets[0].values.toarray())


@pytest.mark.parametrize("spelling", ["LOG1P", "ln(x + 1)", "log1p(CP10K)", "log (CPM+1)"])
def test_known_spellings_of_a_logarithm_are_one(spelling, tmp_path):
    counts = np.random.default_rng(0).poisson(3, (20, 40)) + 1
    write_set(tmp_path, "x", GENES, np.log1p(counts))
    corpus = read_corpus(only(None, tmp_path, f'"{spelling}"'), {})
    order = [GENES.index(g) for g in corpus.genes]
    expected = np.log1p(1e4 * counts / counts.sum(1, keepdims=True))[:, order]
    np.testing.assert_allclose(corpus.sets[0].values.toarray(), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("y,rat,counts", r"Line 3 .*species holds 'rat'.*human"),
        ("y,,counts", r"Line 3 .*species holds ''"),
        ("y,mouse,logcounts", r"Line 3 .*value_kind holds 'logcounts'.*log1p"),
        ("y,mouse,z-score", r"Line 3 .*value_kind holds 'z-score'"),
        ("y,mouse", r"Line 3 .*2 fields, its header 3"),
        ("y,mouse,counts,2,020", r"Line 3 .*5 fields, its header 3"),
        ("x,human,counts", r"Line 3 .*'x' of line 2 again"),
        (",human,counts", r"Line 3 .*no name"),
        ('y,mouse,"counts', "Line 3 .*"),
    ],
)
def test_a_row_that_is_not_understood_is_refused_by_its_line(line, told, tmp_path):
    index(tmp_path, f"name,species,value_kind\nx,human,counts\n{line}\n", ("x", "y"))
    with pytest.raises(TableError, match=told):
        read_corpus(tmp_path, {})


def test_the_line_counts_lines_within_quotes(tmp_path):
    index(tmp_path, 'name,species,value_kind,study\nx,human,counts,"a\nb"\n\ny,ape,counts,s\n')
    with pytest.raises(TableError, match=r"Line 5 .*'ape'"):
        read_corpus(tmp_path, {})


@pytest.mark.parametrize(
    ("kind", "change", "told"),
    [
        ("counts", np.log1p, "fractions up to .*, as logarithms are"),
        ("TPM", lambda x: np.log2(x + 1), "fractions up to"),
        ("log1p", lambda x: 40 * x, "more than a logarithm can be"),
        ("log2(TPM+1)", lambda x: x, "whole numbers, as counts are"),
    ],
)
def test_values_that_are_not_what_the_index_says_are_refused(kind, change, told, tmp_path):
    counts = np.random.default_rng(0).poisson(3, (20, 40)) + 1.0
    write_set(tmp_path, "x", GENES, change(counts))
    with pytest.raises(TableError, match=told):
        read_corpus(only(None, tmp_path, kind), {})


def test_ids_become_symbols_and_of_what_is_no_gene_or_another_species_it_is_said(tmp_path):
    counts = np.array([[1.0, 3.0, 2.0], [5.0, 1.0, 5.0]])
    ids = ("ENSG00000102145.15", "ENSG00000066336.12", "ENSG00000999999")
    write_set(tmp_path, "x", ids, counts)
    corpus = read_corpus(only(None, tmp_path), {})
    assert corpus.genes == ("GATA1", "SPI1")
    assert "2 of 3 have a symbol" in corpus.notes[0]
    for names, told in (
        (("ENSG00000999999", "ENSG00000999998", "ENSG00000999997"), "no human gene has them"),
        (("2623", "6688", "10320"), "ids such as '2623'"),
        (("Gata1", "Spi1", "Klf1"), "those of a mouse, such as 'Gata1'"),
        (("ENSMUSG00000031162", "ENSMUSG00000002111", "GATA2"), "those of a mouse"),
    ):
        write_set(tmp_path, "x", names, counts)
        with pytest.raises(TableError, match=told):
            read_corpus(only(None, tmp_path), {})
