"""Two readings of a file's cells, some at a time: what every gene does, then the panel's values.

Memory grows with the genes and with what is kept, not with the cells. Letters: C cells, N columns
of the file, n genes with a symbol, P genes of the panel, T cell types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

from ugrn_core.data import value_scales
from ugrn_core.data.own import cell_columns, naming
from ugrn_core.data.own.formats.contract import Matrix, columns_of
from ugrn_core.data.own.panel import Measured
from ugrn_core.data.own.recognition import Recognised, totals_tell, with_types
from ugrn_core.data.own.values import INSTEAD, NOISE
from ugrn_core.data.value_scales import LINEAR
from ugrn_core.errors import TableError
from ugrn_core.types import ValueScale

FEW = 0.02  # of the cells may hold a missing value, and are left out
Progress = Callable[[int, int], None]


@dataclass
class Reading:
    """A file of cells as it is read: which cells count, how columns become symbols.

    merge: (N, n) or None where columns are taken one to one. totals: (C,) on the linear scale,
    spike-ins left out; spikes: their columns.
    """

    recognised: Recognised
    wanted: np.ndarray
    symbols: tuple[str, ...]
    columns: np.ndarray
    merge: sp.csr_matrix | None
    twice: int
    totals: np.ndarray
    spikes: np.ndarray
    dropped: dict[str, list[str]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether totals are those of whole cells."""
        return totals_tell(self.recognised.kind, self.recognised.measured)

    def blocks(self, matrix: Matrix | None = None) -> Iterator[tuple[np.ndarray, sp.csr_matrix]]:
        """Yield (numbers of the cells, their (c, N) values), checked, the wanted cells alone; of
        another `matrix` of the same cells."""
        for top, x in (matrix or self.recognised.matrix).all_blocks():
            cells = np.arange(top, top + x.shape[0])
            here = self.wanted[cells]
            if not here.all():
                cells, x = cells[here], x[here]
            if len(cells):
                yield cells, x

    def by_symbol(self, x: sp.csr_matrix) -> sp.csr_matrix:
        """Return (c, N) values as (c, n): a gene's columns summed (counts), else its first."""
        if self.merge is not None:
            return sp.csr_matrix(x @ self.merge, dtype=np.float32)
        return x if len(self.columns) == x.shape[1] else x[:, self.columns]

    def of_symbols(self, chosen: np.ndarray) -> tuple[Matrix, sp.csr_matrix | None]:
        """Return the matrix of the columns that the `chosen` symbols come from, n of them, and what
        makes symbols of them, (n, P), None where each is one."""
        matrix, makes = self.recognised.matrix, None
        if self.merge is None:
            columns = self.columns[chosen]
        else:
            makes = self.merge[:, chosen]
            columns = np.flatnonzero(np.diff(makes.indptr))
            makes = sp.csr_matrix(makes[columns])
        return columns_of(matrix, matrix.name, columns), makes


def reading(recognised: Recognised, keep: np.ndarray) -> Reading:
    """Return a reading of the cells in `keep`, (C,) bool, over the genes that have a symbol."""
    named = recognised.naming.symbols
    at: dict[str, list[int]] = {}
    for k, symbol in enumerate(named):
        if symbol:
            at.setdefault(symbol, []).append(k)
    symbols = tuple(at)
    twice = sum(len(v) > 1 for v in at.values())
    columns = np.array([v[0] for v in at.values()], dtype=np.int64)
    merge = None
    if twice and recognised.kind.scale in LINEAR:
        rows = np.concatenate([np.array(v) for v in at.values()])
        cols = np.repeat(np.arange(len(symbols)), [len(v) for v in at.values()])
        ones = np.ones(len(rows), np.float32)
        merge = sp.csr_matrix((ones, (rows, cols)), shape=(len(named), len(symbols)))
    return Reading(
        recognised=recognised,
        wanted=keep.copy(),
        symbols=symbols,
        columns=columns,
        merge=merge,
        twice=twice,
        totals=np.zeros(len(keep)),
        spikes=np.flatnonzero([naming.is_spike(g) for g in recognised.matrix.genes]),
    )


def measure(reader: Reading, progress: Progress | None = None) -> Measured:
    """Return what every gene does over all wanted cells; sets `totals`, and drops cells that are
    empty or hold a missing value.

    Raises TableError for negative values, for missing ones in more than a few cells, and where no
    cell is left.
    """
    recognised, n = reader.recognised, len(reader.symbols)
    types, codes = _types(recognised)
    detected, sums, squares = np.zeros(n), np.zeros(n), np.zeros(n)
    by_type, sizes = np.zeros((len(types), n)), np.zeros(len(types))
    matrix, done = recognised.matrix, 0
    for cells, x in reader.blocks():
        done = int(cells[-1]) + 1
        cells, x = _checked(reader, cells, x)
        y = value_scales.linear(x, recognised.kind.scale)
        totals = _totals(reader, y)
        reader.totals[cells] = totals
        filled = totals > 0
        if not filled.all():
            reader.wanted[cells[~filled]] = False
            _drop(reader, "without any expression", cells[~filled])
            cells, y, totals = cells[filled], y[filled], totals[filled]
        y = reader.by_symbol(y)
        if reader.whole:
            y = value_scales.cp10k(y, totals)
        y.eliminate_zeros()
        weights = y.data.astype(np.float64)
        detected += np.bincount(y.indices, minlength=n)
        sums += np.bincount(y.indices, weights=weights, minlength=n)
        squares += np.bincount(y.indices, weights=weights**2, minlength=n)
        if len(types):
            here = codes[cells]
            sizes += np.bincount(here, minlength=len(types))
            each = np.repeat(here, np.diff(y.indptr)) * n + y.indices
            by_type += np.bincount(each, minlength=len(types) * n).reshape(len(types), n)
        if progress is not None:
            progress(done, matrix.cells)
    return _measured(reader, types, sizes, (detected, sums, squares, by_type))


def _totals(reader: Reading, y: sp.csr_matrix) -> np.ndarray:
    """Return the (c,) sums of cells' values; spike-ins, put in by hand, are no part of a cell."""
    totals = np.asarray(y.sum(1), dtype=np.float64).ravel()
    if len(reader.spikes):
        totals -= np.asarray(y[:, reader.spikes].sum(1), dtype=np.float64).ravel()
    return totals


def _measured(reader: Reading, types, sizes, counted) -> Measured:
    detected, sums, squares, by_type = counted
    cells = int(reader.wanted.sum())
    _require_cells(reader, cells)
    mean = sums / cells
    variance = np.maximum(squares - cells * mean**2, 0) / max(1, cells - 1)
    species = reader.recognised.naming.species
    tfs = np.array([naming.is_regulator(s, species) for s in reader.symbols], dtype=bool)
    return Measured(
        symbols=reader.symbols,
        regulators=tfs,
        detected=detected,
        mean=mean,
        variance=variance,
        types=types,
        sizes=sizes,
        by_type=by_type,
        cells=cells,
    )


def _types(recognised: Recognised) -> tuple[tuple[str, ...], np.ndarray]:
    labels = with_types(recognised)
    if labels is None:
        return (), np.zeros(0, np.int64)
    types = cell_columns.levels(recognised.file.columns[recognised.cell_types])
    if types is None:
        raise TableError(
            f"The column '{recognised.cell_types[:40]}' has over {cell_columns.MOST_TYPES} values, "
            "or numbers with fractions: no cell types. Choose another column, or none."
        )
    at = {name: k for k, name in enumerate(types)}
    return types, np.array([at[v] for v in labels], dtype=np.int64)


def _checked(reader: Reading, cells: np.ndarray, x: sp.csr_matrix):
    """Return the cells and values without those that hold a missing value; noise below 0 is 0."""
    if not len(x.data):
        return cells, x
    if np.isinf(x.data).any():
        _refuse_infinite(reader, cells, x)
    finite = np.isfinite(x.data)
    if not finite.all():
        rows = np.unique(np.repeat(np.arange(len(cells)), np.diff(x.indptr))[~finite])
        _drop(reader, "with a missing value", cells[rows])
        reader.wanted[cells[rows]] = False
        good = np.setdiff1d(np.arange(len(cells)), rows)
        cells, x = cells[good], x[good]
    if len(x.data) and x.data.min() < 0:
        if x.data.min() < NOISE:
            raise TableError(
                f"The matrix {reader.recognised.matrix.name} holds negative values, such as "
                f"{x.data.min():.3g} of {_where(reader, cells, x, int(x.data.argmin()))}: it is "
                f"scaled or centred. {INSTEAD}."
            )
        x.data = np.maximum(x.data, 0)
    return cells, x


def _refuse_infinite(reader: Reading, cells: np.ndarray, x: sp.csr_matrix) -> None:
    at = int(np.isinf(x.data).argmax())
    raise TableError(
        f"The matrix {reader.recognised.matrix.name} holds an infinite value, of "
        f"{_where(reader, cells, x, at)}: a logarithm of zero, or a division by zero. Give "
        "log(1 + x), or raw counts."
    )


def _where(reader: Reading, cells: np.ndarray, x: sp.csr_matrix, at: int) -> str:
    """Return whose the value at position `at` of the data is, in words."""
    row = int(np.searchsorted(x.indptr, at, side="right")) - 1
    gene = str(reader.recognised.matrix.genes[x.indices[at]])
    return f"'{gene[:30]}' in cell '{reader.recognised.file.cells[cells[row]][:30]}'"


def _drop(reader: Reading, why: str, cells: np.ndarray) -> None:
    names = reader.dropped.setdefault(why, [])
    names += [reader.recognised.file.cells[k] for k in cells]


def _require_cells(reader: Reading, cells: int) -> None:
    missing = reader.dropped.get("with a missing value", [])
    if len(missing) > max(1, FEW * (cells + len(missing))):
        raise TableError(
            f"{len(missing):,} of {cells + len(missing):,} cells hold missing values, first "
            f"'{missing[0][:40]}'. Fill them (0 where nothing was counted), or leave those cells "
            "or genes out."
        )
    if cells < 2:
        left = "1 cell is" if cells == 1 else f"{cells} cells are"
        raise TableError(f"{left} left; at least two that express anything are needed.")


def panel_values(
    reader: Reading, chosen: np.ndarray, sample: np.ndarray, progress: Progress | None = None
) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return the values of a `sample` of the cells, (C,) bool, and the `chosen` genes on the file's
    own scale, (sample, P), and the means by type of log values over all wanted cells (T + 1, P),
    the last over all.

    Means are of ln(1 + counts per 10,000) where the cells' totals are known, else of the
    logarithms in the file.
    """
    recognised = reader.recognised
    types, codes = _types(recognised)
    sums, sizes = np.zeros((len(types) + 1, len(chosen))), np.zeros(len(types) + 1)
    parts = []
    matrix, makes = reader.of_symbols(chosen)
    for cells, x in reader.blocks(matrix):
        done = int(cells[-1]) + 1
        x = x if makes is None else sp.csr_matrix(x @ makes, dtype=np.float32)
        parts.append(x[sample[cells]])
        logs = logarithms(x, recognised.kind.scale, reader.totals[cells] if reader.whole else None)
        groups = codes[cells] if len(types) else np.zeros(len(cells), np.int64)
        one = np.ones(len(cells), np.float32)
        belongs = sp.csr_matrix(
            (one, (groups, np.arange(len(cells)))), shape=(len(sizes), len(cells))
        )
        sums += (belongs @ logs).toarray()
        sizes += np.bincount(groups, minlength=len(sizes))
        if progress is not None:
            progress(done, recognised.matrix.cells)
    sums[-1], sizes[-1] = sums.sum(0), sizes.sum()
    means = sums / np.maximum(sizes, 1)[:, None]
    return sp.vstack(parts, "csr"), means.astype(np.float32)


def logarithms(x: sp.csr_matrix, scale: ValueScale, totals: np.ndarray | None) -> sp.csr_matrix:
    """Return values (c, P) as natural logarithms, for means and for looking at them."""
    if totals is not None:
        return value_scales.log1p_cp10k(value_scales.linear(x, scale), totals)
    return x if scale.is_log1p else value_scales.log1p(value_scales.linear(x, scale))
