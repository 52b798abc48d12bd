"""HDF5 files of others: nothing outside the file is followed, sizes are checked before reading.

An HDF5 file may point at other files of the machine (external links, external storage, virtual
data sets); whoever opens it would read those. Such a file is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from ugrn_core.data.own.formats.contract import (
    ROWS_AT_ONCE,
    Blocks,
    Matrix,
    check_size,
)
from ugrn_core.data.own.formats.given import Given, seekable
from ugrn_core.errors import TableError, UGRNError

if TYPE_CHECKING:
    import h5py

MAGIC = b"\x89HDF\r\n\x1a\n"
DENSE_AT_ONCE = 32_000_000  # values: 128 MB
SPARSE_AT_ONCE = 24_000_000  # nonzero values: 192 MB
TURNED_AT_ONCE = 50_000_000  # of a matrix by genes, cells first again: 2 GB while it is turned
MOST_OBJECTS = 50_000


@contextmanager
def opened(file: Given) -> Iterator[h5py.File]:
    """Yield the open file, checked; what h5py and anndata raise inside becomes a TableError."""
    import h5py

    try:
        whole = seekable(file)
        with h5py.File(whole.path or whole.opener(), "r") as root:
            _check(root, file.shown)
            yield root
    except UGRNError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # h5py and anndata raise many kinds for a damaged file
        why = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise TableError(
            f"{file.shown} cannot be read as HDF5: {why}. It may be cut short: copy it again."
        ) from error


def _check(root: h5py.File, name: str) -> None:
    """Raise TableError where the file points outside itself, or holds too many objects."""
    import h5py

    waiting, seen, count = [root], set(), 0
    while waiting:
        group = waiting.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:
            continue
        seen.add(address)
        for key in group:
            count += 1
            if count > MOST_OBJECTS:
                raise TableError(f"{name} holds over {MOST_OBJECTS:,} objects: no file of cells.")
            if isinstance(group.get(key, getlink=True), h5py.ExternalLink):
                raise TableError(f"{name} points at another file ('{key[:40]}'). Write it whole.")
            if isinstance(entry := group.get(key), h5py.Group):
                waiting.append(entry)
            elif isinstance(entry, h5py.Dataset) and (entry.external or entry.is_virtual):
                raise TableError(f"{name} keeps '{key[:40]}' in another file. Write it whole.")


def texts(stored: h5py.Dataset, most: int, name: str) -> np.ndarray:
    """Return a one-dimensional data set of names as str."""
    if stored.ndim != 1 or stored.shape[0] > most:
        raise TableError(f"{name}: '{stored.name[:60]}' is no list of at most {most:,} names.")
    values = stored[:]
    if values.dtype.kind in "SO":
        return np.array(
            [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in values],
            dtype=object,
        )
    return values.astype(str).astype(object)


def sparse_shape(group: h5py.Group) -> tuple[int, int, str]:
    """Return rows, columns and csr or csc of a sparse matrix that anndata wrote, old or new."""
    attributes = group.attrs
    shape = attributes.get("shape", attributes.get("h5sparse_shape"))
    kind = attributes.get("encoding-type", attributes.get("h5sparse_format", b"csr"))
    kind = kind.decode() if isinstance(kind, bytes) else str(kind)
    return int(shape[0]), int(shape[1]), "csc" if "csc" in kind else "csr"


@dataclass(frozen=True)
class Place:
    """Where a matrix lies in a file, and what it is called. shape: cells, genes. turned: stored as
    genes by cells (dense), or compressed by genes (CSC)."""

    file: Given
    key: str
    shape: tuple[int, int]
    name: str
    genes: tuple[str, ...]
    gene_columns: Mapping[str, np.ndarray]
    turned: bool = False


def dense_matrix(place: Place) -> Matrix:
    """Return a data set as a matrix, read some cells at a time."""
    rows = max(1, min(ROWS_AT_ONCE, DENSE_AT_ONCE // max(1, place.shape[1])))

    def blocks(first: int, last: int) -> Blocks:
        with opened(place.file) as root:
            values = root[place.key]
            for top in range(first, last, rows):
                end = min(top + rows, last)
                part = values[:, top:end].T if place.turned else values[top:end]
                yield top, sp.csr_matrix(np.asarray(part, dtype=np.float32))

    check_size(*place.shape, place.file.shown)
    named = place.name, place.shape[0], place.genes, place.gene_columns
    return Matrix(*named, blocks=blocks)


def sparse_matrix(place: Place, chosen: np.ndarray | None = None) -> Matrix:
    """Return a group with `data`, `indices` and `indptr` as a matrix, read some cells at a time.

    One compressed by genes takes a pass over the file for each TURNED_AT_ONCE values; chosen: of
    such a one the genes at these positions alone.
    """
    check_size(*place.shape, place.file.shown)

    def blocks(first: int, last: int) -> Blocks:
        with opened(place.file) as root:
            group = root[place.key]
            pointers = _pointers(group, place.shape[place.turned], place.file.shown)
            if place.turned:
                lines = np.arange(place.shape[1]) if chosen is None else chosen
                yield from _by_genes(group, pointers, place.shape, first, last, lines=lines)
            else:
                yield from _by_cells(group, pointers, place.shape[1], first, last)

    genes, columns = place.genes, place.gene_columns
    if chosen is not None:
        genes = tuple(genes[k] for k in chosen)
        columns = {name: np.asarray(values)[chosen] for name, values in columns.items()}
    narrow = partial(_narrowed, place, chosen) if place.turned else None
    named = place.name, place.shape[0], genes, columns
    return Matrix(*named, blocks=blocks, by_genes=place.turned, of_genes=narrow)


def _narrowed(place: Place, chosen: np.ndarray | None, further: np.ndarray) -> Matrix:
    return sparse_matrix(place, further if chosen is None else chosen[further])


def _pointers(group: h5py.Group, count: int, name: str) -> np.ndarray:
    stored = group["indptr"]
    if stored.shape != (count + 1,):
        raise TableError(f"{name}: a sparse matrix of it does not fit its shape. Write it again.")
    pointers = stored[:].astype(np.int64)
    values = group["data"].shape[0]
    if (np.diff(pointers) < 0).any() or pointers[0] != 0 or pointers[-1] > values:
        raise TableError(f"{name}: a sparse matrix of it is damaged. Write it again.")
    return pointers


def _slab(group: h5py.Group, pointers: np.ndarray, first: int, last: int, width: int):
    """Return the compressed lines first to last as CSR, (last - first, width)."""
    start, end = int(pointers[first]), int(pointers[last])
    data = group["data"][start:end].astype(np.float32, copy=False)
    indices = group["indices"][start:end]
    if len(indices) and not 0 <= indices.min() <= indices.max() < width:
        raise TableError("A sparse matrix of the file names a column it has not. Write it again.")
    here = pointers[first : last + 1] - start
    lines = sp.csr_matrix(
        (data, indices.astype(np.int32, copy=False), here.astype(np.int32)),
        shape=(last - first, width),
    )
    if not lines.has_canonical_format:
        lines.sum_duplicates()
    return lines


def _steps(pointers: np.ndarray, first: int, last: int, most: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of lines of at most `most` values (one line at least) and ROWS_AT_ONCE lines."""
    while first < last:
        end = int(np.searchsorted(pointers, pointers[first] + most, side="right")) - 1
        end = min(max(end, first + 1), first + ROWS_AT_ONCE, last)
        yield first, end
        first = end


def _by_cells(group, pointers: np.ndarray, genes: int, first: int, last: int) -> Blocks:
    for top, end in _steps(pointers, first, last, SPARSE_AT_ONCE):
        yield top, _slab(group, pointers, top, end, genes)


def _by_genes(
    group, pointers: np.ndarray, shape: tuple[int, int], first: int, last: int, *, lines: np.ndarray
) -> Blocks:
    """Yield cells of the genes `lines` of a matrix stored by genes: the file is read once for each
    part of the cells that memory holds."""
    count = int((pointers[lines + 1] - pointers[lines]).sum())
    passes = max(1, -(-count // TURNED_AT_ONCE))
    edges = np.linspace(first, last, passes + 1).astype(int)
    order = np.argsort(lines, kind="stable")
    ordered, back = lines[order], np.argsort(order, kind="stable")
    in_order = (order[1:] > order[:-1]).all()
    for start, end in pairwise(edges):
        parts = []
        for left, right in _steps(pointers, 0, shape[1], SPARSE_AT_ONCE):
            here = ordered[np.searchsorted(ordered, left) : np.searchsorted(ordered, right)]
            if len(here):
                genes_first = _slab(group, pointers, left, right, shape[0])
                parts.append(sp.csc_matrix(genes_first[here - left].T)[start:end])
        cells = sp.hstack(parts, "csr") if parts else sp.csr_matrix((end - start, 0), dtype="f4")
        del parts
        if not in_order:
            cells = cells[:, back]
        for top in range(0, end - start, ROWS_AT_ONCE):
            yield start + top, cells[top : top + ROWS_AT_ONCE]
