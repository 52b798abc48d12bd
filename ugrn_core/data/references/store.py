"""References kept under UGRN_HOME: one Parquet file each, whole or not there.

The file is called by a mark drawn at random, which is what addresses know it by; the name people
gave, whose it is and where it came from stand in the file's metadata.
"""

from __future__ import annotations

import io
import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from ugrn_core import removed
from ugrn_core.data.own.store import plain_name
from ugrn_core.data.references.edge_list import EdgeList
from ugrn_core.errors import MissingDataError, OptionError, StorageError
from ugrn_core.files import read_plain, write_own
from ugrn_core.registry import hint
from ugrn_core.removed import Removed

FORMAT = 1
FOLDER = "references"
PREFIX = "ref-"  # of a reference's name in addresses
MOST_BYTES = 1_000_000_000
_FILE = re.compile(r"([0-9a-f]{16})\.parquet")
_KEY = b"ugrn"


@dataclass(frozen=True)
class KeptReference:
    """A reference on disk. about: name, owner, species, source, counts and notes, as written."""

    mark: str
    path: Path
    about: Mapping

    @property
    def id(self) -> str:
        """What addresses call it."""
        return f"{PREFIX}{self.mark}"

    @property
    def name(self) -> str:
        """What its owner called it."""
        return self.about["name"]

    @property
    def owner(self) -> str:
        """Whose it is: the mark of a browser; "" for whoever has this machine's command line."""
        return self.about["owner"]


def write(path: Path, edges: EdgeList, about: Mapping) -> None:
    """Write edges and what is known about them as one Parquet file; raise StorageError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    told = dict(about) | {
        "format": FORMAT,
        "species": edges.species,
        "edges": len(edges.edges),
        "signed": edges.n_signed,
        "genes": len(edges.genes),
        "regulators": len(np.unique(edges.edges[:, 0])),
        "lost": len(edges.lost),
        "some_lost": dict(list(edges.lost.items())[:200]),
        "notes": list(edges.notes),
        "digest": edges.digest,
    }
    genes = pa.array(list(edges.genes), pa.string())

    def end(k: int) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(pa.array(edges.edges[:, k], pa.int32()), genes)

    columns = {"source": end(0), "target": end(1), "sign": edges.signs, "weight": edges.weights}
    table = pa.table(columns).replace_schema_metadata({_KEY: json.dumps(told).encode()})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    write_own(path, buffer.getvalue())


def about(path: Path) -> dict:
    """Return what a file of `write` says of itself; raise StorageError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        content = read_plain(path, MOST_BYTES)
        told = json.loads(pq.read_schema(io.BytesIO(content)).metadata[_KEY])
        if told["format"] != FORMAT:
            raise ValueError(f"format {told['format']!r}")
        return told
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        raise StorageError(_damaged(path, error)) from error


def read(path: Path) -> EdgeList:
    """Return the edges of a file of `write`, checked against its digest; raise StorageError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    told = about(path)
    try:
        content = io.BytesIO(read_plain(path, MOST_BYTES))
        table = pq.read_table(content, page_checksum_verification=True)
        ends = [table[name].combine_chunks().dictionary_encode() for name in ("source", "target")]
        genes = tuple(ends[0].dictionary.to_pylist())
        at = {gene: k for k, gene in enumerate(genes)}
        further = ends[1].dictionary.to_pylist()
        genes += tuple(g for g in further if g not in at)
        at = {gene: k for k, gene in enumerate(genes)}
        second = np.array([at[g] for g in further], dtype=np.int32)
        pairs = [ends[0].indices.to_numpy(), second[ends[1].indices.to_numpy()]]
        edges = EdgeList(
            species=told["species"],
            genes=genes,
            edges=np.array(pairs, dtype=np.int32).T,
            signs=table["sign"].to_numpy().astype(np.int8),
            weights=table["weight"].to_numpy().astype(np.float32),
            notes=tuple(told["notes"]),
        )
        if len(edges.edges) != told["edges"] or edges.n_signed != told["signed"]:
            raise ValueError("not all edges are there")
        return edges
    except (OSError, pa.ArrowException, ValueError, KeyError, IndexError) as error:
        raise StorageError(_damaged(path, error)) from error


def _damaged(path: Path, error: Exception) -> str:
    why = (str(error).splitlines() or [type(error).__name__])[0][:80]
    return f"The reference in {path.name} is damaged on the disk ({why}). Add its file again."


def keep(
    home: Path, name: str, edges: EdgeList, source: Mapping, *, owner: str = ""
) -> KeptReference:
    """Keep a user's reference under `home`; return it.

    source: of the file, name and sha256. Raises OptionError where its owner has another one of
    this name, StorageError.
    """
    name = plain_name(name)
    _require_free(home, name, owner)
    mark = secrets.token_hex(8)
    path = home / FOLDER / f"{mark}.parquet"
    write(path, edges, {"name": name, "owner": owner, "source": dict(source)})
    return KeptReference(mark, path, about(path))


def listed(home: Path) -> tuple[KeptReference, ...]:
    """Return the references kept under `home`, by name; what cannot be read is left out."""
    try:
        entries = sorted(os.listdir(home / FOLDER))
    except OSError:
        return ()
    here = []
    for entry in entries:
        match = _FILE.fullmatch(entry)
        with suppress(StorageError, OSError):
            if match:
                path = home / FOLDER / entry
                told = path.stat()
                stamp = told.st_ino, told.st_size, told.st_mtime_ns
                here.append(KeptReference(match[1], path, _about(path, stamp)))
    return tuple(sorted(here, key=lambda one: (one.name.casefold(), one.mark)))


@lru_cache(maxsize=512)
def _about(path: Path, stamp: tuple) -> dict:
    """Return what a file says of itself, read once a change of it."""
    return about(path)


def find(home: Path, text: str) -> KeptReference:
    """Return the reference of a name, a mark, or an id; raise MissingDataError."""
    every = listed(home)
    named = [k for k in every if text in (k.id, k.mark)] or [
        k for k in every if k.name.casefold() == text.casefold()
    ]
    if len(named) == 1:
        return named[0]
    if named:
        marks = ", ".join(k.mark for k in named)
        raise MissingDataError(f"Several references are named '{text[:40]}': say which, {marks}.")
    names = [k.name for k in every]
    raise MissingDataError(
        f"There is no reference of yours named '{text[:40]}'.{hint(text, names)} Yours: "
        f"{', '.join(names) or 'none yet; `references add FILE` makes one'}."
    )


def remove(home: Path, mark: str) -> Removed:
    """Remove a reference; return what `put_back` takes for a day. Raises MissingDataError,
    StorageError."""
    old = find(home, mark)
    about = {"kind": removed.REFERENCE, "name": old.name, "id": old.mark, "owner": old.owner}
    return removed.put_away(home, (old.path,), **about)


def put_back(one: Removed) -> None:
    """Have a removed reference back; raise OptionError where its owner has given its name to
    another one meanwhile, StorageError where it is gone for good."""
    _require_free(one.home, one.name, one.about.get("owner", ""))
    removed.put_back(one)


def _require_free(home: Path, name: str, owner: str) -> None:
    for other in listed(home):
        if other.name.casefold() == name.casefold() and other.owner == owner:
            raise OptionError(
                f"There is a reference named '{other.name}' already. Choose another name, or "
                "remove it first."
            )
