"""CollecTRI (Müller-Dott et al. 2023): signed edges of human regulators, fetched, pinned.

42,990 lines: source, target, weight (+1 or -1), resources, references, sign_decision. A line whose
sign was decided as "default activation" has no evidence for it: here its sign is not known.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from ugrn_core.console import progress_bar, say
from ugrn_core.data.csv import csv_columns
from ugrn_core.data.download import Progress, RemoteFile, download, is_whole
from ugrn_core.data.references import store
from ugrn_core.data.references.edge_list import EdgeList, resolved
from ugrn_core.data.references.table import NOBODY, RawEdges
from ugrn_core.errors import MissingDataError, TableError
from ugrn_core.experiment.catalog.fetch import ZENODO
from ugrn_core.experiment.references.cards import COLLECTRI, COLLECTRI_FILE, COLLECTRI_SOURCE
from ugrn_core.files import check_writable
from ugrn_core.quantities import size
from ugrn_core.settings import Settings

RECORD = "8192729"  # version 2.0, 27 July 2023
ADDRESS = f"https://zenodo.org/records/{RECORD}"
LICENCE = "CC BY 4.0"
BYTES = 4_345_649
FILE = RemoteFile(
    name="CollecTRI_regulons.csv",
    size=BYTES,
    digest="4473c9189dd53dacc80297709ad1452dda1086a1cc2185f9a56146c261668701",
    url=f"{ZENODO}/{RECORD}/files/CollecTRI_regulons.csv/content",
    algorithm="sha256",
    by_hand=f"Without a connection, download CollecTRI_regulons.csv from {ADDRESS} elsewhere, and "
    "give it: data fetch collectri --from FILE.",
)


def fetch(
    settings: Settings,
    server: str = ZENODO,
    given: Path | None = None,
    *,
    progress: Progress | None = None,
) -> Path:
    """Download CollecTRI, check it, and keep it by symbol; return where it lies.

    server: another records API with the same record. given: the file, fetched by hand. progress:
    of bytes, in place of a bar on stderr. Raises MissingDataError (not reached, or another file),
    StorageError.
    """
    place = settings.home / COLLECTRI_FILE
    if place.is_file():
        say(f"Fetched already: {place}. Remove it to fetch it again.")
        return place
    check_writable(place)
    say(f"{FILE.name}, {size(BYTES)}, {LICENCE}: {COLLECTRI_SOURCE}")
    file = replace(FILE, url=FILE.url.replace(ZENODO, server.rstrip("/")))
    if given is None:
        with progress_bar(file.name) if progress is None else nullcontext(progress) as told:
            path = download(file, settings.home / "downloads", told)
    else:
        path = _by_hand(given)
    edges = read(path)
    source = {"name": FILE.name, "sha256": FILE.digest, "url": ADDRESS, "licence": LICENCE}
    store.write(place, edges, {"name": COLLECTRI, "owner": "", "source": source})
    if given is None:
        path.unlink(missing_ok=True)
    say(f"{len(edges.edges):,} edges, {edges.n_signed:,} of them with a sign that has evidence")
    return place


def _by_hand(path: Path) -> Path:
    if not path.is_file() or not is_whole(path, FILE):
        raise MissingDataError(
            f"'{path}' is not the file that was expected: {FILE.name} of {ADDRESS}, {BYTES:,} "
            f"bytes, sha256 {FILE.digest[:16]}... A table of your own: references add FILE."
        )
    return path


def read(path: Path) -> EdgeList:
    """Return the edges of CollecTRI's table by symbol; raise TableError."""
    names = ("source", "target", "weight", "sign_decision")
    sources, targets, weights, decided = csv_columns(path, names)
    try:
        signs = np.sign(np.array(weights, dtype=float)).astype(np.int8)
    except ValueError as error:
        raise TableError(f"{path.name} holds a weight that is no number: {error}.") from error
    signs[np.array(decided) == NOBODY] = 0
    nothing = np.full(len(signs), np.nan)
    raw = RawEdges(path.name, tuple(sources), tuple(targets), signs=signs, weights=nothing)
    return resolved(raw, "human")
