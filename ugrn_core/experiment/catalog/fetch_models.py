"""Bringing a published model to this machine: fetched, checked, and put among the backbones."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from ugrn_core.data.download import RemoteFile, check_space, download, is_whole
from ugrn_core.data.hub import BY_HAND, commit_of, file_url, promised
from ugrn_core.data.web import host_of
from ugrn_core.errors import CheckpointError, InputError, MissingDataError, OptionError
from ugrn_core.experiment.catalog.published_models import (
    PinnedFile,
    PublishedModel,
    published_model,
)
from ugrn_core.files import clear_way, disk_errors, own_folder, read_bounded, write_own
from ugrn_core.jobs.claims import exclusive
from ugrn_core.quantities import size
from ugrn_core.settings import Settings

MARK = "fetched.json"
MOST_NAMES_BYTES = 64 << 20
Say = Callable[[str], None]
Progress = Callable[[str, int, int], None]  # file, bytes done, bytes in all


def fetch_model(
    name: str,
    settings: Settings,
    *,
    accept: bool = False,
    source: Path | None = None,
    say: Say = lambda text: None,
    progress: Progress = lambda file, done, total: None,
) -> Path:
    """Return the folder of the published model `name`, under UGRN_HOME/backbones, ready to open.

    An interrupted fetch goes on at the next call; a finished one only says so. accept: the licence
    or origin is accepted, where that is asked for. source: a folder with the files, copied by hand:
    nothing is downloaded, sizes and checksums are checked alike. Raises UnknownNameError,
    OptionError (not accepted), MissingDataError (offline, other bytes than promised), StorageError.
    """
    model = published_model(name)
    if model.folder_only:
        raise MissingDataError(f"{model.title} cannot be fetched. {model.folder_only}")
    folder = settings.home / "backbones" / model.name
    if (folder / MARK).is_file():
        say(f"Fetched already: {folder}. `backbones remove {model.name}` removes it.")
        return folder
    if folder.exists():
        raise OptionError(
            f"'{folder}' is there already and was not fetched. Remove it with `backbones remove "
            f"{model.name}`, or move it away."
        )
    say(f"{model.title}. Licence: {model.licence}. From {model.origin}.")
    _require_accepted(model, accept)
    place = settings.home / "downloads" / model.name
    own_folder(place.parent)
    files = _Files(model, place, source, settings.hub, say=say, progress=progress)
    with exclusive(place.with_suffix(".lock"), patience=0.5):  # else it is being fetched
        if (folder / MARK).is_file():  # by another process, which had it just now
            return folder
        own_folder(place)
        return _bring(model, folder, files)


def _require_accepted(model: PublishedModel, accept: bool) -> None:
    if model.must_accept and not accept:
        raise OptionError(
            f"{model.title} comes under this licence: {model.licence}; from {model.origin}. If you "
            "accept that, give --accept-licence."
        )


def _bring(model: PublishedModel, folder: Path, files: _Files) -> Path:
    from ugrn_core.backbones import open_backbone  # brings torch

    notes = files.complete()
    for path in sorted(files.place.glob("*.pkl")):
        _to_json(path)
    try:
        backbone = open_backbone(files.place, model.name)
    except InputError as error:
        raise CheckpointError(
            f"{model.title} was fetched as promised and cannot be opened: {error} Report it."
        ) from error
    now = datetime.now(UTC).isoformat(timespec="seconds")
    about = {
        "name": model.name,
        "title": model.title,
        "kind": model.kind,
        "description": f"Published by others; licence: {model.licence}. From {model.origin}.",
        "licence": model.licence,
    }
    write_own(files.place / "card.json", json.dumps(about, indent=1).encode())
    mark = about | {"repository": model.repository, "files": notes, "date": now}
    write_own(files.place / MARK, json.dumps(mark, indent=1).encode())
    own_folder(folder.parent)
    clear_way(folder)  # a link that leads nowhere
    with disk_errors(folder, "write"):
        files.place.replace(folder)
    files.say(f"{model.title}: {len(backbone.vocabulary.genes):,} genes, in {folder}")
    return folder


def _to_json(path: Path) -> None:
    """Put a dictionary of numbers and names, a pickle as published, beside itself as JSON, and
    delete it: from then on nothing here unpickles anything."""
    from ugrn_core.backbones.ranked.tokens import read_dictionary  # brings torch

    plain = {
        key: getattr(value, "item", lambda v=value: v)()
        for key, value in read_dictionary(path).items()
    }
    try:
        content = json.dumps(plain, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path.name} holds more than names and numbers ({error}). Report it."
        ) from error
    write_own(path.with_suffix(".json"), content.encode())
    path.unlink()


class _Files:
    """The files of one model in the folder `place`, downloaded or copied, and checked."""

    def __init__(
        self,
        model: PublishedModel,
        place: Path,
        source: Path | None,
        hub: str,
        *,
        say: Say,
        progress: Progress,
    ) -> None:
        self._model, self.place, self._source, self._hub = model, place, source, hub
        self.say, self._progress = say, progress

    def complete(self) -> list[dict]:
        """Bring every file; return what is to be noted of each."""
        pinned = [self._remote(f) for f in self._model.files]
        missing = sum(r.size for r in pinned if not (self.place / r.name).is_file())
        check_space(self.place, missing)
        self.say(f"{len(pinned)} files, {size(sum(r.size for r in pinned))}")
        notes = []
        for file, remote in zip(self._model.files, pinned):
            if self._source is not None:
                self._copy(file, remote)
            else:
                progress = partial(self._progress, remote.name)
                download(remote, self.place, progress, say=self.say)
            if file.names_sha256:
                _write_names(self.place / remote.name, self.place / file.name, file.names_sha256)
            url = remote.url.replace(urlsplit(remote.url).netloc, host_of(remote.url), 1)
            notes.append(asdict(replace(remote, by_hand="", url=url)) | {"path": file.path})
        return notes

    def _remote(self, file: PinnedFile) -> RemoteFile:
        repository = file.repository or self._model.repository
        revision = file.revision or self._model.revision
        name = Path(file.path).name if file.names_sha256 else file.name
        if file.sha256:
            url = file_url(self._hub, repository, revision, file.path)
            return RemoteFile(
                name=name,
                size=file.size,
                digest=file.sha256,
                url=url,
                algorithm="sha256",
                by_hand=BY_HAND,
            )
        if self._source is not None:  # nothing to hold it against but the names, if those
            path = _found(self._source, file, name)
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            return RemoteFile(
                name=name,
                size=path.stat().st_size,
                digest=digest,
                url=path.as_uri(),
                algorithm="sha256",
                by_hand=BY_HAND,
            )
        remote = promised(self._hub, repository, revision, file.path, name)
        self.say(
            f"{file.path}: commit {commit_of(remote)[:12]}, {remote.size:,} bytes, "
            f"{remote.algorithm} {remote.digest[:16]}... (by the hub's own word)"
        )
        return remote

    def _copy(self, file: PinnedFile, remote: RemoteFile) -> None:
        path = _found(self._source, file, remote.name)
        if not is_whole(path, remote):
            raise MissingDataError(
                f"'{path}' is not the published {file.path}: {remote.size:,} bytes with sha256 "
                f"{remote.digest[:16]}... were expected. Copy it again."
            )
        part, whole = self.place / f"{remote.name}.part", self.place / remote.name
        clear_way(part)
        clear_way(whole)
        with disk_errors(whole, "write"):
            shutil.copyfile(path, part)
            part.replace(whole)
        self._progress(remote.name, remote.size, remote.size)


def _found(source: Path, file: PinnedFile, name: str) -> Path:
    """Return where a file lies below `source`: by its path in the repository, or by its name."""
    for path in (source / file.path, source / name, source / file.name):
        if path.is_file():
            return path
    raise MissingDataError(
        f"'{source}' lacks {name} ({file.path} of the repository). Copy it there, too."
    )


def _write_names(path: Path, out: Path, expected: str) -> None:
    """Write the gene names in `path` (JSON: name -> id, or a list; or text) one a line to `out`.

    Raises MissingDataError where they are not the ones that `expected`, their sha256, stands for.
    """
    content = read_bounded(path, MOST_NAMES_BYTES)
    try:
        names = json.loads(content)
        if isinstance(names, dict):
            names = [n for n, _ in sorted(names.items(), key=lambda item: item[1])]
        text = "\n".join(names)
    except (ValueError, TypeError, RecursionError):
        text = content.decode("utf-8", "replace").strip("\n")
    if hashlib.sha256(text.encode()).hexdigest() != expected:
        path.unlink()
        raise MissingDataError(
            f"The gene names in {path.name} are not the model's own (another checksum), and with "
            "others every answer would be of another gene. Nothing was kept of them."
        )
    write_own(out, (text + "\n").encode())
    if path != out:
        path.unlink()
