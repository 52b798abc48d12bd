"""What people leave around their counts: it changes none of them, and every answer is known."""

from __future__ import annotations

import io
import zipfile

import anndata
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
    annotated,
    write_10x_folder,
)
from ugrn_core.data.own.cell_columns import guessed_time
from ugrn_core.data.own.formats.contract import CellFile, held
from ugrn_core.data.own.formats.opening import read_path
from ugrn_core.data.own.naming import name_genes
from ugrn_core.data.own.recognition import Choices, recognise
from ugrn_core.data.own.values import kind_of
from ugrn_core.errors import OptionError, TableError
from ugrn_core.types import ValueScale

TURNED = FRAME.T
BELOW = pd.DataFrame(7, index=["__no_feature", "__ambiguous", "N_unmapped"], columns=CELLS)
SUMS = pd.DataFrame([COUNTS.sum(1).astype(int)], index=["Total"], columns=CELLS)


def counts_of(file) -> pd.DataFrame:
    """Return the first matrix of a file as cells by genes, named."""
    matrix = file.matrices[0]
    values = sp.vstack([x for _, x in matrix.all_blocks()]).toarray()
    return pd.DataFrame(values, index=list(file.cells), columns=list(matrix.genes))


def read(tmp_path, text: str, name: str = "cells.csv"):
    """Return what a text file of this content holds."""
    path = tmp_path / name
    path.write_text(text)
    return read_path(path)


def lined(*above: str, frame=FRAME) -> str:
    return "\n".join((*above, frame.to_csv()))


def ending(with_comma_above: bool) -> str:
    """Return the counts with a comma too many below, or also above."""
    head, *lines = FRAME.to_csv().strip().split("\n")
    return "\n".join((head + "," * with_comma_above, *(line + "," for line in lines)))


TABLES = {
    "htseq below the genes": pd.concat([FRAME, BELOW]).to_csv(),
    "a line of sums": pd.concat([FRAME, SUMS]).to_csv(),
    "facts of cells between": TURNED.assign(
        nCount_RNA=COUNTS.sum(1), percent_mt=0.25, batch=1, UMAP_1=-2.5, purity=0.125
    ).to_csv(),
    "ids of genes as numbers": FRAME.assign(entrez=range(100, 108))[["entrez", *CELLS]].to_csv(),
    "a column that only counts": TURNED.reset_index(names="cell").to_csv(),
    "titles": lined("Counts of liver, 2020", "by hand", ""),
    "a title with commas": lined("Counts" + "," * 6),
    "commas at the end": ending(True),
    "commas at the end of values": ending(False),
    "a genome before": FRAME.rename(index=lambda g: f"hg19_{g}").to_csv(),
    "a chromosome behind": FRAME.rename(index=lambda g: f"{g}__chr7").to_csv(),
    "ids before": FRAME.set_axis([f"{i}_{g}" for i, g in zip(IDS, GENES)]).to_csv(),
    "ids behind": FRAME.set_axis([f"{g}|{i}.3" for i, g in zip(IDS, GENES)]).to_csv(),
    "headings behind a mark": "##made by hand\n#gene" + FRAME.to_csv(sep="\t"),
    "quotation marks": FRAME.rename(index=lambda g: f"'{g}").to_csv(),
}


@pytest.mark.parametrize("text", TABLES.values(), ids=list(TABLES))
def test_what_stands_around_the_counts_changes_none(tmp_path, text):
    file = read(tmp_path, text)
    got = counts_of(file)
    got.columns = [next(g for g in GENES if g in name) for name in got.columns]
    pd.testing.assert_frame_equal(got, TURNED.astype(np.float32), check_names=False)
    recognised = recognise(file)
    assert recognised.kind.scale is ValueScale.COUNTS
    assert set(recognised.naming.symbols) == set(GENES)


def test_facts_of_cells_become_their_columns_and_are_said(tmp_path):
    told = TURNED.assign(cell_type=TYPES, pseudotime=np.linspace(0, 1, 6), sex=1, n_genes=4)
    file = read(tmp_path, told.to_csv())
    assert guessed_time(file.columns) == "pseudotime"
    np.testing.assert_allclose(file.columns["pseudotime"], np.linspace(0, 1, 6))
    assert any("pseudotime, sex, n_genes" in note for note in file.notes)


def test_a_gene_is_no_fact_of_cells_though_one_is_called_so(tmp_path):
    file = read(tmp_path, TURNED.assign(DPT=1, MT_X=2).to_csv())
    assert counts_of(file).columns.tolist() == [*GENES, "DPT", "MT_X"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_decimal_commas_wherever_they_begin(tmp_path, separator):
    """Of 300 genes the first 250 are nowhere expressed: no comma where layouts are told."""
    names = [*(f"LOC{k}" for k in range(250)), *GENES]
    values = np.zeros((258, 6))
    values[250:] = np.log1p(COUNTS.T).round(3)
    frame = pd.DataFrame(values, index=names, columns=CELLS)
    words = frame.map(lambda v: f"{v:g}".replace(".", ","))
    file = read(tmp_path, words.to_csv(sep=separator))
    np.testing.assert_allclose(counts_of(file)[list(GENES)], values[250:].T, atol=1e-6)


@pytest.mark.parametrize(
    ("separator", "write"),
    [
        (",", lambda v: f"{v * 1000:,}"),
        (";", lambda v: f"{v * 1000:,}"),
        (";", lambda v: f"{v * 1000:,}".replace(",", ".") + ",50"),
        (";", lambda v: f"{v * 1000:,}.50"),
    ],
)
def test_thousands_are_refused_not_guessed(tmp_path, separator, write):
    with pytest.raises(TableError, match="separators of thousands"):
        read(tmp_path, FRAME.map(write).to_csv(sep=separator))


def test_a_long_table_is_told_how_to_become_wide(tmp_path):
    long = FRAME.reset_index(names="gene").melt("gene", var_name="cell").to_csv(index=False)
    with pytest.raises(TableError, match="pivot"):
        read(tmp_path, long)


def test_of_a_workbook_the_sheet_of_genes_is_read_and_the_others_are_named(tmp_path):
    path = tmp_path / "t.xlsx"
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        pd.DataFrame({"about": ["of me", "2020"]}).to_excel(book, sheet_name="README", index=False)
        pd.DataFrame({"n": [1, 2]}, index=CELLS[:2]).to_excel(book, sheet_name="cells")
        FRAME.to_excel(book, sheet_name="counts", startrow=2)
        book.sheets["counts"].cell(1, 1, "My counts")
        FRAME.to_excel(book, sheet_name="again")
    file = read_path(path)
    np.testing.assert_array_equal(counts_of(file), COUNTS)
    assert any("README, cells, again" in note for note in file.notes)


@pytest.mark.parametrize("layout", ["dense", "csr", "csc"])
def test_an_h5ad_the_wrong_way_round_is_turned_and_said(tmp_path, layout):
    x = {"dense": np.array, "csr": sp.csr_matrix, "csc": sp.csc_matrix}[layout](COUNTS.T)
    whole = annotated().T
    turned = anndata.AnnData(x, whole.obs, whole.var)
    turned.write_h5ad(tmp_path / "t.h5ad")
    file = read_path(tmp_path / "t.h5ad")
    np.testing.assert_array_equal(counts_of(file), COUNTS)
    assert file.cells == CELLS
    assert "cell_type" in file.columns
    assert any("adata.T" in note for note in file.notes)


def test_types_of_cells_are_no_names_of_genes(tmp_path):
    """T and B are names of genes, too: of a column of a few words they are not."""
    whole = annotated(genes=[f"unknown{k}" for k in range(8)])
    whole.var["kind"] = ["T", "B"] * 4
    whole.write_h5ad(tmp_path / "t.h5ad")
    with pytest.raises(TableError, match="names of genes"):
        recognise(read_path(tmp_path / "t.h5ad"))


@pytest.mark.parametrize("before", [("", ""), ("GRCh38_", "mm10___")])
def test_mouse_genes_are_not_added_to_human_ones(before):
    human, mouse = before
    names = [*(human + g for g in GENES), *(mouse + g.capitalize() for g in GENES)]
    whole = annotated(np.hstack([COUNTS, COUNTS * 2]), genes=names)
    matrix = held("X", sp.csr_matrix(whole.X), tuple(names))
    file = CellFile("test", CELLS, {}, (matrix,))
    named = recognise(file, Choices(species="human")).naming
    assert named.symbols == (*GENES, *[""] * 8)
    assert set(named.reasons.values()) == {"a gene of mouse"}
    assert any("--species mouse" in note for note in named.notes)
    assert recognise(file, Choices(species="mouse")).naming.symbols[:8] == ("",) * 8


def test_layers_of_velocity_are_no_whole_counts():
    names = ("X", "layers/ambiguous", "layers/raw_counts", "layers/spliced")
    logs = np.log1p(COUNTS / COUNTS.sum(1, keepdims=True) * 1e4)
    every = dict(zip(names, (logs, np.minimum(COUNTS, 1), COUNTS, COUNTS)))
    matrices = tuple(held(n, sp.csr_matrix(v), GENES) for n, v in every.items())
    assert recognise(CellFile("test", CELLS, {}, matrices)).matrix.name == "layers/raw_counts"
    parts = (matrices[0], matrices[1], matrices[3])
    assert recognise(CellFile("test", CELLS, {}, parts)).matrix.name == "layers/spliced"


def test_large_values_are_no_logarithms_whoever_says_so():
    file = CellFile("test", CELLS, {}, (held("X", sp.csr_matrix(COUNTS * 1e5), GENES),))
    with pytest.raises(OptionError, match="no logarithms"):
        recognise(file, Choices(values="log1p"))


def test_an_obs_that_is_no_table_is_a_sentence(tmp_path):
    annotated().write_h5ad(tmp_path / "t.h5ad")
    with h5py.File(tmp_path / "t.h5ad", "r+") as file:
        del file["obs"].attrs["encoding-type"], file["obs"].attrs["encoding-version"]
    with pytest.raises(TableError, match="its obs is no table that anndata knows"):
        read_path(tmp_path / "t.h5ad")


def test_a_missing_name_is_no_gene():
    x = sp.csr_matrix(np.hstack([COUNTS, COUNTS[:, :3]]))
    named = name_genes(held("X", x, (*GENES, "nan", "NA", "")))
    assert named.symbols == (*GENES, "", "", "")


def test_pseudotime_written_as_text_is_one():
    words = np.array(["0.5", "", "NaN", "1"], dtype=object)
    assert guessed_time({"dpt_pseudotime": words}) == "dpt_pseudotime"
    assert guessed_time({"dpt_pseudotime": np.array(["early", "late"], dtype=object)}) is None


def test_rounded_tpm_is_no_count_and_base_ten_is_refused():
    rng = np.random.default_rng(0)
    x = rng.poisson(rng.gamma(0.5, 3, 400), (60, 400)) + (np.arange(400) < 5)
    shares = x / x.sum(1, keepdims=True)
    assert kind_of(sp.csr_matrix(np.round(shares * 1e6))).scale is ValueScale.LINEAR
    assert kind_of(sp.csr_matrix(x)).scale is ValueScale.COUNTS
    for logs in (np.log10(1 + shares * 1e4), np.log10(1 + x)):
        kind = kind_of(sp.csr_matrix(logs))
        assert kind.scale is None
        assert "2.302585" in kind.problem


def test_what_r_and_starsolo_write(tmp_path):
    folder = tmp_path / "r"
    folder.mkdir()
    buffer = io.BytesIO()
    scipy.io.mmwrite(buffer, sp.coo_matrix(COUNTS.T.astype(np.int64)), field="integer")
    (folder / "matrix.mtx").write_bytes(buffer.getvalue())
    pd.DataFrame({"x": GENES}, index=range(1, 9)).to_csv(folder / "genes.csv")
    pd.DataFrame({"x": CELLS}, index=range(1, 7)).to_csv(folder / "barcodes.csv")
    pd.testing.assert_frame_equal(counts_of(read_path(folder)), TURNED.astype(np.float32))
    write_10x_folder(tmp_path / "Solo.out/Gene/filtered", zipped=False)
    write_10x_folder(tmp_path / "Solo.out/Gene/raw", zipped=False)
    assert read_path(tmp_path / "Solo.out").cells == CELLS


def test_a_square_matrix_says_which_way_it_is_read(tmp_path):
    folder = write_10x_folder(tmp_path / "square", old=True)
    assert not any("as many" in note for note in read_path(folder).notes)
    buffer = io.BytesIO()
    scipy.io.mmwrite(buffer, sp.coo_matrix(COUNTS.T[:6].astype(np.int64)), field="integer")
    (folder / "matrix.mtx").write_bytes(buffer.getvalue())
    lines = (folder / "genes.tsv").read_text().splitlines(keepends=True)
    (folder / "genes.tsv").write_text("".join(lines[:6]))
    file = read_path(folder)
    np.testing.assert_array_equal(counts_of(file), COUNTS[:, :6])
    assert any("as many cells as genes" in note for note in file.notes)


def test_a_loom_that_calls_its_genes_otherwise(tmp_path):
    with h5py.File(tmp_path / "t.loom", "w") as file:
        file["matrix"] = COUNTS.T
        rows = file.create_group("row_attrs")
        rows["Chromosome"] = np.array(["1"] * 8, "S")
        rows["GeneName"] = np.array(GENES, "S")
        rows["Number"] = np.arange(8)
        file.create_group("col_attrs")["CellID"] = np.array(CELLS, "S")
    assert recognise(read_path(tmp_path / "t.loom")).naming.symbols == GENES


def other_hdf5(path):
    with h5py.File(path, "w") as file:
        file["data"] = COUNTS


def several_modes(path):
    with h5py.File(path, "w") as file:
        for group in ("mod", "obs", "var"):
            file.create_group(group)


def chunks(path):
    path.mkdir()
    (path / ".zgroup").write_text("{}")


@pytest.mark.parametrize(
    ("name", "write", "said"),
    [
        ("other.h5", other_hdf5, "it holds data"),
        ("modes.h5ad", several_modes, r"mdata\['rna'\]"),
        ("cells.zarr", chunks, "read_zarr"),
        ("cells.ods", lambda path: path.write_bytes(b"PK\3\4"), "LibreOffice"),
    ],
)
def test_the_way_out_is_that_of_the_format(tmp_path, name, write, said):
    write(tmp_path / name)
    with pytest.raises(TableError, match=said):
        read_path(tmp_path / name)


def test_ids_beside_symbols_stay_ids(tmp_path):
    frame = FRAME.assign(gene_id=IDS)[["gene_id", *CELLS]]
    named = recognise(read(tmp_path, frame.to_csv())).naming
    assert named.symbols == GENES


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html>\n<html><body>404\nNot Found</body></html>\n",
        "\n  <html lang='en'>\n<head>,\n<title>Log in,</title>\n",
        '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code>\n</Error>\n',
        "<!DOCTYPE html><html></html>",
    ],
)
def test_a_web_page_in_the_place_of_a_table_is_called_so(tmp_path, text):
    path = tmp_path / "counts.csv"
    path.write_text(text)
    with pytest.raises(TableError, match="web page or XML"), read_path(path):
        pass


@pytest.mark.parametrize("name", ["book.csv", "book.xls", "book"])
def test_a_workbook_is_read_whatever_its_name_says(tmp_path, name):
    FRAME.to_excel(tmp_path / "t.xlsx")
    (tmp_path / "t.xlsx").rename(tmp_path / name)
    read = read_path(tmp_path / name)
    assert read.kind == "Excel (xlsx)"
    np.testing.assert_array_equal(counts_of(read), counts_of_frame(tmp_path))


def test_a_parquet_is_read_whatever_its_name_says(tmp_path):
    FRAME.to_parquet(tmp_path / "p.csv")
    read = read_path(tmp_path / "p.csv")
    assert read.kind == "parquet"
    np.testing.assert_array_equal(counts_of(read), counts_of_frame(tmp_path))


def test_a_spreadsheet_of_libreoffice_called_csv_is_told_the_way_out(tmp_path):
    with zipfile.ZipFile(tmp_path / "o.csv", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    with pytest.raises(TableError, match="is a spreadsheet of LibreOffice"):
        read_path(tmp_path / "o.csv")


def counts_of_frame(folder) -> pd.DataFrame:
    """Return what the same table, written as plain text, is read as."""
    FRAME.to_csv(folder / "plain.csv")
    return counts_of(read_path(folder / "plain.csv"))


@pytest.mark.parametrize("name", ["a.csv", "a.h5ad", "a.txt"])
def test_a_pointer_of_git_lfs_is_said_to_be_one(tmp_path, name):
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:9\nsize 9\n"
    with pytest.raises(TableError, match="git lfs pull"):
        read(tmp_path, text, name)


def test_a_file_without_genes_is_said_to_have_none(tmp_path):
    annotated()[:, :0].copy().write_h5ad(tmp_path / "none.h5ad")
    with pytest.raises(TableError, match="holds no genes, only names of cells"):
        recognise(read_path(tmp_path / "none.h5ad"))


@pytest.mark.parametrize(
    "text",
    [
        '!Series_title\t"Blood"\n!Series_geo_accession\t"GSE1"\n!series_matrix_table_begin\n',
        "^DATABASE = GeoMiame\n!Database_name = GEO\n^SERIES = GSE1\n",
    ],
)
def test_geos_description_of_a_series_is_no_matrix(tmp_path, text):
    path = tmp_path / "GSE1_series_matrix.txt"
    path.write_text(text)
    with pytest.raises(TableError, match="supplementary files"), read_path(path):
        pass
