"""Data sets kept under UGRN_HOME/datasets: a folder each, sealed, whole or not there.

The folder is called NAME-mark. The mark, drawn at random, is what addresses and runs know the data
set by: a name can change, and who does not know the mark cannot ask for it.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from ugrn_core import removed
from ugrn_core.errors import MissingDataError, OptionError, StorageError
from ugrn_core.files import (
    check_format,
    disk_errors,
    own_folder,
    read_plain,
    remove_folder,
    sealed,
    unsealed,
    write_own,
    write_together,
)
from ugrn_core.registry import hint
from ugrn_core.removed import Removed

FORMAT = 1
FOLDER = "datasets"
PREFIX = "own-"  # of a data set's name in addresses and runs
MANIFEST, CELLS, PANEL, LOST = "manifest.json", "cells.npz", "panel.tsv", "genes-lost.tsv"
MOST_BYTES = 4_000_000_000
NAME = re.compile(r"[^\W_](?:[\w .()+-]{0,46}[\w)+])?")
_FOLDER = re.compile(rf"({NAME.pattern})-([0-9a-f]{{16}})")


@dataclass(frozen=True)
class OwnDataset:
    """A data set on disk. manifest: what was chosen, counted, and from which file."""

    name: str
    mark: str
    folder: Path
    manifest: Mapping

    @property
    def id(self) -> str:
        """What addresses and runs call it."""
        return f"{PREFIX}{self.mark}"

    @property
    def owner(self) -> str:
        """Whose it is: the mark of a browser; "" for whoever has this machine's command line."""
        return self.manifest["owner"]

    @property
    def content(self) -> str:
        """Digest of all that changes a number: part of every run's identity."""
        return self.manifest["content"]


def plain_name(text: str) -> str:
    """Return a name that a folder can have and people can read; raise OptionError."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if not NAME.fullmatch(name) or len(name.encode()) > 180:
        raise OptionError(
            f"A data set's name has up to 48 letters, digits, spaces and . ( ) + -, and begins "
            f"with a letter or digit; '{text[:50]}' came."
        )
    return name


def suggested_name(file_name: str) -> str:
    """Return a name for the data set of a file, made of the file's."""
    stem = re.split(r"[/\\]", file_name)[-1].split(".")[0]
    plain = re.sub(r"[^\w .()+-]", " ", unicodedata.normalize("NFC", stem)).strip(" _-.()+")
    return plain[:40].rstrip(" _-.(") or "my cells"


def listed(home: Path) -> tuple[OwnDataset, ...]:
    """Return the data sets kept under `home`, by name; those that cannot be read are left out."""
    datasets = []
    try:
        entries = sorted(os.listdir(home / FOLDER))
    except OSError:
        return ()
    for entry in entries:
        match = _FOLDER.fullmatch(entry)
        with suppress(StorageError, MissingDataError):
            if match:
                datasets.append(_read(home / FOLDER / entry, match[1], match[2]))
    return tuple(datasets)


def find(home: Path, text: str) -> OwnDataset:
    """Return the data set of a name, a mark, or NAME-mark; raise MissingDataError."""
    every = listed(home)
    named = [k for k in every if text in (k.id, k.mark, f"{k.name}-{k.mark}")] or [
        k for k in every if k.name.casefold() == text.casefold()
    ]
    if len(named) == 1:
        return named[0]
    if named:
        shown = ", ".join(f"'{k.name}-{k.mark}'" for k in named)
        raise MissingDataError(f"Several data sets are named '{text[:40]}': say which, {shown}.")
    names = [k.name for k in every]
    raise MissingDataError(
        f"There is no data set of yours named '{text[:40]}'.{hint(text, names)} "
        f"Yours: {', '.join(names) or 'none yet; `data add FILE` makes one'}."
    )


def _read(folder: Path, name: str, mark: str) -> OwnDataset:
    try:
        stat = (folder / MANIFEST).stat()
        stamp = stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
        manifest = _manifest(folder / MANIFEST, stamp)
    except (OSError, ValueError) as error:
        raise StorageError(
            f"The data set '{name}' is damaged on the disk ({error}). Add its file again."
        ) from error
    check_format(manifest, FORMAT, f"The data set '{name}'")
    if manifest.get("mark") != mark:
        raise StorageError(f"The data set '{name}' is not what its folder says. Add it again.")
    return OwnDataset(name, mark, folder, manifest)


@lru_cache(maxsize=512)
def _manifest(path: Path, stamp: tuple) -> dict:
    """Return the content of a manifest, read once a change of it; raise OSError or ValueError."""
    return unsealed(read_plain(path))


def write(home: Path, name: str, manifest: Mapping, files: Mapping[str, bytes]) -> OwnDataset:
    """Keep a data set: all of it or nothing; return it. Raises StorageError.

    content: of `cells.npz`, whose genes and values are what runs are made from.
    """
    name, mark = plain_name(name), secrets.token_hex(8)
    sweep(home)
    digests = {n: hashlib.sha256(content).hexdigest() for n, content in files.items()}
    told = dict(manifest) | {"format": FORMAT, "mark": mark, "files": digests}
    told["content"] = digests[CELLS]
    place = home / FOLDER
    scratch = place / f".{os.getpid()}-{mark}.partial"
    own_folder(place)
    with disk_errors(place / name, "write"):
        try:
            scratch.mkdir()
            write_together({scratch / n: c for n, c in {**files, MANIFEST: sealed(told)}.items()})
            os.replace(scratch, place / f"{name}-{mark}")
        except BaseException:
            remove_folder(scratch)
            raise
    return _read(place / f"{name}-{mark}", name, mark)


def sweep(home: Path) -> None:
    """Delete what a killed process left half-written."""
    with suppress(OSError):
        for entry in os.scandir(home / FOLDER):
            half = re.fullmatch(r"\.(\d+)-[0-9a-f]{16}\.partial", entry.name)
            if half and not _alive(int(half[1])):
                remove_folder(Path(entry.path))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def rename(home: Path, mark: str, name: str) -> OwnDataset:
    """Give a data set another name; its runs and links stay. Raises OptionError where its owner has
    another one of this name, StorageError."""
    old, name = find(home, mark), plain_name(name)
    require_free(home, name, old.owner, but=old.mark)
    new = old.folder.with_name(f"{name}-{old.mark}")
    with disk_errors(old.folder, "rename"):
        os.replace(old.folder, new)
    return _read(new, name, old.mark)


def require_free(home: Path, name: str, owner: str, *, but: str = "") -> None:
    """Raise OptionError where `owner` has another data set of this name than that of mark `but`."""
    for other in listed(home):
        same = other.name.casefold() == name.casefold()
        if same and other.owner == owner and other.mark != but:
            raise OptionError(
                f"There is a data set named '{other.name}' already. Choose another name, or remove "
                "it first."
            )


def remove(home: Path, mark: str, also: Iterable[Path] = ()) -> Removed:
    """Remove a data set, and what is kept of it elsewhere; return what `put_back` takes for a day.
    Whose it was stays known: its runs are his."""
    old = find(home, mark)
    write_own(old.folder.with_name(f".owner-{old.mark}"), old.owner.encode())
    about = {"kind": removed.CELLS, "name": old.name, "id": old.mark, "owner": old.owner}
    return removed.put_away(home, (old.folder, *also), **about)


def owner_of(home: Path, mark: str) -> str | None:
    """Return whose the data set of a mark is, or was before it was removed; None where no such mark
    is known."""
    for one in listed(home):
        if one.mark == mark:
            return one.owner
    if not re.fullmatch(r"[0-9a-f]{16}", mark):
        return None
    try:
        return read_plain(home / FOLDER / f".owner-{mark}", 100).decode()
    except (OSError, ValueError):
        return None


def put_back(one: Removed) -> None:
    """Have a removed data set back; raise OptionError where its owner has given its name to another
    one meanwhile, StorageError where it is gone for good."""
    require_free(one.home, one.name, one.about.get("owner", ""), but=one.about.get("id", ""))
    removed.put_back(one)


def read_file(dataset: OwnDataset, name: str) -> bytes:
    """Return a file of a data set, checked against its digest; raise StorageError."""
    try:
        content = read_plain(dataset.folder / name, MOST_BYTES)
    except (OSError, ValueError) as error:
        raise StorageError(
            f"The data set '{dataset.name}' cannot be read any more ({error}). Add its file again."
        ) from error
    if hashlib.sha256(content).hexdigest() != dataset.manifest["files"].get(name):
        raise StorageError(
            f"The data set '{dataset.name}' is damaged on the disk ({name}). Add its file again."
        )
    return content


@dataclass(frozen=True)
class PanelCells:
    """The cells of a data set. values: (C, P) CSR float32 on the file's own scale. totals: (C,) of
    each whole cell on the linear scale, empty where not known. means: (T + 1, P) of logarithms by
    type, the last over all cells. cell_types: (C,) or empty; pseudotime: (C,) or empty. lineages:
    (C,) pseudotime of each, by its name, NaN for cells not on it; where there are several."""

    genes: tuple[str, ...]
    cells: tuple[str, ...]
    values: sp.csr_matrix
    totals: np.ndarray
    cell_types: np.ndarray
    pseudotime: np.ndarray
    types: tuple[str, ...]
    means: np.ndarray
    lineages: Mapping[str, np.ndarray] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return an NPZ without pickles; the same cells give the same bytes."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            genes=np.array(self.genes, dtype=str),
            cells=np.array(self.cells, dtype=str),
            data=self.values.data.astype(np.float32),
            indices=self.values.indices.astype(np.int32),
            indptr=self.values.indptr.astype(np.int64),
            totals=self.totals.astype(np.float64),
            cell_types=np.array(self.cell_types, dtype=str),
            pseudotime=self.pseudotime.astype(np.float64),
            types=np.array(self.types, dtype=str),
            means=self.means.astype(np.float32),
            **self._told_lineages(),
        )
        return buffer.getvalue()

    def _told_lineages(self) -> dict[str, np.ndarray]:
        if not self.lineages:
            return {}
        times = np.array(list(self.lineages.values()), dtype=np.float64)
        return {"lineage_names": np.array(list(self.lineages)), "lineage_times": times}


def _lineages(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    if "lineage_names" not in arrays:
        return {}
    return dict(zip(map(str, arrays["lineage_names"]), arrays["lineage_times"]))


def cells_of(dataset: OwnDataset) -> PanelCells:
    """Return the cells of a data set; raise StorageError where it is damaged."""
    with np.load(io.BytesIO(read_file(dataset, CELLS)), allow_pickle=False) as arrays:
        genes, cells = (tuple(map(str, arrays[k])) for k in ("genes", "cells"))
        lines = arrays["data"], arrays["indices"], arrays["indptr"]
        return PanelCells(
            genes=genes,
            cells=cells,
            values=sp.csr_matrix(lines, shape=(len(cells), len(genes))),
            totals=arrays["totals"],
            cell_types=arrays["cell_types"],
            pseudotime=arrays["pseudotime"],
            types=tuple(map(str, arrays["types"])),
            means=arrays["means"],
            lineages=_lineages(arrays),
        )
