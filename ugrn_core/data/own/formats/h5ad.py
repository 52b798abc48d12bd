"""AnnData files, of every version of anndata, backed: values are read some cells at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ugrn_core.data.own.formats import hdf5
from ugrn_core.data.own.formats.contract import MOST_CELLS, MOST_GENES, CellFile, Matrix, check_size
from ugrn_core.data.own.formats.given import Given, seekable
from ugrn_core.data.own.formats.sides import MOSTLY, share_of_genes
from ugrn_core.data.own.formats.ten_x import expression_alone
from ugrn_core.errors import TableError

if TYPE_CHECKING:
    import h5py

MOST_CATEGORIES = 20_000


def read_h5ad(file: Given) -> CellFile:
    """Return the cells of an h5ad file: X, `.raw` and the layers, as `X`, `raw`, `layers/NAME`.

    Raises TableError for one without a matrix, or damaged.
    """
    file = seekable(file)
    with hdf5.opened(file) as root, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one for every element of a file of old anndata
        if "obs" not in root or "var" not in root:
            raise TableError(f"{file.shown} holds no obs and var: it is no AnnData file (h5ad).")
        obs = frame(root, "obs", MOST_CELLS, file.shown)
        var = frame(root, "var", MOST_GENES, file.shown)
        turned = _is_turned(obs, var)
        (cells, columns), var = (var, obs) if turned else (obs, var)
        matrices, left_out = [], {}
        for matrix in _matrices(file, root, len(cells), var, turned):
            genes, notes = expression_alone(matrix, _kinds(matrix))
            matrices.append(genes)
            left_out |= dict.fromkeys(notes)
    if not matrices:
        raise TableError(
            f"{file.shown} holds no matrix of its {len(cells):,} cells (X, raw or layers). "
            "Write the AnnData again with its X."
        )
    notes = ("its obs are genes and its var are cells: it is read as adata.T",) if turned else ()
    return CellFile("AnnData (h5ad)", cells, columns, tuple(matrices), notes=(*notes, *left_out))


def _kinds(matrix: Matrix) -> np.ndarray | None:
    """Return what each feature is, where the file says it as Cell Ranger does."""
    columns = matrix.gene_columns
    return next((columns[n] for n in ("feature_types", "feature_type") if n in columns), None)


def _is_turned(obs: tuple, var: tuple) -> bool:
    """Whether genes are in obs: their names are there, and none among those of var."""
    names = [var[0], *(v for v in var[1].values() if len(set(v)) > 0.5 * len(v))]
    most = max(map(share_of_genes, names))
    return share_of_genes(obs[0]) > MOSTLY and most < 0.1 * MOSTLY


def _matrices(
    file: Given, root: h5py.File, cells: int, var: tuple, turned: bool
) -> Iterator[Matrix]:
    places = [("X", "X", var)]
    for key, names in (("raw/X", "raw/var"), ("raw.X", "raw.var")):
        if key in root and names in root and not turned:
            places.append((key, "raw", frame(root, names, MOST_GENES, file.shown)))
    layers = root.get("layers", {})
    places += [(f"layers/{name}", f"layers/{name}", var) for name in layers]
    for key, name, (genes, gene_columns) in places:
        if key in root and (matrix := _matrix(file, root[key], key)) is not None:
            shape, dense, by_genes = matrix
            if turned:
                shape, by_genes = shape[::-1], dense or not by_genes
            if shape != (cells, len(genes)):
                continue  # of other cells or genes than the names that are there
            about = file, key, shape, name
            place = hdf5.Place(*about, genes=genes, gene_columns=gene_columns, turned=by_genes)
            yield hdf5.dense_matrix(place) if dense else hdf5.sparse_matrix(place)


def _matrix(file: Given, stored, key: str) -> tuple[tuple[int, int], bool, bool] | None:
    """Return shape, whether it is dense, and whether it is stored by genes; None for no matrix."""
    import h5py

    if isinstance(stored, h5py.Dataset):
        if stored.ndim != 2 or stored.dtype.kind not in "iufb":
            return None
        check_size(*stored.shape, file.shown)
        return tuple(map(int, stored.shape)), True, False
    if not {"data", "indices", "indptr"} <= set(stored):
        return None
    rows, columns, kind = hdf5.sparse_shape(stored)
    check_size(rows, columns, file.shown)
    return (rows, columns), False, kind == "csc"


def frame(
    root: h5py.File, key: str, most: int, name: str
) -> tuple[tuple[str, ...], dict[str, np.ndarray]]:
    """Return the index and the columns of obs or var: text as str ("" where missing), numbers as
    float64. Columns that are neither are left out."""
    import h5py
    from anndata.io import read_elem

    _check_lengths(root[key], most, name)
    old = isinstance(root[key], h5py.Dataset)  # anndata before 0.7: a table of records
    table = _of_records(root, key) if old else read_elem(root[key])
    if not isinstance(table, pd.DataFrame):
        raise TableError(
            f"{name}: its {key} is no table that anndata knows. Read it where it was made, and "
            "write it again: adata.write_h5ad(...)."
        )
    index = tuple(str(v) for v in table.index)
    check_size(len(index), 0, name)
    columns = {str(c): plain(table[c]) for c in table.columns}
    return index, {c: v for c, v in columns.items() if v is not None}


def _check_lengths(stored, most: int, name: str) -> None:
    """Raise TableError where a column is longer than any list of cells or genes: before reading."""
    import h5py

    def longest(node) -> int:
        if isinstance(node, h5py.Dataset):
            return int(np.prod(node.shape, dtype=np.int64)) if node.ndim else 0
        return max((longest(node[k]) for k in node), default=0)

    if longest(stored) > most:
        raise TableError(f"{name}: '{stored.name[:40]}' names over {most:,} entries. Keep fewer.")


def _of_records(root: h5py.File, key: str) -> pd.DataFrame:
    records = root[key][:]
    table = pd.DataFrame({n: records[n] for n in records.dtype.names or () if records[n].ndim == 1})
    for column in table:
        if table[column].dtype == object:
            table[column] = [v.decode() if isinstance(v, bytes) else v for v in table[column]]
        codes = f"uns/{column}_categories"
        if codes in root:
            names = hdf5.texts(root[codes], MOST_CATEGORIES, key)
            at = table[column].to_numpy(dtype=np.int64)
            table[column] = [names[k] if 0 <= k < len(names) else "" for k in at]
    index = next((c for c in ("index", "_index") if c in table), None)
    return table.set_index(index) if index else table


def plain(column: pd.Series) -> np.ndarray | None:
    """Return a column as numbers (float64) or text (str, "" where missing); None for neither."""
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        names = np.array([*map(str, column.cat.categories), ""], dtype=object)
        return names[column.cat.codes.to_numpy()]
    if pd.api.types.is_bool_dtype(kind):
        return np.where(column.fillna(False).astype(bool), "True", "False").astype(object)
    if pd.api.types.is_numeric_dtype(kind):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    if kind.kind == "O" or pd.api.types.is_string_dtype(kind):
        return np.array(["" if pd.isna(v) else str(v) for v in column], dtype=object)
    return None
