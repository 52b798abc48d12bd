"""Folders as tools leave them, and numbers of cells among the counts: each with a known answer."""

from __future__ import annotations

import zipfile

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.io
import scipy.sparse as sp

from tests.data.own.odd_files import (
    CELLS,
    COUNTS,
    FRAME,
    GENES,
    IDS,
    TYPES,
    write_10x_folder,
    write_10x_h5,
    write_loom,
)
from tests.data.own.test_odd_tables import counts_of, read
from ugrn_core.data.own.formats import given
from ugrn_core.data.own.formats.opening import read_path
from ugrn_core.data.own.recognition import recognise
from ugrn_core.errors import TableError

TURNED = FRAME.T.astype(np.float32)
MANY = [f"CELL{k}" for k in range(24)]
MANY_CELLS = pd.DataFrame(np.tile(COUNTS, (4, 1)).astype(int), index=MANY, columns=list(GENES))


def test_the_filtered_cells_of_cell_ranger_multi_lie_five_folders_deep(tmp_path):
    outs = tmp_path / "outs"
    write_10x_folder(outs / "per_sample_outs/S1/count/sample_filtered_feature_bc_matrix")
    raw = write_10x_folder(outs / "multi/count/raw_feature_bc_matrix")
    (raw / "barcodes.tsv.gz").unlink()  # were it read, there would be no answer
    (outs / "per_sample_outs/S1/metrics_summary.csv").write_text("a,b\n1,2\n")
    np.testing.assert_array_equal(counts_of(read_path(outs)), COUNTS)
    write_10x_folder(outs / "per_sample_outs/S2/count/sample_filtered_feature_bc_matrix")
    with pytest.raises(TableError, match=r"S1/count/sample.*S2/count/sample"):
        read_path(outs)


def test_of_a_folder_of_hdf5_the_filtered_counts_are_read_and_the_rest_is_named(tmp_path):
    write_10x_h5(tmp_path / "filtered_feature_bc_matrix.h5")
    for name in ("raw_feature_bc_matrix.h5", "molecule_info.h5"):
        with h5py.File(tmp_path / name, "w") as file:
            file["barcodes"] = np.arange(3)
    (tmp_path / "metrics_summary.csv").write_text("a,b\n1,2\n")
    file = read_path(tmp_path)
    np.testing.assert_array_equal(counts_of(file), COUNTS)
    assert any("not read: metrics_summary.csv, molecule_info.h5, raw" in n for n in file.notes)
    assert "of 4 files the cells are those of filtered_feature_bc_matrix.h5" in file.notes


def test_counts_beside_what_is_said_of_the_cells(tmp_path):
    """In another order, with names as R leaves them, a cell too many and one too few."""
    names = [c.replace("-", ".") for c in CELLS]
    told = pd.DataFrame({"cell_type": TYPES, "age": [1, 2, "NA", 4, 5, 6]}, index=names)
    told = pd.concat([told.iloc[::-1], pd.DataFrame({"cell_type": ["B"]}, index=["OTHER"])])
    with zipfile.ZipFile(tmp_path / "GSE1.zip", "w") as archive:
        archive.writestr("GSE1_counts.csv", FRAME.to_csv())
        archive.writestr("GSE1_metadata.csv", told.to_csv(sep="\t", index_label=False))
        archive.writestr("GSE1_umap.csv", "cell,x\nA,1\n")
    file = read_path(tmp_path / "GSE1.zip")
    np.testing.assert_array_equal(counts_of(file), COUNTS)
    assert tuple(file.columns["cell_type"]) == TYPES
    np.testing.assert_array_equal(file.columns["age"], [1, 2, np.nan, 4, 5, 6])
    assert file.notes == (
        "of 3 files the cells are those of GSE1_counts.csv",
        "said of the cells in GSE1_metadata.csv, 100% of them: cell_type, age",
        "not read: GSE1_umap.csv",
    )
    assert recognise(file).cell_types == "cell_type"


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ("cell_by_gene.csv", "cell_metadata.csv"),
        ("S1_exprMat_file.csv", "S1_metadata_file.csv"),
        ("all_samples.UMI_counts.txt", "all_samples.annotation.txt"),
        ("cells.tpm.csv", "cell_types.csv"),
        ("GSM1.csv", "cells.csv"),
    ],
)
def test_which_of_two_tables_is_the_counts_is_told_by_their_names(tmp_path, counts, said):
    (tmp_path / counts).write_text(FRAME.to_csv())
    (tmp_path / said).write_text(pd.DataFrame({"cell_type": TYPES}, index=CELLS).to_csv())
    file = read_path(tmp_path)
    np.testing.assert_array_equal(counts_of(file), COUNTS)
    assert tuple(file.columns["cell_type"]) == TYPES
    (tmp_path / f"other_{counts}").write_text(FRAME.to_csv())
    with pytest.raises(TableError, match="may be of cells"):
        read_path(tmp_path)


def test_a_10x_folder_with_what_is_said_of_its_cells(tmp_path):
    folder = write_10x_folder(tmp_path / "GSE2", prefix="GSE2_")
    said = pd.DataFrame({"barcode": CELLS, "cell_type": TYPES})
    said.to_csv(folder / "GSE2_metadata.csv", index=False)
    file = read_path(folder)
    np.testing.assert_array_equal(counts_of(file), COUNTS)
    assert tuple(file.columns["cell_type"]) == TYPES


@pytest.mark.parametrize(
    "said", ["cell,cell_type\nA,B\nA,T\n", "", "\0\0\0", "cell_type\nT\n", "a,b\n1,2,3,4\n5\n"]
)
def test_a_table_of_other_cells_or_none_changes_nothing(tmp_path, said):
    (tmp_path / "counts.csv").write_text(FRAME.to_csv())
    (tmp_path / "metadata.csv").write_text(said)
    file = read_path(tmp_path)
    np.testing.assert_array_equal(counts_of(file), COUNTS)
    assert file.columns == {}
    assert "not read: metadata.csv" in file.notes


def market(path, values) -> None:
    scipy.io.mmwrite(path, sp.coo_matrix(values.astype(np.int64)), field="integer")


def test_other_ways_of_counting_beside_starsolos(tmp_path):
    raw = write_10x_folder(tmp_path / "raw", zipped=False)
    market(raw / "UniqueAndMult-EM.mtx", COUNTS.T * 3)
    np.testing.assert_array_equal(counts_of(read_path(raw)), COUNTS)
    for kind in ("Gene", "GeneFull"):
        write_10x_folder(tmp_path / "Solo.out" / kind / "filtered", zipped=False)
    with pytest.raises(TableError, match=r"Gene/filtered/matrix.mtx, GeneFull/filtered"):
        read_path(tmp_path / "Solo.out")


def test_the_sum_that_kallisto_was_asked_for(tmp_path):
    for part, times in (("mature", 1), ("nascent", 2), ("total", 3)):
        market(tmp_path / f"cells_x_genes.{part}.mtx", COUNTS * times)
    (tmp_path / "cells_x_genes.barcodes.txt").write_text("\n".join(CELLS))
    (tmp_path / "cells_x_genes.genes.txt").write_text("\n".join(f"{i}.3" for i in IDS))
    np.testing.assert_array_equal(counts_of(read_path(tmp_path)), COUNTS * 3)
    market(tmp_path / "cells_x_genes.cell.mtx", COUNTS)
    with pytest.raises(TableError, match="4 samples or counts"):
        read_path(tmp_path)


def test_a_folder_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(given, "MOST_MEMBERS", 10)
    for k in range(4):
        (tmp_path / f"a{k}").mkdir()
        for n in range(3):
            (tmp_path / f"a{k}" / f"{n}").touch()
    with pytest.raises(TableError, match="holds over 10 files"):
        read_path(tmp_path)


def test_records_among_a_looms_attributes_are_no_trouble(tmp_path):
    path = write_loom(tmp_path / "scenic.loom")
    with h5py.File(path, "r+") as file:
        file["col_attrs"]["RegulonsAUC"] = np.zeros(6, dtype=[("GATA1_(+)", "f8")])
        file["row_attrs"]["Regulons"] = np.zeros(8, dtype=[("GATA1_(+)", "i8")])
    np.testing.assert_array_equal(counts_of(read_path(path)), COUNTS)


def numbered(position: int, column: str, values) -> str:
    frame = MANY_CELLS.copy()
    frame.insert(position, column, values)
    return frame.to_csv()


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("cell_ID", [*range(13, 25), *range(1, 13)]),
        ("nucleus", range(24, 0, -1)),
        ("object", range(0, 2400, 100)),
        ("library", MANY_CELLS.sum(1)),
    ],
)
@pytest.mark.parametrize("position", [0, 8])
def test_a_number_of_each_cell_is_no_count(tmp_path, column, values, position):
    file = read(tmp_path, numbered(position, column, values))
    pd.testing.assert_frame_equal(counts_of(file), MANY_CELLS.astype(np.float32))
    assert f"said of cells, no genes: {column}" in file.notes
    assert recognise(file).kind.words == "raw counts, up to 9"


def test_an_unknown_gene_stays_among_the_counts(tmp_path):
    """It counts in a cell's total, as every gene does."""
    file = read(tmp_path, numbered(8, "LNC-9", [*range(13, 25), *range(1, 13)]))
    assert "LNC-9" in file.matrices[0].genes


def test_the_first_column_of_a_table_without_row_names_is_a_gene(tmp_path):
    frame = FRAME.T.assign(barcode=CELLS)
    file = read(tmp_path, frame.to_csv(index=False))
    pd.testing.assert_frame_equal(counts_of(file), TURNED)
    bare = read(tmp_path, FRAME.T.to_csv(index=False))
    np.testing.assert_array_equal(counts_of(bare), COUNTS)
    assert bare.cells == tuple("012345")


@pytest.mark.parametrize("heading", ["cell", "Cell", "spot", "ID", "", "GATA2"])
def test_numbers_of_cells_in_the_first_column_are_their_names(tmp_path, heading):
    """MERSCOPE's have 39 digits, in a column that is called as a gene is by another name."""
    numbers = [str(110883424764611924400221639916314253469 + k) for k in range(24)]
    frame = MANY_CELLS.set_axis(numbers).rename_axis(heading)
    file = read(tmp_path, frame.to_csv())
    assert file.cells == tuple(numbers)
    np.testing.assert_array_equal(counts_of(file), MANY_CELLS)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cells.Robj", "In R: counts"),
        ("cells.qs", "In R: counts"),
        ("cells.cloupe", "filtered_feature_bc_matrix.h5"),
        ("cells.mat", "Matlab's format"),
        ("cells.feather", r"read_feather\(...\).to_parquet"),
    ],
)
def test_other_formats_name_the_way_out(tmp_path, name, said):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(TableError, match=said):
        read_path(tmp_path / name)


def test_a_table_of_pandas_in_hdf5_names_the_way_out(tmp_path):
    with h5py.File(tmp_path / "train.h5", "w") as file:
        file.create_group("train").attrs["pandas_type"] = b"frame"
    with pytest.raises(TableError, match=r"read_hdf\('train.h5'\).to_parquet"):
        read_path(tmp_path / "train.h5")
