"""Data sets in h5ad files that need not fit into memory: CELLxGENE Census dumps, say.

A file is read twice, some rows at a time: once to count which genes its cells express, once to
write what the vocabulary keeps, as log1p CP10k, to a CSR matrix on disk. Training then reads the
rows it draws through a memory map. Both are kept under `spool`, and reused while the file is the
same.

Index columns, all optional: `matrix` (X, raw/X or layers/NAME; default the first that holds what
value_kind says), `symbols` (column of var; default feature_name where it is there, else var's index
or, where that holds ids, a column of symbols), `split` (column of obs whose values become data sets
of their own, named NAME/VALUE).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from ugrn_core.data.value_scales import are_counts
from ugrn_core.errors import StorageError, TableError
from ugrn_core.files import disk_errors, write_atomically
from ugrn_core.pretraining.corpus.gene_columns import are_ids, symbol_column, symbols_of
from ugrn_core.pretraining.corpus.scale import (
    contradiction,
    is_linear,
    log1p_columns,
    to_linear,
)

if TYPE_CHECKING:
    import h5py
    import pandas as pd

CHUNK_VALUES = 32_000_000  # of a dense matrix at a time: 128 MB
MOST_ROWS = 20_000  # at a time
LOOKED_AT, VALUES_LOOKED_AT = 100, 200_000  # rows of a dense, values of a sparse matrix


@dataclass(frozen=True)
class Scan:
    """What the first reading found of one data set: `cells` that express anything, and `detected`
    (symbols,), how many of them express each gene."""

    name: str
    cells: int
    detected: np.ndarray


class H5adFile:
    """The data sets of one file. row: of the index. Raises TableError for what cannot be read."""

    def __init__(self, path: Path, row: Mapping[str, str], spool: Path) -> None:
        self.path, self.row = path, dict(row)
        with disk_errors(path, "read"):
            stat = path.stat()
        identity = [str(path.resolve()), stat.st_size, stat.st_mtime_ns, sorted(self.row.items())]
        self._folder = spool / _digest(identity)
        with self._errors():
            self._labels, self._key, names, self.note = self._read_annotations()
        self.symbols, untranslated = symbols_of(names, self.row["species"], f"'{path}'")
        self.note = untranslated or self.note

    @cached_property
    def scans(self) -> list[Scan]:
        """What each data set expresses; from the spool where it is known."""
        path = self._folder / "scan.npz"
        if path.is_file():
            with np.load(path, allow_pickle=False) as arrays:
                triples = zip(arrays["names"], arrays["cells"], arrays["detected"])
                return [Scan(str(n), int(c), d) for n, c, d in triples]
        cells = dict.fromkeys(self.names, 0)
        detected = {n: np.zeros(len(self.symbols), np.int64) for n in self.names}
        for name, x in self._parts():
            cells[name] += x.shape[0]
            detected[name] += np.bincount(x.indices, minlength=len(self.symbols))
        scans = [Scan(n, cells[n], detected[n]) for n in self.names if cells[n] > 1]
        if not scans:
            raise TableError(
                f"'{self.path}' has fewer than two cells that express anything. Leave it out."
            )
        self._keep_scan(path, scans)
        return scans

    def write(self, names: Sequence[str | None], index: Mapping[str, int]) -> list[tuple]:
        """Return (card, ids, values) of each data set over the vocabulary `index`, on disk.

        names: the vocabulary symbol of each column, None where it has none.
        """
        folder = self._folder / _digest([list(names), sorted(index.items())])
        ids, merge = log1p_columns(names, index)
        known = [s.name for s in self.scans]
        if not (folder / "done.json").is_file():
            self._spool(folder, known, merge)
        return [
            (self.row | {"name": name}, ids, _Spool(folder, k).read(len(ids)))
            for k, name in enumerate(known)
        ]

    def _spool(self, folder: Path, known: list[str], merge: sp.csr_matrix) -> None:
        with disk_errors(folder, "write"):
            folder.mkdir(parents=True, exist_ok=True)
            open_files = {n: _Spool(folder, k).begin() for k, n in enumerate(known)}
            for name, x in self._parts():
                if name in open_files:
                    values = sp.csr_matrix(x @ merge, dtype=np.float32)
                    values.data = np.log1p(values.data)
                    open_files[name].add(values)
            for one in open_files.values():
                one.end()
            write_atomically(folder / "done.json", b"{}")

    @property
    def names(self) -> list[str]:
        """Names of the data sets in the file, also of those too small to be read."""
        if self._labels is None:
            return [self.row["name"]]
        return [f"{self.row['name']}/{v}" for v in np.unique(self._labels)]

    def _parts(self) -> Iterator[tuple[str, sp.csr_matrix]]:
        """Yield (data set, some of its cells on the linear scale), in the order of the file."""
        for top, x in self._chunks():
            x, sound = to_linear(x, self.row["value_kind"], self.path)
            if self._labels is None:
                yield self.row["name"], x
                continue
            labels = self._labels[top : top + len(sound)][sound]
            for value in np.unique(labels):
                yield f"{self.row['name']}/{value}", x[labels == value]

    def _chunks(self) -> Iterator[tuple[int, sp.csr_matrix]]:
        import h5py
        from anndata.io import sparse_dataset

        with self._errors(), h5py.File(self.path, "r") as file:
            stored = file[self._key]
            matrix = stored if isinstance(stored, h5py.Dataset) else sparse_dataset(stored)
            if getattr(matrix, "format", "csr") != "csr":
                raise TableError(
                    f"'{self.path}': {self._key} is stored by genes (CSC), so its cells cannot be "
                    "read a few at a time. Write it as CSR or dense."
                )
            if matrix.shape[1] != len(self.symbols):
                raise TableError(
                    f"'{self.path}': {self._key} has {matrix.shape[1]} genes, var names "
                    f"{len(self.symbols)}."
                )
            rows = min(MOST_ROWS, max(1, CHUNK_VALUES // len(self.symbols)))
            for top in range(0, matrix.shape[0], rows):
                yield top, sp.csr_matrix(matrix[top : top + rows])

    def _read_annotations(self) -> tuple[np.ndarray | None, str, list[str], str]:
        """Return the data set of each cell (None: one), the matrix' place, the names of its genes,
        and a note where they are not var's index ("" where they are)."""
        import h5py
        from anndata.io import read_elem

        with h5py.File(self.path, "r") as file:
            key = self.row.get("matrix") or _matrix_of_kind(file, self.row["value_kind"])
            if key not in file:
                raise TableError(f"'{self.path}' has no matrix '{key[:60]}'.")
            var = read_elem(file["raw/var" if key.startswith("raw/") else "var"])
            names, note = self._names(var)
            split = self.row.get("split")
            if not split:
                return None, key, names, note
            obs = read_elem(file["obs"])
            if split not in obs.columns:
                raise TableError(f"'{self.path}': obs has no column '{split[:60]}' to split by.")
            return obs[split].astype(str).to_numpy(), key, names, note

    def _names(self, var: pd.DataFrame) -> tuple[list[str], str]:
        """Return the names of the columns: of the index column `symbols`, else of CELLxGENE's, else
        var's index, else where that holds ids, of a column that holds symbols by its name."""
        column, note = self.row.get("symbols"), ""
        if column and column not in var.columns:
            raise TableError(f"'{self.path}': var has no column '{column[:60]}' of symbols.")
        index = [str(s) for s in var.index]
        if not column and ("feature_name" in var.columns or are_ids(index)):
            column = symbol_column({c: var[c] for c in var.columns})
            if column is not None and column != "feature_name":
                note = f"'{self.path}' names genes by id: its column '{column}' is read"
        return ([str(s) for s in var[column]] if column else index), note

    def _errors(self):
        return _TableErrors(self.path)

    def _keep_scan(self, path: Path, scans: list[Scan]) -> None:
        import io

        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            names=np.array([s.name for s in scans]),
            cells=np.array([s.cells for s in scans]),
            detected=np.array([s.detected for s in scans]),
        )
        write_atomically(path, buffer.getvalue())


class _TableErrors:
    """Turns what h5py and anndata raise for a damaged file into a TableError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind, error, trace) -> None:
        if isinstance(error, OSError | KeyError | ValueError | TypeError) and not isinstance(
            error, TableError | StorageError
        ):
            raise TableError(
                f"'{self._path}' cannot be read as h5ad ({str(error)[:120]})."
            ) from error


class _Spool:
    """One data set's CSR matrix as three plain files."""

    def __init__(self, folder: Path, number: int) -> None:
        self._paths = [folder / f"{number}.{part}" for part in ("data", "indices", "indptr")]

    def begin(self) -> _Spool:
        self._files = [p.open("wb") for p in self._paths]
        self._end = 0
        np.zeros(1, np.int64).tofile(self._files[2])
        return self

    def add(self, x: sp.csr_matrix) -> None:
        data, indices, indptr = self._files
        x.data.astype(np.float32).tofile(data)
        x.indices.astype(np.int32).tofile(indices)
        (x.indptr[1:].astype(np.int64) + self._end).tofile(indptr)
        self._end += x.nnz

    def end(self) -> None:
        for file in self._files:
            file.close()

    def read(self, columns: int) -> sp.csr_matrix:
        """Return the matrix, its values and columns memory-mapped."""
        data, indices = (
            np.memmap(p, kind, "r") if p.stat().st_size else np.zeros(0, kind)
            for p, kind in zip(self._paths, (np.float32, np.int32))
        )
        indptr = np.fromfile(self._paths[2], np.int64)
        if indptr[-1] > np.iinfo(np.int32).max:
            raise TableError(
                f"'{self._paths[0].parent}' holds a data set of {indptr[-1]:,} values, more than "
                "2^31. Divide it with the index column `split`."
            )
        return sp.csr_matrix(
            (data, indices, indptr.astype(np.int32)), shape=(len(indptr) - 1, columns), copy=False
        )


def _matrix_of_kind(file: h5py.File, kind: str) -> str:
    """Return the first matrix whose first values can be of value_kind `kind`: for counts whole
    numbers before others, raw before X. Where none can, the default, which is then refused."""
    linear = is_linear(kind)
    places = ("raw/X", "X", "layers/counts") if linear else ("X", "raw/X")
    sound = [(p, v) for p in places if p in file and len(v := _first_values(file[p]))]
    sound = [(p, v) for p, v in sound if (v >= 0).all() and not contradiction(v, kind)]
    whole = [p for p, v in sound if linear and are_counts(v)]
    return next(iter([*whole, *(p for p, _ in sound), *(p for p in places if p in file)]), "X")


def _first_values(matrix: h5py.Dataset | h5py.Group) -> np.ndarray:
    """Return the values of a matrix' first cells, zeros left out."""
    values = matrix[:LOOKED_AT] if hasattr(matrix, "shape") else matrix["data"][:VALUES_LOOKED_AT]
    values = np.asarray(values, dtype=np.float64).ravel()
    return values[values != 0]


def _digest(what: object) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:24]
