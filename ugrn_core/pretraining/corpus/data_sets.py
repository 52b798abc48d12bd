"""Reading a corpus of single-cell data sets into one vocabulary and one value scale.

A corpus is a folder with `index.csv` (name, species, value_kind, study, licence, ...) and one
`<name>.parquet` a data set: columns cell, gene (local indices) and value; schema metadata `genes`
(newline-separated symbols) and `n_cells`; or one `<name>.h5ad` (`h5ad_sets.py`). A gene absent
from a set is unmeasured, not zero. Every set becomes log1p of counts per 10,000.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import scipy.sparse as sp

from ugrn_core.errors import MissingDataError, TableError, UnknownNameError
from ugrn_core.pretraining.corpus.h5ad_sets import H5adFile
from ugrn_core.pretraining.corpus.scale import log1p_columns, to_linear
from ugrn_core.pretraining.corpus.signatures import Signatures
from ugrn_core.registry import hint

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
    with id k."""

    genes: tuple[str, ...]
    sets: tuple[CorpusSet, ...]
    signatures: tuple[Signatures, ...] = ()

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
    divided = tuple(f"{r['name']}/" for r in rows if r.get("split"))
    for name in sorted(set(names) - set(known)):
        if not name.startswith(divided):  # one of the data sets in a file: known when it is read
            raise _unknown(name, known)


def held_out_sets(corpus: Corpus, names: Iterable[str]) -> tuple[str, ...]:
    """Return the data sets of `corpus` that `names` mean: NAME is also every NAME/VALUE of a
    divided file. Raises UnknownNameError for one that is none: nothing would be held out."""
    known, found = [s.name for s in corpus.sets], []
    for name in names:
        meant = [k for k in known if k == name or k.startswith(f"{name}/")]
        if not meant:
            left = "A set that is excluded, or has no gene under a human symbol, is not read."
            raise _unknown(name, known, left)
        found += meant
    return tuple(dict.fromkeys(found))


def _unknown(name: str, known: list[str], more: str = "") -> UnknownNameError:
    near = hint(name, known)
    return UnknownNameError(f"The corpus has no data set named '{name[:60]}'.{near} {more}".strip())


def _lines(path: Path) -> list[list[str]]:
    """Return the lines of a CSV (plain or .gz) that are not blank; raise MissingDataError or
    TableError."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", newline="", encoding="utf-8-sig") as f:
            return [line for line in csv.reader(f) if line]
    except FileNotFoundError as error:
        raise MissingDataError(f"There is no file '{path}'. Check the path.") from error
    except (OSError, EOFError, ValueError, zlib.error, csv.Error) as error:
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
        x = sp.csr_matrix((value, (cell, gene)), shape=(n_cells, len(genes)))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TableError(f"'{path}' is not a corpus data set: {error}.") from error
    x, kept = to_linear(x, row["value_kind"], path)
    if kept.sum() < 2:
        raise TableError(f"'{path}' has fewer than two cells that express anything. Leave it out.")
    return genes, x


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
    *,
    on_progress: Callable[[int, int], None] | None = None,
    spool: Path | None = None,
) -> Corpus:
    """Return every data set of `folder` but `exclude`, over the genes that `min_sets` sets detect.

    A set detects a gene when at least DETECTED of its cells express it. Mouse columns enter under
    their human ortholog and are left out where there is none, and so is a set without any known
    gene; columns that share a symbol are summed. spool: folder for what h5ad files become, on disk
    (default: one beside them). Raises MissingDataError, TableError, or UnknownNameError for an
    `exclude` not listed.
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
    kept = _detected_genes(raw, orthologs, min_sets, skip)
    if not kept:
        raise TableError(f"No gene of '{folder}' is detected in {min_sets} data sets.")
    index = {g: k for k, g in enumerate(kept)}
    sets: list[CorpusSet] = []
    for row, genes, x in raw:
        names = _human_columns(genes, row["species"], orthologs, frozenset(index))
        if isinstance(x, H5adFile):
            found = (CorpusSet(card["name"], card, *rest) for card, *rest in x.write(names, index))
            sets += [s for s in found if s.name not in skip]
        else:
            sets.append(_to_vocabulary(row, names, x, index))
    return Corpus(kept, tuple(s for s in sets if len(s.ids)))


def _require_parts(names: set[str], raw: list[tuple]) -> None:
    """Raise UnknownNameError for one of `names` that is no data set of a divided file."""
    parts = [n for _, _, x in raw if isinstance(x, H5adFile) for n in x.names]
    for name in sorted(names - set(parts)):
        if name.startswith(tuple(f"{row['name']}/" for row, *_ in raw)):
            raise _unknown(name, parts)


def _read(folder: Path, row: Mapping[str, str], spool: Path) -> tuple:
    """Return (row, symbols, the linear matrix or the file it is read from)."""
    path = folder / f"{row['name']}.h5ad"
    if path.is_file() and not path.with_suffix(".parquet").is_file():
        file = H5adFile(path, row, spool)
        return row, file.symbols, file
    return row, *_read_linear(folder, row)


def _detected_genes(
    raw: list[tuple], orthologs: Mapping[str, str], min_sets: int, skip: set[str]
) -> tuple[str, ...]:
    """Return, sorted, the symbols that `min_sets` data sets (all, where there are fewer) detect."""
    seen: Counter[str] = Counter()
    total = 0
    for row, genes, x in raw:
        names = _human_columns(genes, row["species"], orthologs, frozenset())
        for _, cells, detected in _detections(row, x, skip):
            enough = detected >= DETECTED * cells
            seen.update({n for n, yes in zip(names, enough) if n and yes})
            total += any(names)
    return tuple(sorted(g for g, n in seen.items() if n >= min(min_sets, total)))


def _detections(
    row: Mapping[str, str], x: sp.csr_matrix | H5adFile, skip: set[str]
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield name, cells and how many of them express each gene, of every data set in `x`."""
    if isinstance(x, H5adFile):
        yield from ((s.name, s.cells, s.detected) for s in x.scans if s.name not in skip)
    else:
        yield row["name"], x.shape[0], np.bincount(x.indices, minlength=x.shape[1])


def _to_vocabulary(
    row: Mapping[str, str], names: list[str | None], x: sp.csr_matrix, index: Mapping[str, int]
) -> CorpusSet:
    """Return the set over its known genes, columns of one symbol summed, log1p taken."""
    ids, merge = log1p_columns(names, index)
    values = sp.csr_matrix(x @ merge, dtype=np.float32)
    values.data = np.log1p(values.data)
    return CorpusSet(row["name"], dict(row), ids, values)
