"""Which format a file is in, and the reader that opens it; what cannot be read, and the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ugrn_core.data.own import foreign_ids
from ugrn_core.data.own.formats import hdf5, tables, ten_x
from ugrn_core.data.own.formats.beside import with_columns
from ugrn_core.data.own.formats.contract import CellFile
from ugrn_core.data.own.formats.given import ARCHIVES, Given, damaged, members, of_path, seekable
from ugrn_core.data.own.formats.h5ad import read_h5ad
from ugrn_core.data.own.formats.loom import read_loom
from ugrn_core.data.own.formats.sides import share_of_genes
from ugrn_core.errors import OptionError, TableError

TEXT = (".csv", ".tsv", ".txt", ".tab", ".dat", ".gct")
HDF5 = (".h5ad", ".h5", ".hdf5", ".loom", ".h5seurat")
TABLES = {".parquet": tables.read_parquet, ".xlsx": tables.read_xlsx, ".xlsm": tables.read_xlsx}
READABLE = ".h5ad, 10x .h5, 10x folder or zip, .loom, .csv, .tsv, .txt, .parquet, .xlsx"
ORIENTATIONS = ("auto", "rows", "columns")
R_LINES = (
    "counts <- GetAssayData(x, layer = 'counts'); "
    "DropletUtils::write10xCounts('cells', counts, version = '3')"
)
REFUSED = {
    ".rds": f"is R's own format. In R: {R_LINES}; then give the folder 'cells'.",
    ".rda": f"is R's own format. In R: {R_LINES}; then give the folder 'cells'.",
    ".rdata": f"is R's own format. In R: {R_LINES}; then give the folder 'cells'.",
    ".robj": f"is R's own format. In R: {R_LINES}; then give the folder 'cells'.",
    ".qs": f"is R's own format (qs). In R: {R_LINES}; then give the folder 'cells'.",
    ".qs2": f"is R's own format (qs2). In R: {R_LINES}; then give the folder 'cells'.",
    ".h5seurat": f"is SeuratDisk's format. In R: {R_LINES}; then give the folder 'cells'.",
    ".pkl": "is a pickle, which may run code when it is read. Write it as h5ad.",
    ".pickle": "is a pickle, which may run code when it is read. Write it as h5ad.",
    ".npz": "holds no names of genes. Write an AnnData of it (h5ad).",
    ".npy": "holds no names of genes. Write an AnnData of it (h5ad).",
    ".xls": "is Excel's old format. Save it as .xlsx or .csv.",
    ".ods": "is a spreadsheet of LibreOffice. Save it as .xlsx or .csv.",
    ".mat": "is Matlab's format. Write it as an AnnData (h5ad) with its names of genes and cells.",
    ".feather": "is a table in feather. Write it as parquet: pandas.read_feather(...).to_parquet"
    "('cells.parquet').",
    ".cloupe": "is Loupe's format, which nothing else reads. Give what lies beside it: "
    "filtered_feature_bc_matrix.h5, or the folder filtered_feature_bc_matrix.",
    ".h5mu": "holds several AnnDatas. Write the one of RNA: mdata['rna'].write_h5ad('rna.h5ad').",
    ".bam": "holds reads. Count them first (Cell Ranger, STARsolo), and give the counts.",
    ".fastq": "holds reads. Count them first (Cell Ranger, STARsolo), and give the counts.",
    ".zarr": "is a folder of chunks. Write it as h5ad: anndata.read_zarr(...).write_h5ad(...).",
}
NO_COUNTS = re.compile(r".*molecule_info\.h5$", re.IGNORECASE)  # of Cell Ranger: molecules
OF_CELLS = re.compile(  # tables of what is said of cells, as they lie beside counts
    r"(?:^|[^a-z])(?:meta(?:_?data)?|annotations?|annots?|coords?|embeddings?|clusters?|obs|"
    r"cell_?types?|tsne|umap|pca|metrics(?:_summary)?|sample_?sheet|samples)(?=[^a-z]|$)|^cells?\.(?:csv|tsv|txt)$",
    re.IGNORECASE,
)
OF_COUNTS = re.compile(r"counts?|matrix|expr|umis?(?=[^a-z])|dge|tpm|fpkm|by_gene", re.IGNORECASE)
ZARR = (".zgroup", ".zattrs", ".zmetadata", "zarr.json")  # files that a folder of zarr holds
LFS = b"version https://git-lfs"  # begins what git leaves in place of a large file
WORKBOOK = "xl/workbook.xml"  # what a zip holds that is an .xlsx
OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # begins an .xls; others called so are text with tabs


def read_path(path: Path, genes_in: str = "auto") -> CellFile:
    """Return the cells of a file or folder on disk; raises as `read_cells`."""
    if path.is_dir() and any((path / n).is_file() for n in ZARR):
        raise TableError(f"{path.name} {REFUSED['.zarr']}")
    files = of_path(path)
    beside = ten_x.ANY_MATRIX.match(files[0].stem) if len(files) == 1 else None
    if beside:  # the matrix of a 10x folder: the other two lie beside it
        files = tuple(f for f in of_path(path.parent) if "/" not in f.name)
        files = (*(f for f in files if f.path == path), *(f for f in files if not _market(f)))
    return read_cells(files, genes_in)


def _market(file: Given) -> bool:
    return bool(ten_x.ANY_MATRIX.match(file.stem))


def read_cells(files: Sequence[Given], genes_in: str = "auto") -> CellFile:
    """Return the cells of one file, or of files that belong together (a 10x folder).

    genes_in: of tables, where genes are: rows, columns, or auto. Raises TableError for what is no
    file of cells, is damaged, or is in a format that is not read, with what to do.
    """
    if genes_in not in ORIENTATIONS:
        raise OptionError(f"Genes are in {', '.join(ORIENTATIONS)}; not '{genes_in[:40]}'.")
    if not files:
        raise TableError(f"There is no file of cells here. Read are {READABLE}.")
    if len(files) == 1 and files[0].name.lower().endswith(ARCHIVES):
        inside = members(files[0])
        if any(f.name.endswith(ZARR) for f in inside):
            raise TableError(f"{files[0].shown} holds zarr, which {REFUSED['.zarr']}")
        return read_cells(inside, genes_in)
    if (parts := ten_x.parts_of(files)) is not None:
        return with_columns(ten_x.read_10x_folder(parts), _near(files, parts), tell=False)
    if len(files) == 1:
        return _read_one(files[0], genes_in)
    one = _the_one(files)
    content = _read_one(one, genes_in)
    others = [f for f in files if f is not one and not _is_readme(f)]
    if not others:
        return content
    note = f"of {len(files):,} files the cells are those of {one.shown}"
    return with_columns(replace(content, notes=(*content.notes, note)), others)


def _near(files: Sequence[Given], parts: Mapping[str, Given]) -> list[Given]:
    """Return what else lies in the folder of a matrix: perhaps what is said of its cells."""
    folder = parts["matrix"].name.rpartition("/")[0]
    others = [f for f in files if f.name.rpartition("/")[0] == folder]
    return [f for f in others if all(f is not part for part in parts.values())]


def _the_one(files: Sequence[Given]) -> Given:
    """Return the one file of cells among several; raise TableError unless there is just one."""
    stored = [f for f in files if f.suffix in HDF5 and not NO_COUNTS.match(f.stem)]
    cells = ten_x.without_raw(stored) or [
        f for f in files if f.suffix in (*TEXT, ".xls", *TABLES) and not _is_readme(f)
    ]
    if len(cells) > 1:
        counts = [f for f in cells if OF_COUNTS.search(f.stem)]
        cells = counts or [f for f in cells if not OF_CELLS.search(f.stem)] or cells
    if len(cells) > 1:  # GSE1_counts_annotation.csv
        cells = [f for f in cells if not OF_CELLS.search(f.stem)] or cells
    if len(cells) == 1:
        return cells[0]
    shown = ", ".join(f.shown for f in (cells or files)[:4])
    raise TableError(
        f"{len(files):,} files came, {len(cells)} of which may be of cells ({shown} ...). Give one "
        "file, or the three of a 10x folder."
    )


def _is_readme(file: Given) -> bool:
    return file.stem.lower().startswith(("readme", "license", "filelist", "manifest", "md5"))


def _start(file: Given) -> bytes:
    """Return the first bytes of a file; raise TableError for those of no file of cells."""
    if file.size == 0:
        raise TableError(f"{file.shown} is empty. Copy it again.")
    with damaged(file.shown), file.open() as stream:
        first = stream.read(len(LFS))
    start = first[:8]
    if first == LFS:
        raise TableError(
            f"{file.shown} is a pointer of Git LFS, not the data. In its repository run: git lfs "
            "pull; or download the file itself."
        )
    if start.startswith(OLD_EXCEL):
        raise TableError(f"{file.shown} {REFUSED['.xls']}")
    return start


def _read_one(file: Given, genes_in: str) -> CellFile:
    if file.suffix in REFUSED and file.suffix != ".xls":
        raise TableError(f"{file.shown} {REFUSED[file.suffix]}")
    start = _start(file)
    if start == hdf5.MAGIC:
        return _read_hdf5(file)
    if file.suffix in HDF5:
        raise TableError(f"{file.shown} is no HDF5 file, though its name says so. Copy it again.")
    read = TABLES.get(file.suffix)
    if start.startswith(b"PK\x03\x04") and read is None:
        inside = members(_as_zip(file))
        if any(f.name == "content.xml" for f in inside):
            raise TableError(f"{file.shown} {REFUSED['.ods']}")
        if all(f.name != WORKBOOK for f in inside):
            return read_cells(inside, genes_in)
        read = tables.read_xlsx  # Excel's, whatever its name says
    if start.startswith(b"PAR1"):
        read = tables.read_parquet
    if read is None and file.suffix not in (*TEXT, ".xls", ""):
        raise TableError(
            f"{file.shown} is in none of the formats that are read: {READABLE} (text also as .gz, "
            ".bz2, .xz, .zip)."
        )
    table = read(file) if read else tables.read_text(file)
    return tables.cells_of(table, genes_are_rows(table, genes_in, file.shown))


def _as_zip(file: Given) -> Given:
    whole = seekable(file)
    return Given(f"{whole.name}.zip", whole.size, whole.opener, whole.path)


def _read_hdf5(file: Given) -> CellFile:
    file = seekable(file)
    with hdf5.opened(file) as root:
        keys = set(root)
    if "mod" in keys:
        raise TableError(f"{file.shown} {REFUSED['.h5mu']}")
    if {"obs", "var"} <= keys:
        return read_h5ad(file)
    if {"matrix", "row_attrs", "col_attrs"} <= keys:
        return read_loom(file)
    if {"assays", "cell.names"} <= keys:
        raise TableError(f"{file.shown} {REFUSED['.h5seurat']}")
    return ten_x.read_10x_h5(file)


def genes_are_rows(table: tables.Table, genes_in: str, where: str) -> bool:
    """Return whether the rows of a table are genes: by which side holds names of genes.

    Raises TableError where neither does.
    """
    if genes_in != "auto":
        return genes_in == "rows"
    rows = max(share_of_genes(names) for names in (table.rows, *table.about.values()))
    columns = share_of_genes(table.columns)
    if max(rows, columns) == 0:
        shown = ", ".join(f"'{n[:20]}'" for n in (*table.rows[:2], *table.columns[:2]))
        way = (
            "Give gene symbols or Ensembl ids of human or mouse, or say where genes are "
            "(--genes-in rows or columns)."
        )
        sides = (table.rows, table.columns, *table.about.values())
        what = next(filter(None, map(foreign_ids.told, sides)), way)
        raise TableError(f"{where} names no genes we know, in rows or columns: {shown}. {what}")
    return rows >= columns
