"""Reading a corpus of single-cell data sets into one vocabulary and one value scale.

A corpus is a folder with `index.csv` (name, species, value_kind, study, licence, ...) and one
`<name>.parquet` a data set: columns cell, gene (local indices) and value; schema metadata `genes`
(newline-separated symbols) and `n_cells`; or one `<name>.h5ad` (`h5ad_sets.py`). A gene absent
from a set is unmeasured, not zero. Every set becomes log1p of counts per 10,000.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import scipy.sparse as sp

from ugrn_core.data.orthologs import Orthologs
from ugrn_core.errors import TableError
from ugrn_core.pretraining.corpus.gene_columns import human_columns, symbols_of
from ugrn_core.pretraining.corpus.h5ad_sets import H5adFile
from ugrn_core.pretraining.corpus.index import read_index, require_sets, unknown_set
from ugrn_core.pretraining.corpus.scale import log1p_columns, to_linear
from ugrn_core.pretraining.corpus.signatures import Signatures

SPECIALS = ("<pad>", "<cls>", "<eoc>")
DETECTED = 0.01  # share of a set's cells that must express a gene for the set to count


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class Corpus:
    """Data sets over one vocabulary, and signed responses of its genes; `genes[k]` is the symbol
    with id k. notes: what was made of names that are no symbols, for people."""

    genes: tuple[str, ...]
    sets: tuple[CorpusSet, ...]
    signatures: tuple[Signatures, ...] = ()
    notes: tuple[str, ...] = ()

    def vocabulary(self) -> dict[str, int]:
        """Return token -> id, the specials last."""
        return {t: k for k, t in enumerate((*self.genes, *SPECIALS))}


def held_out_sets(corpus: Corpus, names: Iterable[str]) -> tuple[str, ...]:
    """Return the data sets of `corpus` that `names` mean: NAME is also every NAME/VALUE of a
    divided file. Raises UnknownNameError for one that is none: nothing would be held out."""
    known, named = [s.name for s in corpus.sets], []
    for name in names:
        meant = [k for k in known if k == name or k.startswith(f"{name}/")]
        if not meant:
            left = "A set that is excluded, or has no gene under a human symbol, is not read."
            raise unknown_set(name, known, left)
        named += meant
    return tuple(dict.fromkeys(named))


@dataclass(frozen=True, eq=False)
class _Read:
    """A row of the index as read: the columns' symbols, the linear matrix or the file it is read
    from, and what was made of names that are no symbols ("" for nothing)."""

    row: Mapping[str, str]
    genes: list[str]
    matrix: sp.csr_matrix | H5adFile
    note: str = ""


def _read_linear(path: Path, row: Mapping[str, str]) -> _Read:
    """Return one table, its matrix (C, n) on a linear scale, rows summing to 10,000."""
    try:
        table = pq.read_table(path)
        meta = table.schema.metadata
        genes = meta[b"genes"].decode().split("\n")
        n_cells = int(meta[b"n_cells"])
        cell, gene, value = (table.column(c).to_numpy() for c in ("cell", "gene", "value"))
        x = sp.csr_matrix((value, (cell, gene)), shape=(n_cells, len(genes)))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TableError(f"'{path}' is not a corpus data set: {error}.") from error
    x, sound = to_linear(x, row["value_kind"], path)
    if sound.sum() < 2:
        raise TableError(f"'{path}' has fewer than two cells that express anything. Leave it out.")
    symbols, note = symbols_of(genes, row["species"], f"'{path}'")
    return _Read(row, symbols, x, note)


def read_corpus(
    folder: Path,
    orthologs: Orthologs,
    exclude: Iterable[str] = (),
    min_sets: int = 5,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    spool: Path | None = None,
) -> Corpus:
    """Return every data set of `folder` but `exclude`, over the genes that `min_sets` sets detect.

    A set detects a gene when at least DETECTED of its cells express it. Mouse columns enter under
    their human ortholog and are left out where there is none, and so is a set without any known
    gene, which a note says; columns that share a symbol are summed. spool: folder for what h5ad
    files become, on disk (default: one beside them). Raises MissingDataError, TableError, or
    UnknownNameError for an `exclude` not listed.
    """
    skip = set(exclude)
    rows = read_index(folder)
    require_sets(skip, rows)
    rows = [r for r in rows if r["name"] not in skip]
    raw = []
    for k, row in enumerate(rows):
        raw.append(_read(folder, row, spool or folder / ".spool"))
        if on_progress is not None:
            on_progress(k + 1, len(rows))
    _require_parts(skip, raw)
    genes = _detected_genes(raw, orthologs, min_sets, skip)
    if not genes:
        raise TableError(f"No gene of '{folder}' is detected in {min_sets} data sets.")
    index = {g: k for k, g in enumerate(genes)}
    sets: list[CorpusSet] = []
    for one in raw:
        names = human_columns(one.genes, one.row["species"], orthologs, frozenset(index))
        sets += [s for s in _to_vocabulary(one, names, index) if s.name not in skip]
    notes = (*(one.note for one in raw if one.note), *map(_left_out, sets))
    return Corpus(genes, tuple(s for s in sets if len(s.ids)), notes=tuple(filter(None, notes)))


def _left_out(one: CorpusSet) -> str:
    """Return why a data set is left out, empty where it is not."""
    why = f"The data set {one.name} is left out: it names no gene of the corpus. Check its species."
    return "" if len(one.ids) else why


def _require_parts(names: set[str], raw: list[_Read]) -> None:
    """Raise UnknownNameError for one of `names` that is no data set of a divided file."""
    parts = [n for r in raw if isinstance(r.matrix, H5adFile) for n in r.matrix.names]
    for name in sorted(names - set(parts)):
        if name.startswith(tuple(f"{r.row['name']}/" for r in raw)):
            raise unknown_set(name, parts)


def _read(folder: Path, row: Mapping[str, str], spool: Path) -> _Read:
    table, file = folder / f"{row['name']}.parquet", folder / f"{row['name']}.h5ad"
    if file.is_file() and not table.is_file():
        opened = H5adFile(file, row, spool)
        return _Read(row, opened.symbols, opened, opened.note)
    return _read_linear(table, row)


def _detected_genes(
    raw: list[_Read], orthologs: Orthologs, min_sets: int, skip: set[str]
) -> tuple[str, ...]:
    """Return, sorted, the symbols that `min_sets` data sets (all, where there are fewer) detect."""
    seen: Counter[str] = Counter()
    total = 0
    for one in raw:
        names = human_columns(one.genes, one.row["species"], orthologs, frozenset())
        for _, cells, detected in _detections(one, skip):
            enough = detected >= DETECTED * cells
            seen.update({n for n, yes in zip(names, enough) if n and yes})
            total += any(names)
    return tuple(sorted(g for g, n in seen.items() if n >= min(min_sets, total)))


def _detections(one: _Read, skip: set[str]) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield name, cells and how many of them express each gene, of every data set in `one`."""
    x = one.matrix
    if isinstance(x, H5adFile):
        yield from ((s.name, s.cells, s.detected) for s in x.scans if s.name not in skip)
    else:
        yield one.row["name"], x.shape[0], np.bincount(x.indices, minlength=x.shape[1])


def _to_vocabulary(
    one: _Read, names: list[str | None], index: Mapping[str, int]
) -> Iterator[CorpusSet]:
    """Yield the sets over their known genes, columns of one symbol summed, log1p taken."""
    if isinstance(one.matrix, H5adFile):
        for card, ids, values in one.matrix.write(names, index):
            yield CorpusSet(card["name"], card, ids, values)
        return
    ids, merge = log1p_columns(names, index)
    values = sp.csr_matrix(one.matrix @ merge, dtype=np.float32)
    values.data = np.log1p(values.data)
    yield CorpusSet(one.row["name"], dict(one.row), ids, values)
