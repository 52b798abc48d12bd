"""What every reader returns: the matrices of a file, and what it says of cells and genes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from ugrn_core.errors import TableError

ROWS_AT_ONCE = 5_000
MOST_CELLS, MOST_GENES = 6_000_000, 400_000
MOST_HELD = 200_000_000  # nonzero values in memory: 1.6 GB
LOOKED_AT = 300  # cells at each of three places, from which values are judged

Blocks = Iterator[tuple[int, sp.csr_matrix]]


@dataclass(frozen=True)
class Matrix:
    """One matrix of a file, cells in rows.

    name: what it is called (X, raw, layers/counts, a genome). genes: the name of each column.
    gene_columns: what else is said of each gene, as text. blocks(first, last): yield (number of
    the first cell, some cells as (c, genes) float32), in order, all complete. by_genes: stored by
    genes, so that a look at some cells reads everything. of_genes(chosen): the matrix of the genes
    at those positions, where they can be read without the others.
    """

    name: str
    cells: int
    genes: tuple[str, ...]
    gene_columns: Mapping[str, np.ndarray]
    blocks: Callable[[int, int], Blocks]
    by_genes: bool = False
    of_genes: Callable[[np.ndarray], Matrix] | None = None

    def all_blocks(self) -> Blocks:
        """Yield every cell."""
        return self.blocks(0, self.cells)

    @cached_property
    def some(self) -> sp.csr_matrix:
        """Some cells of the beginning, the middle and the end, all their genes."""
        if self.by_genes or self.cells <= 3 * LOOKED_AT:
            first = next(self.all_blocks(), (0, sp.csr_matrix((0, len(self.genes)))))[1]
            return first[: 3 * LOOKED_AT]
        starts = (0, (self.cells - LOOKED_AT) // 2, self.cells - LOOKED_AT)
        return sp.vstack([x for s in starts for _, x in self.blocks(s, s + LOOKED_AT)], "csr")


@dataclass(frozen=True)
class CellFile:
    """A file of cells. kind: the format in words. cells: their names. columns: what is said of each
    cell: text as str, numbers as float64. matrices: in the order in which they are preferred where
    nothing else decides. notes: what was left out or repaired."""

    kind: str
    cells: tuple[str, ...]
    columns: Mapping[str, np.ndarray]
    matrices: tuple[Matrix, ...]
    notes: tuple[str, ...] = ()


def check_size(cells: int, genes: int, where: str) -> None:
    """Raise TableError for sizes that no file of cells has: before memory is asked for."""
    if not 0 <= cells <= MOST_CELLS or not 0 <= genes <= MOST_GENES:
        raise TableError(
            f"{where} says it holds {cells:,} cells and {genes:,} genes; up to {MOST_CELLS:,} and "
            f"{MOST_GENES:,} can be read. Keep fewer."
        )


def held(
    name: str,
    values: sp.csr_matrix,
    genes: tuple[str, ...],
    gene_columns: Mapping[str, np.ndarray] | None = None,
) -> Matrix:
    """Return a matrix that lies in memory, (cells, genes)."""

    def blocks(first: int, last: int) -> Blocks:
        for top in range(first, last, ROWS_AT_ONCE):
            yield top, sp.csr_matrix(values[top : min(top + ROWS_AT_ONCE, last)], dtype=np.float32)

    return Matrix(name, values.shape[0], genes, dict(gene_columns or {}), blocks=blocks)


def columns_of(matrix: Matrix, name: str, chosen: np.ndarray) -> Matrix:
    """Return the matrix of the `chosen` genes (positions), as `name`."""
    if matrix.of_genes is not None:
        return replace(matrix.of_genes(chosen), name=name)

    def blocks(first: int, last: int) -> Blocks:
        for top, x in matrix.blocks(first, last):
            yield top, sp.csr_matrix(x[:, chosen])

    genes = tuple(matrix.genes[k] for k in chosen)
    named = {k: np.asarray(v)[chosen] for k, v in matrix.gene_columns.items()}
    return Matrix(name, matrix.cells, genes, named, blocks=blocks, by_genes=matrix.by_genes)
