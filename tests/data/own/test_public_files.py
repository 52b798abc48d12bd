"""Files in the shapes that public archives hold: the counts come out as they went in, or a sentence
says what to give instead."""

from __future__ import annotations

import gzip
import io
import re
import tarfile

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
    zipped,
)
from ugrn_core.data.own.formats.opening import read_path
from ugrn_core.data.own.naming import name_genes
from ugrn_core.data.own.recognition import recognise
from ugrn_core.errors import TableError

TABS = FRAME.to_csv(sep="\t")
ANTIBODIES = np.full((len(CELLS), 2), 300, dtype=np.float32)


def market(counts) -> bytes:
    buffer = io.BytesIO()
    scipy.io.mmwrite(buffer, sp.coo_matrix(counts.astype(np.int64)), field="integer")
    return buffer.getvalue()


def tarred(path, files: dict[str, bytes], mode: str = "w"):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def written(path, content: str | bytes):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(names) -> str:
    return "".join(f"{name}\n" for name in names)


def alevin(folder):
    written(folder / "quants_mat.mtx.gz", gzip.compress(market(COUNTS)))
    written(folder / "quants_mat_rows.txt", lines(CELLS))
    written(folder / "quants_mat_cols.txt", lines(IDS))
    return folder


def parse(folder):
    """Write what the pipeline of Parse Biosciences does."""
    written(folder / "count_matrix.mtx", market(COUNTS))
    genes = [f"{i},{g},hg38" for i, g in zip(IDS, GENES)]
    written(folder / "all_genes.csv", lines(["gene_id,gene_name,genome", *genes]))
    cells = lines(["bc_wells,sample,species", *(f"{c},s1,hg38" for c in CELLS)])
    written(folder / "cell_metadata.csv", cells)
    return folder


def bustools(folder):
    written(folder / "cells_x_genes.mtx", market(COUNTS))
    written(folder / "cells_x_genes.barcodes.txt", lines(CELLS))
    written(folder / "cells_x_genes.genes.txt", lines(f"{i}.3" for i in IDS))
    return folder


def starsolo(folder):
    for kind in ("raw", "filtered"):
        write_10x_folder(folder / "Gene" / kind, zipped=False)
    written(folder / "Gene" / "Summary.csv", "Number of Reads,1\n")
    return folder


def with_antibodies(path, layout=sp.csr_matrix):
    """Write what scanpy reads of Cell Ranger with all its features: one is called as a gene is."""
    x = layout(np.hstack([COUNTS, ANTIBODIES]))
    cells = annotated(x, (*GENES, "SPI1-1", "TotalSeqB_CD3"))
    cells.var["feature_types"] = ["Gene Expression"] * len(GENES) + ["Antibody Capture"] * 2
    cells.write_h5ad(path)
    return path


def with_features_as_index(path):
    """Write an h5ad as SeuratDisk converts one: the index of var is called features."""
    annotated().write_h5ad(path)
    with h5py.File(path, "a") as file:
        var = file["var"]
        var.move("_index", "features")
        var.attrs["_index"] = "features"
        for name in list(file.attrs):
            del file.attrs[name]
    return path


def of_cellxgene(path):
    cells = annotated(genes=IDS)
    cells.var["feature_name"] = pd.Categorical(GENES)
    cells.raw = cells.copy()
    cells.X = np.log1p(COUNTS / COUNTS.sum(1, keepdims=True) * 1e4).astype(np.float32)
    cells.write_h5ad(path)
    return path


def named(names) -> str:
    return FRAME.set_axis(list(names)).to_csv(sep="\t")


def gct() -> str:
    table = FRAME.set_axis(list(IDS)).rename_axis("Name")
    table.insert(0, "Description", GENES)
    return f"#1.2\n{len(GENES)}\t{len(CELLS)}\n{table.to_csv(sep=chr(9))}"


def of_r() -> str:
    """Return a table as R's write.table leaves it: a heading fewer than columns, all quoted."""
    head, *rest = FRAME.to_csv(sep="\t", quoting=2).split("\n")
    return "\n".join((head.removeprefix('""\t'), *rest))


def prefixed(folder):
    return write_10x_folder(folder, prefix="GSM123_liver_")


def in_tars(path):
    inside = tarred(path.with_name("in.tar.gz"), {"GSM1.csv": FRAME.to_csv().encode()}, "w:gz")
    return tarred(path, {"GSM1.tar.gz": inside.read_bytes()})


SHAPES = {
    "geo folder": lambda d: prefixed(d / "GSE1"),
    "tar of csv.gz": lambda d: tarred(
        d / "GSE1_RAW.tar", {"GSM1.csv.gz": gzip.compress(FRAME.to_csv().encode())}
    ),
    "tar of tar.gz": lambda d: in_tars(d / "GSE1_RAW.tar"),
    "zip in zip": lambda d: zipped(
        d / "a.zip",
        {"b.zip": zipped(d / "b.zip", {"c.csv": FRAME.to_csv().encode()}).read_bytes()},
    ),
    "alevin": lambda d: alevin(d / "alevin"),
    "parse": lambda d: parse(d / "DGE_filtered"),
    "bustools": lambda d: bustools(d / "counts_unfiltered"),
    "starsolo": lambda d: starsolo(d / "Solo.out"),
    "antibodies": lambda d: with_antibodies(d / "a.h5ad"),
    "antibodies by genes": lambda d: with_antibodies(d / "a.h5ad", sp.csc_matrix),
    "seurat": lambda d: with_features_as_index(d / "a.h5ad"),
    "cellxgene": lambda d: of_cellxgene(d / "a.h5ad"),
    "write.table": lambda d: written(d / "a.txt", of_r()),
    "gct": lambda d: written(d / "a.gct", gct()),
    "xls that is text": lambda d: written(d / "GSE1.xls", TABS),
    "xls in a tar": lambda d: tarred(d / "a.tar", {"GSM1.xls": TABS.encode()}),
    "utf-16 without a mark": lambda d: written(d / "a.txt", TABS.encode("utf-16-le")),
    "id|symbol": lambda d: written(d / "a.tsv", named(f"{i}|{g}" for i, g in zip(IDS, GENES))),
    "symbol_id": lambda d: written(d / "a.tsv", named(f"{g}_{i}" for i, g in zip(IDS, GENES))),
    "symbol|ncbi": lambda d: written(
        d / "a.tsv", named(f"{g}|{k + 7}" for k, g in enumerate(GENES))
    ),
    "exponents": lambda d: written(d / "a.tsv", FRAME.map("{:.3e}".format).to_csv(sep="\t")),
    "line ends of old Macs": lambda d: written(d / "a.csv", FRAME.to_csv(lineterminator="\r")),
    "bd rhapsody": lambda d: written(
        d / "a_RSEC_MolsPerCell.csv",
        "####\n## BD Targeted\n## Libraries: a,b | c, d\n####\n"
        + FRAME.T.rename_axis("Cell_Index").to_csv(),
    ),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_the_counts_come_out_as_they_went_in(tmp_path, shape):
    known = recognise(read_path(shape(tmp_path)))
    assert known.file.cells == CELLS
    assert known.naming.species == "human"
    values = sp.vstack([x for _, x in known.matrix.all_blocks()]).toarray()
    by_symbol = dict(zip(known.naming.symbols, values.T))
    assert len(known.matrix.genes) == len(GENES)  # what else there was counts in no cell's total
    for gene, counts in zip(GENES, COUNTS.T):
        np.testing.assert_array_equal(by_symbol[gene], counts, err_msg=gene)


def test_what_is_no_expression_is_said(tmp_path):
    notes = read_path(with_antibodies(tmp_path / "a.h5ad")).notes
    assert notes == ("2 features of kind 'Antibody Capture' were left out",)


FISH = ("gata1a", "gata1b", "spi1b", "klf1", "tal1", "si:ch211-1", "lyz", "actb1")
TESTED = pd.DataFrame({"baseMean": 9.0, "log2FoldChange": 1.0, "padj": 0.1}, index=list(GENES))
REFUSED = {
    "a.csv": (TESTED.to_csv(), "results of a test of genes"),
    "b.csv": (FRAME.set_axis(FISH).to_csv(), "as those of zebrafish"),
    "c.csv": (named(f"ENSDARG{k:011d}" for k in range(8)), "another species"),
    "d.csv": (named(f"YAL{k:03d}W" for k in range(8)), "no genes we know"),
    "e.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old format"),
    "f.csv": (gzip.compress(TABS.encode())[:60], "damaged or cut short"),
    "g.csv": (FRAME.iloc[:0].to_csv(), "no line of values"),
    "h.h5ad": ("version https://git-lfs.github.com/spec/v1\n", "pointer of Git LFS"),
    "i.csv": ("<!DOCTYPE html>\n<html><body>Not, found</body></html>\n", "web page or XML"),
    "j.tsv": (FRAME.map(lambda v: f"{1000 * v:,}").to_csv(sep="\t"), "thousands"),
}


@pytest.mark.parametrize(("name", "told"), REFUSED.items(), ids=list(REFUSED))
def test_what_cannot_be_used_is_a_sentence(tmp_path, name, told):
    content, said = told
    with pytest.raises(TableError, match=re.escape(said)):
        recognise(read_path(written(tmp_path / name, content)))


def test_folders_of_other_tools_are_told_what_to_give(tmp_path):
    packed = zipped(tmp_path / "a.zarr.zip", {"a.zarr/.zgroup": b"{}", "a.zarr/X/0": b"\0"})
    with pytest.raises(TableError, match="read_zarr"):
        read_path(packed)
    for part in ("spliced", "unspliced", "ambiguous"):
        written(tmp_path / "velocyto" / f"{part}.mtx", market(COUNTS.T))
    with pytest.raises(TableError, match="Gene/filtered"):
        read_path(tmp_path / "velocyto")


def test_no_cell_and_one_cell(tmp_path):
    annotated()[:0].copy().write_h5ad(tmp_path / "none.h5ad")
    with pytest.raises(TableError, match="holds no cells"):
        recognise(read_path(tmp_path / "none.h5ad"))


@pytest.mark.parametrize("written_as", ["2-Sep", "Sep-02", "44076", "2020-09-02"])
def test_a_gene_that_a_spreadsheet_made_a_date_of(tmp_path, written_as):
    many = [*GENES, *(f"ZNF{k}" for k in range(600, 660))]
    counts = np.ones((len(many) + 1, 3), dtype=int)
    table = pd.DataFrame(counts, index=[*many, written_as], columns=["a", "b", "c"])
    file = read_path(written(tmp_path / "a.csv", table.to_csv()))
    assert "SEPTIN2" in name_genes(file.matrices[0]).symbols


def test_types_come_along(tmp_path):
    known = recognise(read_path(of_cellxgene(tmp_path / "a.h5ad")))
    assert (known.matrix.name, known.cell_types) == ("raw", "cell_type")
    assert tuple(known.file.columns["cell_type"]) == TYPES
