"""Every format and habit gives the same six cells; what cannot be read is one sentence."""

from __future__ import annotations

import gzip

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from tests.data.own import odd_files as odd
from ugrn_core.data.own.formats import contract, hdf5
from ugrn_core.data.own.formats.contract import CellFile
from ugrn_core.data.own.formats.given import of_bytes, of_path
from ugrn_core.data.own.formats.opening import read_cells, read_path
from ugrn_core.errors import MissingDataError, OptionError, TableError

TEXTS = (
    *("comma.csv", "tab.tsv", "semicolon.csv", "spaces.txt", "turned.csv", "crlf.csv", "bom.csv"),
    *("utf16.csv", "latin1.csv", "quoted.csv", "two-names.tsv", "no-heading.csv", "comment.csv"),
    *("packed.csv.gz", "packed.csv.bz2", "packed.csv.xz", "junk.zip", "t.parquet", "t.xlsx"),
)


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    return odd.text_files(tmp_path_factory.mktemp("texts"))


def packed_over(content: bytes, times: int) -> bytes:
    """Return a content that was compressed again and again."""
    for _ in range(times):
        content = gzip.compress(content, mtime=0)
    return content


def dense(file: CellFile, which: int = 0) -> np.ndarray:
    """All values of a matrix, its genes in the order of GENES."""
    matrix = file.matrices[which]
    values = np.vstack([x.toarray() for _, x in matrix.all_blocks()])
    assert next(top for top, _ in matrix.all_blocks()) == 0
    return values[:, [matrix.genes.index(g) for g in odd.GENES]]


@pytest.mark.parametrize("name", TEXTS)
def test_text_of_every_habit(texts, name):
    file = read_path(texts[name])
    assert np.array_equal(dense(file), odd.COUNTS)
    assert len(file.cells) == 6
    if name not in ("no-heading.csv", "latin1.csv"):
        assert file.cells == odd.CELLS
    if name == "turned.csv":
        assert tuple(file.columns["cell_type"]) == odd.TYPES
    if name == "latin1.csv":
        assert file.cells[0] == "Zelle_ä"
    if name == "two-names.tsv":
        assert tuple(file.matrices[0].gene_columns["gene_id"]) == odd.IDS


@pytest.mark.parametrize("name", ["twice.csv.gz", "twice.csv.gz.gz"])
def test_a_file_that_was_compressed_twice_is_read(texts, tmp_path, name):
    (tmp_path / name).write_bytes(packed_over(texts["comma.csv"].read_bytes(), 2))
    assert np.array_equal(dense(read_path(tmp_path / name)), odd.COUNTS)
    odd.annotated(odd.COUNTS).write_h5ad(tmp_path / "a.h5ad")
    content = packed_over((tmp_path / "a.h5ad").read_bytes(), 2)
    assert np.array_equal(dense(read_cells([of_bytes("a.h5ad.gz", content)])), odd.COUNTS)


def test_decimal_commas(texts):
    assert np.array_equal(dense(read_path(texts["half.csv"])), odd.COUNTS + 0.5)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("prefix", ["", "GSM1_"])
def test_a_10x_folder(tmp_path, old, prefix):
    folder = odd.write_10x_folder(tmp_path / "deep" / "filtered", old=old, prefix=prefix)
    for given in (
        folder,
        folder.parent,
        next(folder.glob("*matrix*")),
        odd.tarred(tmp_path / "a.tar.gz", folder),
    ):
        file = read_path(given)
        assert np.array_equal(dense(file), odd.COUNTS)
        assert file.cells == odd.CELLS
        assert tuple(file.matrices[0].gene_columns["gene_ids"]) == odd.IDS


def test_three_uploads_are_a_10x_folder(tmp_path):
    folder = odd.write_10x_folder(tmp_path / "cells")
    files = [of_bytes(p.name, p.read_bytes()) for p in sorted(folder.iterdir())]
    assert np.array_equal(dense(read_cells(files)), odd.COUNTS)
    with pytest.raises(TableError, match=r"needs its barcodes.tsv beside it"):
        read_cells([f for f in files if "barcodes" not in f.name])


def test_of_a_raw_and_a_filtered_folder_the_filtered_is_read(tmp_path):
    odd.write_10x_folder(tmp_path / "outs" / "raw_feature_bc_matrix")
    odd.write_10x_folder(tmp_path / "outs" / "filtered_feature_bc_matrix")
    assert np.array_equal(dense(read_path(tmp_path / "outs")), odd.COUNTS)
    odd.write_10x_folder(tmp_path / "outs" / "second")
    with pytest.raises(TableError, match="2 samples or counts here"):
        read_path(tmp_path / "outs")


def test_headings_above_barcodes_and_features_are_no_cell_and_no_gene(tmp_path):
    folder = odd.write_10x_folder(tmp_path / "cells", zipped=False)
    for name, words in (("barcodes.tsv", "x"), ("features.tsv", "id\tsymbol\tkind")):
        path = folder / name
        path.write_text(f"{words}\n{path.read_text()}")
    file = read_path(folder)
    assert file.cells == odd.CELLS
    assert np.array_equal(dense(file), odd.COUNTS)


def test_antibodies_are_left_out_and_said(tmp_path):
    folder = odd.write_10x_folder(tmp_path / "cells")
    path = folder / "features.tsv.gz"
    lines = (
        gzip.decompress(path.read_bytes())
        .decode()
        .replace("CD3D\tGene Expression", "CD3D\tAntibody Capture")
    )
    path.write_bytes(gzip.compress(lines.encode()))
    file = read_path(folder)
    assert "CD3D" not in file.matrices[0].genes
    assert "1 features of kind 'Antibody Capture' were left out" in file.notes


@pytest.mark.parametrize("version", [2, 3])
def test_10x_hdf5(tmp_path, version):
    file = read_path(odd.write_10x_h5(tmp_path / "cells.h5", version=version))
    assert np.array_equal(dense(file), odd.COUNTS)
    assert file.cells == odd.CELLS
    two = ("GRCh38", "mm10")
    both = read_path(odd.write_10x_h5(tmp_path / "two.h5", version=version, genomes=two))
    assert [m.name for m in both.matrices] == list(two)
    assert all(len(m.genes) == 8 for m in both.matrices)


def test_loom(tmp_path):
    file = read_path(odd.write_loom(tmp_path / "cells.loom"))
    assert [m.name for m in file.matrices] == ["X", "layers/spliced"]
    assert np.array_equal(dense(file, 1), odd.COUNTS)
    assert tuple(file.columns["cell_type"]) == odd.TYPES


@pytest.mark.parametrize("chosen", [[5, 0, 7, 2], [7, 6, 5, 4, 3, 2, 1, 0], [3], list(range(8))])
@pytest.mark.parametrize("layout", [np.asarray, sp.csr_matrix, sp.csc_matrix])
def test_some_genes_come_in_the_order_in_which_they_are_asked_for(tmp_path, layout, chosen):
    odd.annotated(layout(odd.COUNTS)).write_h5ad(tmp_path / "cells.h5ad")
    (matrix,) = read_path(tmp_path / "cells.h5ad").matrices
    part = contract.columns_of(matrix, "part", np.array(chosen))
    again = contract.columns_of(part, "again", np.arange(len(chosen))[::-1])
    for some, wanted in ((part, chosen), (again, chosen[::-1])):
        assert some.genes == tuple(odd.GENES[k] for k in wanted)
        values = np.vstack([x.toarray() for _, x in some.all_blocks()])
        np.testing.assert_array_equal(values, odd.COUNTS[:, wanted])


@pytest.mark.parametrize("layout", [np.asarray, sp.csr_matrix, sp.csc_matrix])
@pytest.mark.parametrize("packed", [False, True])
def test_h5ad_of_every_layout(tmp_path, layout, packed, monkeypatch):
    monkeypatch.setattr(hdf5, "SPARSE_AT_ONCE", 5)
    monkeypatch.setattr(hdf5, "DENSE_AT_ONCE", 16)
    monkeypatch.setattr(hdf5, "TURNED_AT_ONCE", 10)  # CSC: in three passes
    data = odd.annotated(layout(odd.log_cp10k()), layers={"counts": layout(odd.COUNTS)})
    data.raw = odd.annotated(layout(odd.COUNTS * 2))
    path = tmp_path / "cells.h5ad"
    data.write_h5ad(path)
    if packed:
        path = tmp_path / "cells.h5ad.gz"
        path.write_bytes(gzip.compress((tmp_path / "cells.h5ad").read_bytes()))
    file = read_path(path)
    assert [m.name for m in file.matrices] == ["X", "raw", "layers/counts"]
    assert np.allclose(dense(file, 0), odd.log_cp10k())
    assert np.array_equal(dense(file, 1), odd.COUNTS * 2)
    assert np.array_equal(dense(file, 2), odd.COUNTS)
    assert tuple(file.columns["cell_type"]) == odd.TYPES
    assert file.columns["dpt_pseudotime"].tolist() == np.linspace(0, 1, 6).tolist()
    assert len(list(file.matrices[0].all_blocks())) > 1 or layout is sp.csc_matrix


@pytest.mark.filterwarnings("ignore")
def test_h5ad_as_anndata_wrote_it_before_0_7():
    """scanpy ships one: obs as records, categories in uns, `raw.X` at the root or in a group."""
    from ugrn_core.data.cells.builtin import PBMC68K_FILE, _in_scanpy

    path = _in_scanpy(PBMC68K_FILE)
    file = read_path(path)
    whole = anndata.read_h5ad(path)
    assert list(file.cells) == list(whole.obs_names)
    raw = next(m for m in file.matrices if m.name == "raw")
    values = np.vstack([x.toarray() for _, x in raw.all_blocks()])
    assert np.allclose(values, whole.raw.X.toarray())
    assert list(file.columns["bulk_labels"]) == list(whole.obs["bulk_labels"].astype(str))


def test_orientation_may_be_said(texts):
    file = read_path(texts["comma.csv"], genes_in="columns")
    assert file.matrices[0].genes == odd.CELLS
    with pytest.raises(OptionError, match="auto, rows, columns"):
        read_path(texts["comma.csv"], genes_in="sideways")


def test_coordinates_of_genes_are_no_cells(tmp_path):
    table = odd.FRAME.copy()
    table.insert(0, "Start", 1000)
    table.insert(1, "Length", 12)
    table.to_csv(tmp_path / "featurecounts.tsv", sep="\t")
    assert read_path(tmp_path / "featurecounts.tsv").cells == odd.CELLS


def test_dates_of_a_workbook_stand_as_excel_shows_them(tmp_path):
    table = odd.FRAME.rename(index={"CD3D": pd.Timestamp("2024-09-02")})
    table.to_excel(tmp_path / "t.xlsx")
    assert "2-Sep" in read_path(tmp_path / "t.xlsx").matrices[0].genes


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.rds", b"X\n", "R's own format. In R: counts <- GetAssayData"),
        ("x.RData", b"RDX3\n", "R's own format"),
        ("x.h5seurat", b"", "SeuratDisk's format"),
        ("x.pkl", b"\x80\x04", "a pickle, which may run code"),
        ("x.npz", b"PK\3\4", "no names of genes"),
        ("x.xls", b"\xd0\xcf\x11\xe0", "Save it as .xlsx"),
        ("x.bam", b"BAM\1", "Count them first"),
        ("x.docx", b"word", "none of the formats"),
        ("x.csv", b"", "is empty"),
        ("x.csv", b"\n\n", "is empty"),
        ("x.csv", b",c1,c2\n", "no line of values"),
        ("x.csv", b"A\nB\n", "no tab, comma, semicolon or space"),
        ("x.csv", b"\0\0\1\2,\1", "not text|binary"),
        ("x.csv", b",c1,c2\nGATA1,1,x\nSPI1,1,2\nKLF1,1,2\n", "'x' where a number was expected"),
        ("x.csv", b",c1\nGATA1,1,2,3,4\nSPI1,1,2\nKLF1,1,2,3,4,5,6,7,8\n", "fields"),
        ("x.csv", b",xx_1,xx_2\nfoo_1,1,2\nbar_1,3,4\n", "names no genes we know"),
        ("x.h5ad", b"PAR1 no such thing", "no HDF5 file"),
        ("x.h5", b"\x89HDF\r\n\x1a\n and then nothing", "cannot be read as HDF5"),
        ("x.parquet", b"PAR1 no such thing", "cannot be read as parquet"),
        ("x.xlsx", b"PK\3\4 no such thing", "cannot be read as a workbook"),
        ("x.zip", b"PK\3\4 no such thing", "damaged or cut short"),
        ("x.csv.gz", gzip.compress(b",c1\nGATA1,1\n" * 99, mtime=0)[:40], "damaged or cut short"),
        ("x.tar.gz", gzip.compress(b"no tar", mtime=0), "damaged or cut short"),
        ("x.csv.gz", packed_over(b",c1\nGATA1,1\n", 4), "compressed more than 3 times over"),
        ("x.csv.gz", packed_over(b",c1\nGATA1,1\n" * 99, 2)[:40], "damaged or cut short"),
        ("x.mtx", b"%%MatrixMarket", r"needs its barcodes.tsv"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_with_a_way_out(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TableError, match=said) as caught:
        read_path(path)
    assert len(str(caught.value)) < 400
    with pytest.raises(TableError, match=said):
        read_cells([of_bytes(name, content)])


def test_nothing_and_nowhere(tmp_path):
    with pytest.raises(MissingDataError, match="no file or folder"):
        read_path(tmp_path / "gone.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TableError, match="no file of cells here"):
        read_path(tmp_path / "empty")
    for name in ("a.csv", "b.csv"):
        (tmp_path / "empty" / name).write_text("x")
    with pytest.raises(TableError, match="2 files came, 2 of which may be of cells"):
        read_path(tmp_path / "empty")


def test_junk_beside_the_cells_is_left_alone(tmp_path, texts):
    folder = tmp_path / "cells"
    folder.mkdir()
    for name in (".DS_Store", "._comma.csv", "README.txt"):
        (folder / name).write_bytes(b"\0")
    (folder / "comma.csv").write_bytes(texts["comma.csv"].read_bytes())
    assert np.array_equal(dense(read_path(folder)), odd.COUNTS)
    assert {f.name for f in of_path(folder)} == {"README.txt", "comma.csv"}
