"""Tables of cells: read in every format, refused with the place of the fault."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from ugrn_core.data.cells import expression
from ugrn_core.data.cells.expression import read_expression_file
from ugrn_core.errors import MissingDataError, OptionError, TableError

GENES, CELLS = ["SOX2", "GAPDH", "NA"], ["c1", "c2"]
VALUES = np.array([[1, 0], [2.5, 3], [0, 7]], dtype=np.float32)
FRAME = pd.DataFrame(VALUES, index=GENES, columns=CELLS)


def write(path, kind):
    if kind == "csv":
        FRAME.to_csv(path)
    elif kind == "semicolon.csv":
        FRAME.to_csv(path, sep=";")
    elif kind == "tsv.gz":
        FRAME.to_csv(path, sep="\t", compression="gzip")
    elif kind == "parquet":
        FRAME.rename_axis("gene").reset_index().to_parquet(path, index=False)
    elif kind == "h5ad":
        import anndata

        cells = pd.DataFrame({"kind": ["a", "b"]}, index=CELLS)
        anndata.AnnData(VALUES.T, cells, pd.DataFrame(index=GENES)).write_h5ad(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "semicolon.csv", "tsv.gz", "parquet", "h5ad"])
def test_every_format_gives_the_same_cells(tmp_path, kind):
    cells = read_expression_file(write(tmp_path / f"mine.{kind}", kind), species="human")
    assert cells.genes == tuple(GENES)
    assert cells.cells == tuple(CELLS)
    assert cells.values.dtype == np.float32
    assert (cells.values == VALUES).all()
    assert cells.name == "mine"
    if kind == "h5ad":
        assert cells.annotations["kind"].tolist() == ["a", "b"]


def test_orientation_is_told_by_the_transcription_factors_or_by_the_user(tmp_path):
    FRAME.T.to_csv(tmp_path / "t.csv")
    assert read_expression_file(tmp_path / "t.csv").genes == tuple(GENES)
    assert read_expression_file(tmp_path / "t.csv", genes_in="rows").genes == tuple(CELLS)
    with pytest.raises(OptionError, match="auto, rows, columns"):
        read_expression_file(tmp_path / "t.csv", genes_in="sideways")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",c1,c2\nA,1,x\nB,1,2\n", "holds 'x' where a number was expected: row 'A', column 'c2'"),
        (",c1,c2\nA,1,\nB,1,2\n", "holds '' where a number"),
        (",c1,c2\nA,1,nan\nB,1,2\n", "where a number was expected|missing or not finite"),
        (",c1,c2\nA,1,inf\nB,1,2\n", "missing or not finite, first that of gene 'A' in cell 'c2'"),
        (",c1,c2\nA,1,2\nB,-1,2\n", "negative, first that of gene 'B' in cell 'c1'"),
        (",c1,c2\nA,1,2\nA,1,2\n", "more than once, first 'A'"),
        (",c1\nA,1\n", "at least two genes"),
        (",c1,c2\n", "no line of values"),
        ("", "no comma, tab or semicolon"),
        ("A\nB\n", "no comma, tab or semicolon"),
        (",c1\nA,1,2,3,4\nB,1,2\nC,1,2,3,4,5,6,7,8\n", "cannot be read"),
        ("\0\0,\1", "binary data"),
        (",c1,c2\n,1,2\nB,1,2\n", "gene without a name in line 2"),
    ],
)
def test_bad_tables_are_refused_with_the_place(tmp_path, text, message):
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(TableError, match=message):
        read_expression_file(tmp_path / "bad.csv", genes_in="rows")


@pytest.mark.parametrize("kind", ["twice.csv", "twice.tsv.gz"])
def test_a_gene_twice_is_refused_in_the_header_too(tmp_path, kind):
    table = pd.DataFrame(np.ones((2, 3)), index=CELLS, columns=["GATA1", "SOX2", "GATA1"])
    table.to_csv(tmp_path / kind, sep="\t" if "tsv" in kind else ",")
    with pytest.raises(TableError, match="more than once, first 'GATA1'"):
        read_expression_file(tmp_path / kind, genes_in="columns")
    (tmp_path / "quoted.csv").write_text('"","A,1","B"\nc1,1,2\nc2,3,4\n')
    assert read_expression_file(tmp_path / "quoted.csv", genes_in="columns").genes == ("A,1", "B")


def test_bad_files_are_refused(tmp_path, monkeypatch):
    with pytest.raises(MissingDataError):
        read_expression_file(tmp_path / "absent.csv")
    with pytest.raises(TableError, match="none of the tables"):
        read_expression_file(tmp_path / "cells.xlsx")
    for name in ("x.parquet", "x.h5ad"):
        (tmp_path / name).write_bytes(b"PAR1 no such thing")
        with pytest.raises(TableError, match="cannot be read as"):
            read_expression_file(tmp_path / name)
    whole = gzip.compress(FRAME.to_csv().encode() * 50)
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TableError, match="cannot be read"):
        read_expression_file(tmp_path / "cut.csv.gz")
    write(tmp_path / "big.csv", "csv")
    monkeypatch.setattr(expression, "MOST_VALUES", 5)
    with pytest.raises(TableError, match="over 5 values"):
        read_expression_file(tmp_path / "big.csv")
    monkeypatch.setattr(expression, "MOST_BYTES", 5)
    with pytest.raises(TableError, match="larger than"):
        read_expression_file(tmp_path / "big.csv")


def test_markup_in_names_is_data(tmp_path):
    (tmp_path / "odd.csv").write_text(',c1\n<script>,1\n"=1+1",2\n')
    assert read_expression_file(tmp_path / "odd.csv").genes == ("<script>", "=1+1")
