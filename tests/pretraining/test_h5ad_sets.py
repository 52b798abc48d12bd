"""Corpora as h5ad: the same cells give the same corpus, in memory or from disk."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from tests.pretraining.corpora import GENES, write_set
from ugrn_core.errors import TableError, UnknownNameError
from ugrn_core.pretraining import start
from ugrn_core.pretraining.batches import Batcher, Sampling
from ugrn_core.pretraining.corpus import h5ad_sets
from ugrn_core.pretraining.corpus.data_sets import held_out_sets, read_corpus
from ugrn_core.pretraining.start import gene_moments

HEAD = "name,species,value_kind,matrix,symbols,split"


def counts(seed: int, cells: int = 30) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = rng.poisson(0.5 + rng.gamma(1, 2, len(GENES)), (cells, len(GENES)))
    made[3] = 0  # a cell that expresses nothing
    return made.astype(np.float32)


def write_h5ad(path, x, place="X", symbols=None, obs=None) -> None:
    var = pd.DataFrame(index=[f"ENSG{k:011d}" for k in range(len(GENES))])
    if symbols:
        var[symbols] = list(GENES)
    else:
        var.index = list(GENES)
    cells = pd.DataFrame(obs or {}, index=[f"c{k}" for k in range(x.shape[0])])
    data = ad.AnnData(sp.csr_matrix(np.zeros(x.shape, np.float32)), obs=cells, var=var)
    if place == "X":
        data.X = x
    elif place == "raw/X":
        data.X = x
        data.raw = data
        data.X = sp.csr_matrix(np.full(x.shape, 7, np.float32))
    else:
        data.layers[place.removeprefix("layers/")] = x
    data.write_h5ad(path)


@pytest.fixture
def both(tmp_path):
    """The same two data sets as Parquet and as h5ad: sparse raw counts, and a dense layer."""
    tables, files = tmp_path / "tables", tmp_path / "files"
    tables.mkdir()
    files.mkdir()
    rows = []
    for k, name in enumerate(("one", "two")):
        x = counts(k)
        write_set(tables, name, GENES, x)
        rows.append(f"{name},human,counts,,,")
    (tables / "index.csv").write_text("\n".join([HEAD, *rows]) + "\n")
    write_h5ad(files / "one.h5ad", sp.csr_matrix(counts(0)), "raw/X", "feature_name")
    write_h5ad(files / "two.h5ad", counts(1), "layers/counts", "hgnc")
    rows = ["one,human,counts,,,", "two,human,counts,layers/counts,hgnc,"]
    (files / "index.csv").write_text("\n".join([HEAD, *rows]) + "\n")
    return tables, files


@pytest.mark.parametrize("rows", [7, 10_000])
def test_h5ad_gives_the_corpus_that_tables_give(both, tmp_path, monkeypatch, rows):
    monkeypatch.setattr(h5ad_sets, "MOST_ROWS", rows)
    monkeypatch.setattr(start, "CHUNK_CELLS", rows)
    tables, files = both
    wanted, got = read_corpus(tables, {}), read_corpus(files, {}, spool=tmp_path / "spool")
    assert got.genes == wanted.genes
    for a, b in zip(got.sets, wanted.sets, strict=True):
        assert a.name == b.name
        np.testing.assert_array_equal(a.ids, b.ids)
        np.testing.assert_allclose(a.values.toarray(), b.values.toarray(), rtol=1e-6)
        for mine, theirs in zip(gene_moments(a.values), gene_moments(b.values)):
            np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)
    batches = (Batcher(c, frozenset(), Sampling(6, 20), 0).batch(3) for c in (got, wanted))
    one, other = batches
    np.testing.assert_array_equal(one.masked, other.masked)
    np.testing.assert_allclose(one.values, other.values, rtol=1e-6)


def test_values_lie_on_disk_and_only_a_chunk_is_read_at_a_time(both, tmp_path, monkeypatch):
    monkeypatch.setattr(h5ad_sets, "MOST_ROWS", 4)
    seen, real = [], h5ad_sets.to_linear

    def counted(x, *more):
        seen.append(x.shape[0])
        return real(x, *more)

    monkeypatch.setattr(h5ad_sets, "to_linear", counted)
    corpus = read_corpus(both[1], {}, spool=tmp_path / "spool")
    assert max(seen) == 4
    assert sum(seen) == 2 * 2 * 30  # two files, each read twice
    base = corpus.sets[0].values.data
    while getattr(base, "base", None) is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    seen.clear()
    again = read_corpus(both[1], {}, spool=tmp_path / "spool")
    assert seen == []  # what was read before is reused
    np.testing.assert_array_equal(again.sets[1].values.data, corpus.sets[1].values.data)


def write_divided(folder) -> None:
    """Write one file of two data sets, census/a and census/b."""
    labels = np.where(np.arange(40) % 3 == 0, "a", "b")
    write_h5ad(folder / "census.h5ad", sp.csr_matrix(counts(0, 40)), obs={"dataset_id": labels})
    (folder / "index.csv").write_text(f"{HEAD}\ncensus,human,counts,,,dataset_id\n")


def test_a_name_of_a_divided_file_means_its_data_sets_or_is_refused(tmp_path):
    write_divided(tmp_path)
    corpus = read_corpus(tmp_path, {}, spool=tmp_path / "s")
    assert held_out_sets(corpus, ["census"]) == ("census/a", "census/b")
    assert held_out_sets(corpus, ["census/b", "census"]) == ("census/b", "census/a")
    for name in ("census/c", "cens", "b"):
        with pytest.raises(UnknownNameError, match=f"no data set named '{name}'"):
            held_out_sets(corpus, [name])
    with pytest.raises(UnknownNameError, match="census/c"):
        read_corpus(tmp_path, {}, ["census/a", "census/c"], spool=tmp_path / "s")


def test_one_file_becomes_several_data_sets(tmp_path):
    write_divided(tmp_path)
    corpus = read_corpus(tmp_path, {}, spool=tmp_path / "s")
    assert [s.name for s in corpus.sets] == ["census/a", "census/b"]
    assert [s.n_cells for s in corpus.sets] == [13, 26]  # cell 3 expresses nothing
    part = np.expm1(corpus.sets[0].values.toarray()).sum(1)
    np.testing.assert_allclose(part, 1e4, rtol=1e-4)
    without = read_corpus(tmp_path, {}, ["census/a"], spool=tmp_path / "s")
    assert [s.name for s in without.sets] == ["census/b"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("one,human,counts,layers/none,,", "no matrix 'layers/none'"),
        ("one,human,counts,,none,", "no column 'none' of symbols"),
        ("one,human,counts,,,none", "no column 'none' to split by"),
    ],
)
def test_what_the_index_names_must_be_there(tmp_path, row, words):
    write_h5ad(tmp_path / "one.h5ad", sp.csr_matrix(counts(0)))
    (tmp_path / "index.csv").write_text(f"{HEAD}\n{row}\n")
    with pytest.raises(TableError, match=words):
        read_corpus(tmp_path, {}, spool=tmp_path / "s")


def test_what_is_no_h5ad_or_cannot_be_read_by_cells_is_a_sentence(tmp_path):
    (tmp_path / "index.csv").write_text(f"{HEAD}\none,human,counts,,,\n")
    (tmp_path / "one.h5ad").write_bytes(b"not hdf5")
    with pytest.raises(TableError, match="cannot be read as h5ad"):
        read_corpus(tmp_path, {}, spool=tmp_path / "s")
    write_h5ad(tmp_path / "one.h5ad", sp.csc_matrix(counts(0)))
    with pytest.raises(TableError, match=r"stored by genes \(CSC\)"):
        read_corpus(tmp_path, {}, spool=tmp_path / "s")
    write_h5ad(tmp_path / "one.h5ad", sp.csr_matrix(-counts(0)))
    with pytest.raises(TableError, match="negative"):
        read_corpus(tmp_path, {}, spool=tmp_path / "s")


def written(folder, kind, matrices, **var):
    """A file of counts and logs in the places `matrices` names; the index says `kind`."""
    x = counts(0, 40)
    values = {"counts": x, "logs": np.log1p(x), "scaled": x - x.mean(0)}
    data = ad.AnnData(
        values[matrices["X"]], var=pd.DataFrame(var or None, index=var.pop("index", GENES))
    )
    if "raw" in matrices:
        raw = data.copy()
        raw.X = values[matrices["raw"]]
        data.raw = raw
    if "layer" in matrices:
        data.layers["counts"] = values[matrices["layer"]]
    data.write_h5ad(folder / "one.h5ad")
    (folder / "index.csv").write_text(f"{HEAD}\none,human,{kind},,,\n")
    return read_corpus(folder, {}, spool=folder / "s")


@pytest.mark.parametrize(
    ("kind", "matrices"),
    [
        ("counts", {"X": "counts", "raw": "logs"}),
        ("UMI counts", {"X": "logs", "raw": "counts"}),
        ("counts", {"X": "scaled", "raw": "logs", "layer": "counts"}),
        ("log1p", {"X": "scaled", "raw": "logs"}),
        ("log1p", {"X": "logs", "raw": "counts"}),
    ],
)
def test_the_matrix_is_the_one_that_holds_what_the_index_says(tmp_path, kind, matrices):
    plain = tmp_path / "plain"
    plain.mkdir()
    wanted = written(plain, "counts", {"X": "counts"})
    got = written(tmp_path, kind, matrices)
    np.testing.assert_allclose(
        got.sets[0].values.toarray(), wanted.sets[0].values.toarray(), rtol=1e-4, atol=1e-5
    )


def test_counts_are_not_found_among_logarithms_alone(tmp_path):
    with pytest.raises(TableError, match=r"fractions up to .*, as logarithms are"):
        written(tmp_path, "counts", {"X": "scaled", "raw": "logs"})


def test_symbols_are_read_where_they_lie(tmp_path):
    ids = [f"ENSG{k:011d}.3" for k in range(len(GENES))]
    corpus = written(tmp_path, "counts", {"X": "counts"}, index=ids, Gene_Name=list(GENES), n=1)
    assert set(corpus.genes) == set(GENES)
    assert "its column 'Gene_Name' is read" in corpus.notes[0]
    numbers = [str(k) for k in range(len(GENES))]
    corpus = written(
        tmp_path, "counts", {"X": "counts"}, index=numbers, symbol=list(GENES), feature_name=ids
    )
    assert set(corpus.genes) == set(GENES)
