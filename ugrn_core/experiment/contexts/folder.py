"""What is known of contexts, on disk: arrays in NAME.npz, vouched for by NAME.json beside it.

NAME.json is sealed (`files.sealed`) and holds length and sha256 of the arrays. What does not fit is
set aside and as good as absent. No pickles.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from ugrn_core.files import (
    SEAL,
    read_plain,
    remove_own,
    sealed,
    set_aside,
    unsealed,
    write_own,
)
from ugrn_core.settings import Settings

FORMAT = 1
FOLDER = "contexts"  # under UGRN_HOME
STRENGTHS = "strengths"
OF = "of.json"  # of which data set a folder is
MOST_BYTES = 4_000_000_000
Arrays = dict[str, np.ndarray]


def where(settings: Settings, context_id: str) -> Path:
    """Return the folder of the contexts with that id."""
    return settings.home / FOLDER / context_id


def write(folder: Path, name: str, arrays: Arrays, about: dict) -> None:
    """Write arrays and what they are, plain JSON types; raise StorageError."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    content = buffer.getvalue()
    remove_own(folder / f"{name}.json")  # it vouches for other arrays
    write_own(folder / f"{name}.npz", content)
    digest = {"bytes": len(content), SEAL: hashlib.sha256(content).hexdigest()}
    write_own(folder / f"{name}.json", sealed({**about, "format": FORMAT, "arrays": digest}))


def note(folder: Path, dataset: str) -> None:
    """Note of which data set a folder is, before anything is computed for it; raise
    StorageError."""
    write_own(folder / OF, sealed({"dataset": dataset, "format": FORMAT}))


def all_of(settings: Settings, dataset: str) -> tuple[Path, ...]:
    """Return the folders of all that is kept of a data set, by the name that runs know it by."""
    every = (settings.home / FOLDER).glob("*")
    return tuple(folder for folder in every if _dataset_of(folder) == dataset)


def _dataset_of(folder: Path) -> str:
    """Return the data set that a folder is of; empty where it does not say."""
    for name, part in ((OF, ()), (f"{STRENGTHS}.json", ("spec",))):
        with suppress(OSError, ValueError, KeyError, TypeError):
            about = unsealed(read_plain(folder / name, 64_000_000))
            for key in part:
                about = about[key]
            return str(about["dataset"])
    return ""


def has(folder: Path, name: str) -> bool:
    """Return whether something of that name is there: a quick look, `read` checks it."""
    return (folder / f"{name}.json").is_file() and (folder / f"{name}.npz").is_file()


def read(folder: Path, name: str) -> tuple[Arrays, dict] | None:
    """Return what `write` was given, about with `format` and `arrays`; None where nothing is there
    that can be trusted."""
    if not has(folder, name):
        return None
    try:
        about = unsealed(read_plain(folder / f"{name}.json", 64_000_000))
        if about.get("format") != FORMAT:
            return None
        content = read_plain(folder / f"{name}.npz", MOST_BYTES)
        if hashlib.sha256(content).hexdigest() != about["arrays"][SEAL]:
            raise ValueError("the digest of its arrays does not fit")
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {key: file[key] for key in file.files}, about
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        set_aside(folder / f"{name}.json", str(error))
        return None
