"""What Cell Ranger and its kin write: the HDF5 file, and the folder of three files."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ugrn_core.console import printable
from ugrn_core.data.own.formats import hdf5
from ugrn_core.data.own.formats.contract import (
    MOST_CELLS,
    MOST_GENES,
    MOST_HELD,
    CellFile,
    Matrix,
    check_size,
    columns_of,
    held,
)
from ugrn_core.data.own.formats.given import Given, by_name, damaged, seekable
from ugrn_core.errors import TableError

KIND_H5, KIND_FOLDER = "10x HDF5", "10x folder (matrix, barcodes, features)"
EXPRESSION = "Gene Expression"
GENOME = re.compile(r"^((?:GRCh|GRCm|hg|mm|m38|h38)\w{0,10}?)_+(?=\S)")
PARTS = {
    "matrix": re.compile(r"^(.*?)matrix\.mtx$", re.IGNORECASE),
    "barcodes": re.compile(
        r"^(.*?)(?:barcodes|cells|quants_mat_rows)\.(?:tsv|txt|csv)$", re.IGNORECASE
    ),
    "features": re.compile(
        r"^(.*?)(?:features|genes|quants_mat_cols)\.(?:tsv|txt|csv)$", re.IGNORECASE
    ),
}
PARSE = {  # what Parse Biosciences calls them; others have more files of such names
    "barcodes": re.compile(r"^(.*?)cell_metadata\.csv$", re.IGNORECASE),
    "features": re.compile(r"^(.*?)all_genes\.csv$", re.IGNORECASE),
}
VELOCITY = {"spliced", "unspliced", "ambiguous", "spanning"}
HEADINGS = {
    *("x", "v1", "barcode", "barcodes", "cell", "cells", "cell_id", "cellid", "gene", "genes"),
    *(
        "gene_id",
        "bc_wells",
        "geneid",
        "gene_name",
        "gene_symbol",
        "symbol",
        "feature",
        "features",
        "id",
        "name",
    ),
}
KB_SUMS = re.compile(r"\.(?:cell|nucleus|total)\.mtx$", re.IGNORECASE)
RAW = re.compile(r"raw_|(?:^|/)raw/|unfiltered", re.IGNORECASE)
ANY_MATRIX = re.compile(r"^(.*?)\.mtx$", re.IGNORECASE)


def read_10x_h5(file: Given) -> CellFile:
    """Return the cells of Cell Ranger's HDF5: one matrix a genome.

    Raises TableError for other HDF5 of theirs (molecule_info.h5), or a damaged file.
    """
    import h5py

    file = seekable(file)
    with hdf5.opened(file) as root:
        if isinstance(root.get("matrix"), h5py.Group) and "features" in root["matrix"]:
            return _version_3(file, root["matrix"])
        groups = [k for k in root if isinstance(root[k], h5py.Group)]
        genomes = [k for k in groups if {"barcodes", "gene_names"} <= set(root[k])]
        if any("pandas_type" in root[k].attrs for k in groups):
            raise TableError(
                f"{file.shown} is a table of pandas in HDF5. Write it as parquet: "
                f"pandas.read_hdf('{file.shown}').to_parquet('cells.parquet')."
            )
        if not genomes:
            raise TableError(
                f"{file.shown} is HDF5, and neither of Cell Ranger nor AnnData: it holds "
                f"{', '.join(k[:20] for k in list(root)[:5]) or 'nothing'}. Give "
                "filtered_feature_bc_matrix.h5, or an h5ad."
            )
        return _version_2(file, root, genomes)


def _version_3(file: Given, group) -> CellFile:
    barcodes = hdf5.texts(group["barcodes"], MOST_CELLS, file.shown)
    features = group["features"]
    columns = {
        name: hdf5.texts(features[name], MOST_GENES, file.shown)
        for name in ("id", "name", "feature_type", "genome")
        if name in features
    }
    shape = _shape(group, barcodes, columns["id"], file.shown)
    genes, about = tuple(columns.get("name", columns["id"])), {"gene_ids": columns["id"]}
    place = hdf5.Place(file, "matrix", shape, "X", genes=genes, gene_columns=about)
    kinds, genomes = columns.get("feature_type"), columns.get("genome")
    matrices, notes = split(hdf5.sparse_matrix(place), kinds, genomes)
    return CellFile(KIND_H5, tuple(barcodes), {}, matrices, notes=notes)


def _version_2(file: Given, root, genomes: list[str]) -> CellFile:
    first, matrices, notes = None, [], []
    for genome in genomes:
        group = root[genome]
        barcodes = hdf5.texts(group["barcodes"], MOST_CELLS, file.shown)
        ids = hdf5.texts(group["genes"], MOST_GENES, file.shown)
        genes = tuple(hdf5.texts(group["gene_names"], MOST_GENES, file.shown))
        shape = _shape(group, barcodes, ids, file.shown)
        first = barcodes if first is None else first
        if list(barcodes) != list(first):
            notes.append(f"genome {genome} has cells of its own and was left out")
            continue
        about = {"gene_ids": ids}
        place = hdf5.Place(file, genome, shape, genome, genes=genes, gene_columns=about)
        matrices.append(hdf5.sparse_matrix(place))
    return CellFile(KIND_H5, tuple(first), {}, tuple(matrices), notes=tuple(notes))


def _shape(group, barcodes, ids, name: str) -> tuple[int, int]:
    """Return cells and genes of a stored matrix, whose shape says genes by cells."""
    genes, cells = (int(n) for n in group["shape"][:2])
    if (cells, genes) != (len(barcodes), len(ids)):
        raise TableError(
            f"{name}: {cells:,} cells and {genes:,} genes are in its matrix, {len(barcodes):,} and "
            f"{len(ids):,} among its names. Write it again."
        )
    check_size(cells, genes, name)
    return cells, genes


def split(
    matrix: Matrix, kinds: np.ndarray | None, genomes: np.ndarray | None
) -> tuple[tuple[Matrix, ...], tuple[str, ...]]:
    """Return the genes of a matrix without antibodies, peaks and guides, one matrix a genome, and
    notes of what was left out."""
    whole, (matrix, notes) = matrix, expression_alone(matrix, kinds)
    if genomes is not None and matrix is not whole:
        genomes = genomes[kinds == EXPRESSION]
    if genomes is None or not any(genomes):
        prefixes = [GENOME.match(g) for g in matrix.genes]
        prefixed = sum(m is not None for m in prefixes) > 0.9 * len(prefixes)
        genomes = np.array([m[1] if m and prefixed else "" for m in prefixes], dtype=object)
    known = [g for g in dict.fromkeys(genomes) if g and "," not in g]
    if len(known) < 2:
        return (matrix,), notes
    return tuple(columns_of(matrix, g, np.flatnonzero(genomes == g)) for g in known), notes


def parts_of(files: Sequence[Given]) -> dict[str, Given] | None:
    """Return the matrix, barcodes and features among `files`; None where there is no matrix.

    Of a raw and a filtered folder the filtered one. Raises TableError where one of the three is
    missing, or there are several samples.
    """
    matrices = [f for f in files if ANY_MATRIX.match(f.stem)]
    if not matrices:
        return None
    matrices = without_raw(matrices)
    if {f.stem.rsplit(".", 1)[0].lower() for f in matrices} <= VELOCITY and len(matrices) > 1:
        raise TableError(
            "These are counts for RNA velocity, spliced and unspliced apart. Give the counts of "
            "whole genes: of STARsolo the folder Gene/filtered."
        )
    matrix = _the_matrix(matrices)
    folder = matrix.name[: len(matrix.name) - len(matrix.name.rsplit("/", 1)[-1])]
    prefix = (PARTS["matrix"].match(matrix.stem) or ANY_MATRIX.match(matrix.stem))[1]
    near = [f for f in files if f.name.startswith(folder) and "/" not in f.name[len(folder) :]]
    parts = {"matrix": matrix}
    for part in ("barcodes", "features"):
        fits = _fitting(near, PARTS[part]) or _fitting(near, PARSE[part])
        same = [f for p, f in fits if p.rstrip("._-") == prefix.rstrip("._-")]
        if not (same or len(fits) == 1):
            raise TableError(
                f"{matrix.shown} needs its {part}.tsv beside it ({part}.tsv.gz, or "
                f"{'genes' if part == 'features' else 'cells'}.tsv). Give the three files together."
            )
        parts[part] = (same or [fits[0][1]])[0]
    return parts


def without_raw(files: Sequence[Given]) -> list[Given]:
    """Return those of filtered cells, where there are some; all droplets only where nothing else
    is there."""
    return [f for f in files if not RAW.search(f.name)] or list(files)


def _the_matrix(matrices: Sequence[Given]) -> Given:
    """Return the one matrix of whole genes; raise TableError where there are several."""
    if len(matrices) > 1:  # STARsolo's other ways of counting beside it; sums of kallisto's nac
        plain = [f for f in matrices if re.fullmatch(r"(?i).*(?<!\w)matrix\.mtx", f.stem)]
        sums = [f for f in matrices if KB_SUMS.search(f.stem)]
        one = plain if len(plain) == 1 and _in_one_folder(matrices) else sums
        matrices = one if len(one) == 1 else matrices
    if len(matrices) > 1:
        shown = ", ".join(printable("/".join(f.name.split("/")[-4:]))[-90:] for f in matrices[:4])
        raise TableError(
            f"There are {len(matrices)} samples or counts here ({shown} ...): give the folder, or "
            "the three files, of one, or merge them into one h5ad first."
        )
    return matrices[0]


def _in_one_folder(files: Sequence[Given]) -> bool:
    return len({f.name.rpartition("/")[0] for f in files}) == 1


def _fitting(files: Sequence[Given], name: re.Pattern) -> list[tuple[str, Given]]:
    """Return (what stands before the name, file) of the files so called."""
    return [(m[1], f) for f in files if (m := name.match(f.stem))]


def expression_alone(matrix: Matrix, kinds: np.ndarray | None) -> tuple[Matrix, tuple[str, ...]]:
    """Return a matrix without antibodies, peaks and guides, and notes of what was left out; kinds:
    of its genes, as Cell Ranger calls them."""
    if kinds is None or not (kinds == EXPRESSION).any():
        return matrix, ()
    genes, notes = kinds == EXPRESSION, []
    for kind, count in zip(*np.unique(kinds[~genes].astype(str), return_counts=True)):
        notes.append(f"{count:,} features of kind '{str(kind)[:40]}' were left out")
    if genes.all():
        return matrix, ()
    return columns_of(matrix, matrix.name, np.flatnonzero(genes)), tuple(notes)


def read_10x_folder(parts: dict[str, Given]) -> CellFile:
    """Return the cells of a matrix in Matrix Market format with its barcodes and features."""
    barcodes, features = (_names(parts[p]) for p in ("barcodes", "features"))
    values = _market(parts["matrix"])
    barcodes, features, values = _without_headers(barcodes, features, values)
    cells, genes = len(barcodes), len(features)
    if values.shape == (genes, cells):
        values = values.T
    elif values.shape != (cells, genes):
        raise TableError(
            f"{parts['matrix'].shown} is {values.shape[0]:,} by {values.shape[1]:,}; there are "
            f"{genes:,} features and {cells:,} barcodes. Give the files of one sample."
        )
    width = features.shape[1]
    columns = {"gene_ids": features[0].to_numpy(object)} if width > 1 else {}
    names = features[1 if width > 1 else 0].to_numpy(object)
    kinds = features[2].to_numpy(object) if width > 2 else None
    matrix = held("X", sp.csr_matrix(values, dtype=np.float32), tuple(map(str, names)), columns)
    matrices, notes = split(matrix, kinds, None)
    if cells == genes:
        notes = (*notes, "as many cells as genes: lines of the matrix are taken for genes")
    about = {f"barcodes_{k}": barcodes[k].to_numpy(object) for k in barcodes.columns[1:]}
    return CellFile(KIND_FOLDER, tuple(barcodes[0]), about, matrices, notes=notes)


def _without_headers(barcodes, features, values):
    """Return the three with a first line of headings taken off, where that makes them fit."""
    tables = []
    for table in (barcodes, features):
        headed = len(table) - 1 in values.shape and len(table) not in values.shape
        words = {str(w).strip('"').casefold() for w in table.iloc[0]}
        drop = int(headed and bool(words & HEADINGS))
        tables.append(table.iloc[drop:].reset_index(drop=True))
    return (*tables, values)


def _names(file: Given) -> pd.DataFrame:
    """Return the lines of barcodes or features, fields by tab or comma, as text."""
    separator = "," if file.suffix == ".csv" else "\t"
    with damaged(file.shown), file.open() as stream:
        try:
            table = pd.read_csv(
                stream,
                sep=separator,
                header=None,
                dtype=str,
                na_filter=False,
                quoting=0 if separator == "," else 3,
                encoding="utf-8-sig",
                encoding_errors="replace",
                nrows=MOST_CELLS + 1,
            )
        except (ValueError, pd.errors.EmptyDataError) as error:
            raise TableError(f"{file.shown} holds no names ({str(error)[:80]}).") from error
    table = table.map(str.strip)
    if separator == "," and table.shape[1] > 1 and _counts_lines(table[0]):  # as R writes it
        table = table.iloc[:, 1:].set_axis(range(table.shape[1] - 1), axis=1)
    check_size(len(table), 0, file.shown)
    return table


def _counts_lines(column: pd.Series) -> bool:
    """Whether a column only numbers the lines, with or without a heading."""
    numbers = [str(k) for k in range(len(column) + 1)]
    given = column.tolist()
    return given[1:] in (numbers[1:-1], numbers[:-2]) or given == numbers[1:]


def _market(file: Given) -> sp.csr_matrix:
    """Return a Matrix Market file as CSR float32; its header is checked before memory is asked."""
    from scipy.io import mminfo, mmread

    with by_name(file) as path:
        try:
            rows, columns, entries, _, field, _ = mminfo(path)
            check_size(max(rows, columns), min(rows, columns), file.shown)
            if entries > MOST_HELD or field == "complex":
                raise TableError(
                    f"{file.shown} holds {entries:,} values; up to {MOST_HELD:,} can be read from "
                    "text. Write it as h5ad: those are read some cells at a time."
                )
            values = mmread(path)
        except (ValueError, OverflowError, TypeError) as error:
            raise TableError(
                f"{file.shown} is no matrix in Matrix Market format: {str(error)[:100]}."
            ) from error
    return sp.csr_matrix(values, dtype=np.float32)
