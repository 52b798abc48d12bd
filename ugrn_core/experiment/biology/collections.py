"""The gene set collections on this machine: those that ship, a user's GMT files kept under
UGRN_HOME, or a file that is named."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path

from ugrn_core.data.gene_sets import COLLECTIONS, GeneSets, gmt_text, read_gmt, shipped_sets
from ugrn_core.errors import MissingDataError, StorageError, UnknownNameError
from ugrn_core.files import check_format, read_at_most, read_bounded, sealed, unsealed, write_own
from ugrn_core.registry import hint
from ugrn_core.settings import Settings

FORMAT = 1
OWN = "own-"  # begins the name of a collection that a user gave
LARGEST_FILE = 20_000_000  # bytes
_MARK = re.compile(r"[0-9a-f]{16}")


def offered(settings: Settings) -> dict[str, str]:
    """Return name -> title of the collections here: those that ship, then the user's own."""
    titles = {name: about.title for name, about in COLLECTIONS.items()}
    for path in sorted((settings.home / "gene-sets").glob("*.json")):
        try:
            titles[OWN + path.stem] = _kept(settings.home, path.stem).title
        except MissingDataError:
            continue
    return titles


def collection(settings: Settings, name: str | Path) -> GeneSets:
    """Return the collection called `name`, or in the GMT file `name`.

    Raises UnknownNameError with near matches, MissingDataError, TableError.
    """
    if str(name) in COLLECTIONS:
        return shipped_sets(str(name))
    if str(name).startswith(OWN):
        return _kept(settings.home, str(name).removeprefix(OWN))
    path = Path(name).expanduser()
    if not path.is_file():
        raise UnknownNameError(
            f"'{str(name)[:60]}' is neither a gene set collection nor a GMT file."
            f"{hint(str(name), COLLECTIONS)} Known: {', '.join(COLLECTIONS)}."
        )
    try:
        with path.open("rb") as file:
            content = read_at_most(file, LARGEST_FILE)
    except (OSError, ValueError) as error:
        raise MissingDataError(
            f"The gene sets '{path}' cannot be read ({getattr(error, 'strerror', '') or error}). "
            "Check the path."
        ) from error
    return given(content, path.name)


def given(content: bytes, file_name: str) -> GeneSets:
    """Return the collection in a GMT file's `content`; raise TableError."""
    sets, notes = read_gmt(content, f"The file '{file_name[:60]}'")
    title = re.sub(r"[^\w .()+-]", " ", file_name)[:60].strip() or "My gene sets"
    return GeneSets(
        name=title,
        title=title,
        sets=sets,
        source=f"the user's file {title}",
        licence="the user's",
        notes=notes,
    )


def keep(settings: Settings, content: bytes, file_name: str) -> str:
    """Keep the sets of a GMT file under the home folder and return the name that calls them.

    The same sets have the same name. Raises TableError, StorageError.
    """
    sets = given(content, file_name)
    mark = hashlib.sha256(gmt_text(sets.sets).encode()).hexdigest()[:16]
    told = {name: list(genes) for name, genes in sets.sets.items()}
    record = {"format": FORMAT, "title": sets.title, "sets": told}
    write_own(settings.home / "gene-sets" / f"{mark}.json", sealed(json.loads(json.dumps(record))))
    return OWN + mark


@lru_cache(maxsize=8)
def _kept(home: Path, mark: str) -> GeneSets:
    path = home / "gene-sets" / f"{mark}.json"
    if not _MARK.fullmatch(mark) or not path.is_file():
        raise MissingDataError(
            "This link names gene sets that are not on this machine. Give the GMT file again."
        )
    try:
        record = unsealed(read_bounded(path, 8 * LARGEST_FILE))
        check_format(record, FORMAT, f"The gene sets {path.name}")
        sets = {str(k): tuple(map(str, v)) for k, v in record["sets"].items()}
        title = str(record["title"])
    except (StorageError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MissingDataError(
            "The gene sets kept here cannot be read any more. Give the GMT file again."
        ) from error
    return GeneSets(
        name=OWN + mark,
        title=title,
        sets=sets,
        source=f"the user's file {title}",
        licence="the user's",
    )
