"""A run's folder: about.json, which vouches for the others, edges.parquet, bands.npz.

about.json is sealed (`files.sealed`) and holds length and sha256 of the two. Whatever does not fit
is set aside and as good as absent: a run whose edges are gone can be probed again, one whose bands
are gone has its control computed again. Reading writes nothing but that, and does without where
the disk is read-only. Format 5; what earlier versions wrote, without digests, is told of.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ugrn_core.files import (
    SEAL,
    read_plain,
    remove_own,
    sealed,
    set_aside,
    unsealed,
    was_set_aside,
    write_own,
)
from ugrn_core.settings import Settings

FORMAT = 5
EDGES, ABOUT, BANDS = "edges.parquet", "about.json", "bands.npz"
CURVES = "curves.npz"  # of a run that ships: what its probe store would hold
EXPECTED = "expected.npz"  # what the backbone's gene table alone foretells
BAND_ENDS = ("vvp_low", "vvp_high", "gdt_low", "gdt_high")
RANDOM = "random_"  # begins the names of the bands under random weights
DAMAGED = (
    "The result that was kept here was damaged on the disk and has been set aside. Probe again: "
    "its curves are kept apart, so it takes little time."
)
OTHER_VERSION = (
    "This was probed by another version of UGRN, whose results this one cannot vouch for. Probe "
    "again: its curves are kept apart, so it takes little time."
)


@dataclass(frozen=True, eq=False)
class RunFiles:
    """What a run's folder holds. about: empty where there is none to trust. has_edges: the edge
    table is there and sound. bands: name -> (T,), of the panel and, with RANDOM before the name,
    under random weights; those that are there. problem: in a sentence, why there are no edges."""

    about: dict
    has_edges: bool
    bands: dict[str, np.ndarray]
    problem: str = ""


class _Stamp(NamedTuple):
    """Changes with a file's content: what was checked under one need not be checked again."""

    file: int
    size: int
    written: int
    changed: int


def where(settings: Settings, run: str) -> Path:
    """Return the folder of the run with id `run`: this user's, or the one that ships."""
    own = settings.runs / run
    ships = settings.shipped_runs / run
    return ships if not (own / ABOUT).is_file() and (ships / ABOUT).is_file() else own


def read(folder: Path) -> RunFiles:
    """Return what `folder` holds, each file checked against its digest once a change of it."""
    about = read_about(folder)
    if not about:
        return RunFiles({}, False, {}, _problem(folder))
    if not _vouched(folder, EDGES, about):
        gone = _stamp(folder / EDGES) is None and not was_set_aside(folder / EDGES)
        return RunFiles(about, False, {}, "" if gone else DAMAGED)
    bands = {}
    if _vouched(folder, BANDS, about):
        bands = _bands(folder / BANDS, _stamp(folder / BANDS), _steps(about))
        if not bands:
            set_aside(folder / BANDS, "it holds no bands")
    return RunFiles(about, True, bands)


def read_about(folder: Path) -> dict:
    """Return what about.json says, as plain JSON types; empty where there is none to trust."""
    now = _stamp(folder / ABOUT)
    if now is None:
        return {}
    about, damage = _about(folder / ABOUT, now)
    if damage:
        set_aside(folder / ABOUT, damage)
    return dict(about)


def edges_size(folder: Path, about: dict) -> int | None:
    """Return the bytes of the edge table, None unless they are those `about` tells of: a quick
    look, for lists of runs; `read` checks the digest."""
    now = _stamp(folder / EDGES)
    told = about["files"].get(EDGES, {}).get("bytes")
    return now.size if now is not None and now.size == told else None


def write_edges(folder: Path, table: bytes, about: dict) -> None:
    """Write the edge table, then what vouches for it; raise StorageError."""
    remove_own(folder / ABOUT)  # it vouches for another table
    write_own(folder / EDGES, table)
    _write_about(folder, about, {EDGES: table})


def write_bands(folder: Path, bands: dict[str, np.ndarray], **notes: object) -> None:
    """Write `bands` of a run whose edges are there, and `notes` into its about.json; raise
    StorageError."""
    about = read_about(folder)
    buffer = io.BytesIO()
    np.savez(buffer, **bands)
    if about["files"].pop(BANDS, None):
        _write_about(folder, about, {})  # until the new ones are there, none are vouched for
    write_own(folder / BANDS, buffer.getvalue())
    _write_about(folder, about | notes, {BANDS: buffer.getvalue()})


def write_arrays(folder: Path, name: str, arrays: bytes) -> None:
    """Write CURVES or EXPECTED, an NPZ, beside the edges of a run; raise StorageError."""
    write_own(folder / name, arrays)
    _write_about(folder, read_about(folder), {name: arrays})


def read_arrays(folder: Path, name: str) -> dict[str, np.ndarray]:
    """Return the arrays of CURVES (baseline_output (G,), vvp and gdt (S, T, G)) or EXPECTED (see
    `curves.expected.Expected`); empty where there are none to trust."""
    about = read_about(folder)
    if not about or not _vouched(folder, name, about):
        return {}
    with np.load(folder / name, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _write_about(folder: Path, about: dict, contents: dict[str, bytes]) -> None:
    facts = {
        name: {"bytes": len(content), SEAL: hashlib.sha256(content).hexdigest()}
        for name, content in contents.items()
    }
    files = about.get("files", {}) | facts
    write_own(folder / ABOUT, sealed({**about, "format": FORMAT, "files": files}))


def _stamp(path: Path) -> _Stamp | None:
    try:
        now = os.stat(path)
    except OSError:
        return None
    return _Stamp(now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)


def _vouched(folder: Path, name: str, about: dict) -> bool:
    """Return whether the file `name` is the one that `about` tells of; set another one aside."""
    now, told = _stamp(folder / name), about["files"].get(name)
    if now is None or told is None:
        return False
    damage = _damage(folder / name, now, told["bytes"], told[SEAL])
    if damage:
        set_aside(folder / name, damage)
    return not damage


@lru_cache(maxsize=1024)
def _damage(path: Path, stamp: _Stamp, size: int, digest: str) -> str:
    """Return why `path` is not what it should be, empty where it is."""
    if stamp.size != size:
        return f"it has {stamp.size:,} bytes, not {size:,}"
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                return "it is no plain file"
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return str(error)
    return "" if actual == digest else "its digest does not fit"


@lru_cache(maxsize=1024)
def _about(path: Path, stamp: _Stamp) -> tuple[dict, str]:
    """Return what about.json says and, where it is damaged, in what way."""
    try:
        raw = read_plain(path)
        if _of_other_version(raw):
            return {}, ""
        about = unsealed(raw)
        _check(about)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return {}, str(error) or type(error).__name__
    return about, ""


def _of_other_version(raw: bytes) -> bool:
    """Return whether this is a whole about.json of a format before digests, or of a later one."""
    try:
        about = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    if not isinstance(about, dict) or about.get("format") == FORMAT:
        return False
    if SEAL in about:
        return unsealed(raw).get("format") != FORMAT
    return "format" not in about and {"run_id", "question", "n_pairs"} <= set(about)


def _check(about: dict) -> None:
    """Raise ValueError, KeyError, TypeError or AttributeError unless every value that is relied
    on is one that it can be."""
    words = [about[name] for name in ("run_id", "dataset", "backbone", "date", "question")]
    counts = [about["n_regulators"], about["n_pairs"], *(f["bytes"] for f in _files(about))]
    if not all(isinstance(w, str) for w in [*words, *(f[SEAL] for f in _files(about))]):
        raise ValueError("a name in it is no text")
    if not all(type(n) is int and n >= 0 for n in counts):
        raise ValueError("a count in it is none")
    if not isinstance(about["control"], bool) or not 1 <= _steps(about) <= 10_000:
        raise ValueError("its settings are none")


def _files(about: dict) -> list[dict]:
    return list(about["files"].values())


def _steps(about: dict) -> int:
    return len(about["settings"]["grid"])


@lru_cache(maxsize=256)
def _bands(path: Path, stamp: _Stamp, steps: int) -> dict[str, np.ndarray]:
    """Return the bands in `path`, empty unless each is finite, (steps,), its low end below."""
    try:
        with np.load(io.BytesIO(read_plain(path)), allow_pickle=False) as file:
            bands = {name: file[name] for name in file.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    known = {f"{prefix}{end}" for prefix in ("", RANDOM) for end in BAND_ENDS}
    sound = set(bands) <= known and all(
        b.shape == (steps,) and b.dtype.kind == "f" and np.isfinite(b).all() for b in bands.values()
    )
    ordered = sound and all(
        (bands[low] <= bands.get(low.replace("_low", "_high"), np.nan)).all()
        for low in bands
        if low.endswith("_low")
    )
    return bands if ordered else {}


def _problem(folder: Path) -> str:
    now = _stamp(folder / ABOUT)
    if now is not None and not _about(folder / ABOUT, now)[1]:
        return OTHER_VERSION
    return DAMAGED if now is not None or was_set_aside(folder / ABOUT) else ""
