"""Reading a corpus of single-cell data sets into one vocabulary and one value scale.

A corpus is a folder with `index.csv` (name, species, value_kind, study, licence, ...) and one
`<name>.parquet` a data set: columns cell, gene (local indices) and value; schema metadata `genes`
(newline-separated symbols) and `n_cells`. A gene absent from a set is unmeasured, not zero.
Every set becomes log1p of counts per 10,000.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import scipy.sparse as sp

from ugrn_core.errors import MissingDataError, TableError, UnknownNameError
from ugrn_core.registry import near_matches

SPECIALS = ("<pad>", "<cls>", "<eoc>")
DETECTED = 0.01  # share of a set's cells that must express a gene for the set to count
INVERSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "log2(TPM+1)": lambda x: np.exp2(x) - 1,
    "log2(TPM/10+1)": lambda x: 10 * (np.exp2(x) - 1),
    "log10 normalised counts": lambda x: np.power(10, x) - 1,
}


@dataclass(frozen=True)
class CorpusSet:
    """One data set: `values` (C, n) log1p CP10k over its genes, `ids` (n,) in a vocabulary."""

    name: str
    card: Mapping[str, str]
    ids: np.ndarray
    values: sp.csr_matrix

    @property
    def n_cells(self) -> int:
        """Number of cells or spots."""
        return self.values.shape[0]


@dataclass(frozen=True)
class Corpus:
    """Data sets over one vocabulary; `genes[k]` is the symbol with id k."""

    genes: tuple[str, ...]
    sets: tuple[CorpusSet, ...]

    def vocabulary(self) -> dict[str, int]:
        """Return token -> id, the specials last."""
        return {t: k for k, t in enumerate((*self.genes, *SPECIALS))}


def read_index(folder: Path) -> list[dict[str, str]]:
    """Return the rows of `index.csv`; raise MissingDataError or TableError."""
    path = folder / "index.csv"
    if not path.is_file():
        raise MissingDataError(
            f"A corpus folder holds an index.csv; '{folder}' does not. "
            "Give the folder that lists the data sets."
        )
    rows = [dict(zip(t[0], r)) for t in [_lines(path)] if t for r in t[1:] if len(r) == len(t[0])]
    if not rows or not {"name", "species", "value_kind"} <= set(rows[0]):
        raise TableError(f"'{path}' needs the columns name, species and value_kind.")
    return rows


def require_sets(names: Iterable[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Raise UnknownNameError unless the corpus lists every one of `names`: a misspelled set would
    be trained on."""
    known = [r["name"] for r in rows]
    for name in sorted(set(names) - set(known)):
        near = near_matches(name, known)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise UnknownNameError(f"The corpus lists no data set named '{name[:60]}'.{hint}")


def _lines(path: Path) -> list[list[str]]:
    """Return the lines of a CSV that are not blank; raise MissingDataError or TableError."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as f:
            return [line for line in csv.reader(f) if line]
    except FileNotFoundError as error:
        raise MissingDataError(f"There is no file '{path}'. Check the path.") from error
    except (OSError, ValueError, csv.Error) as error:
        raise TableError(f"'{path}' cannot be read as a CSV ({error}).") from error


def read_orthologs(path: Path | None) -> dict[str, str]:
    """Return mouse symbol -> human symbol; one-to-many keeps the same-named one, else the first."""
    if path is None:
        return {}
    rows = [r for r in _lines(path) if len(r) >= 2][1:]
    out: dict[str, str] = {}
    for human, mouse in ((r[0].strip(), r[1].strip()) for r in rows):
        if human and mouse and (mouse not in out or human.upper() == mouse.upper()):
            out[mouse] = human
    if not out:
        raise TableError(f"'{path}' needs rows of a human and a mouse symbol; it has none.")
    return out


def _read_linear(folder: Path, row: Mapping[str, str]) -> tuple[list[str], sp.csr_matrix]:
    """Return the symbols and the (C, n) matrix on a linear scale, rows summing to 10,000."""
    path = folder / f"{row['name']}.parquet"
    try:
        table = pq.read_table(path)
        meta = table.schema.metadata
        genes = meta[b"genes"].decode().split("\n")
        n_cells = int(meta[b"n_cells"])
        cell, gene, value = (table.column(c).to_numpy() for c in ("cell", "gene", "value"))
        value = INVERSES.get(row["value_kind"], lambda x: x)(value.astype(np.float32))
        x = sp.csr_matrix((value, (cell, gene)), shape=(n_cells, len(genes)))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TableError(f"'{path}' is not a corpus data set: {error}.") from error
    if not np.isfinite(value).all() or (value < 0).any():
        raise TableError(f"'{path}' holds negative or non-finite values: not expression.")
    total = np.asarray(x.sum(1)).ravel()
    if (total > 0).sum() < 2:
        raise TableError(f"'{path}' has fewer than two cells that express anything. Leave it out.")
    x = sp.diags_array(1e4 / np.maximum(total, 1e-6)) @ x
    return genes, sp.csr_matrix(x)[total > 0]


def _human_columns(
    genes: list[str], species: str, orthologs: Mapping[str, str], known: frozenset[str]
) -> list[str | None]:
    """Return the human symbol of each column, None where there is none."""
    if species != "mouse":
        return [g if g in known or not known else None for g in genes]
    human = set(orthologs.values())  # some mouse sets come under human symbols already
    mapped = (orthologs.get(g, g if g in human else None) for g in genes)
    return [h if h is not None and (h in known or not known) else None for h in mapped]


def read_corpus(
    folder: Path,
    orthologs: Mapping[str, str],
    exclude: Iterable[str] = (),
    min_sets: int = 5,
    on_progress: Callable[[int, int], None] | None = None,
) -> Corpus:
    """Return every data set of `folder` but `exclude`, over the genes that `min_sets` sets detect.

    A set detects a gene when at least DETECTED of its cells express it. Mouse columns enter under
    their human ortholog and are left out where there is none; columns that share a symbol are
    summed. Raises MissingDataError, TableError, or UnknownNameError for an `exclude` not listed.
    """
    skip = set(exclude)
    rows = read_index(folder)
    require_sets(skip, rows)
    rows = [r for r in rows if r["name"] not in skip]
    raw = []
    for k, row in enumerate(rows):
        raw.append((row, *_read_linear(folder, row)))
        if on_progress is not None:
            on_progress(k + 1, len(rows))
    seen: Counter[str] = Counter()
    for row, genes, x in raw:
        names = _human_columns(genes, row["species"], orthologs, frozenset())
        cells = np.bincount(x.indices, minlength=len(genes))
        seen.update({n for n, c in zip(names, cells) if n and c >= DETECTED * x.shape[0]})
    kept = tuple(sorted(g for g, n in seen.items() if n >= min(min_sets, len(rows))))
    if not kept:
        raise TableError(f"No gene of '{folder}' is detected in {min_sets} data sets.")
    index = {g: k for k, g in enumerate(kept)}
    sets = []
    for row, genes, x in raw:
        names = _human_columns(genes, row["species"], orthologs, frozenset(index))
        sets.append(_to_vocabulary(row, names, x, index))
    return Corpus(kept, tuple(sets))


def _to_vocabulary(
    row: Mapping[str, str], names: list[str | None], x: sp.csr_matrix, index: Mapping[str, int]
) -> CorpusSet:
    """Return the set over its known genes, columns of one symbol summed, log1p taken."""
    columns = np.array([k for k, n in enumerate(names) if n is not None], dtype=np.int64)
    ids, position = np.unique([index[names[k]] for k in columns], return_inverse=True)
    merge = sp.csr_matrix(
        (np.ones(len(columns), np.float32), (columns, position)), shape=(x.shape[1], len(ids))
    )
    values = sp.csr_matrix(x @ merge, dtype=np.float32)
    values.data = np.log1p(values.data)
    return CorpusSet(row["name"], dict(row), ids, values)
