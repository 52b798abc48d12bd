"""Files of a Zenodo record: listed with checksums by the record, downloaded so as to be resumed."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ugrn_core.errors import MissingDataError, StorageError

CHUNK = 1 << 20
TIMEOUT = 30  # seconds without an answer or a byte
TRIES = 5  # in a row without a new byte
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RemoteFile:
    """A file of a record: `size` bytes with the checksum `md5` (hex), at `url`."""

    name: str
    size: int
    md5: str
    url: str


def record_files(url: str) -> tuple[RemoteFile, ...]:
    """Return the files that the record at `url` (JSON of Zenodo's API) lists.

    Raises MissingDataError when it cannot be reached or is no such record.
    """
    import requests

    try:
        answer = requests.get(url, timeout=TIMEOUT, headers={"Accept": "application/json"})
        answer.raise_for_status()
    except requests.RequestException as error:
        raise MissingDataError(unreachable(url, error)) from error
    try:
        return tuple(_remote(entry) for entry in json.loads(answer.content)["files"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MissingDataError(
            f"'{url}' answered, but not with a record's list of files and md5 checksums ({error}). "
            "Check the address; a login page of the network may be in between."
        ) from error


def _remote(entry: dict) -> RemoteFile:
    kind, _, digest = entry["checksum"].partition(":")
    name, url = entry["key"], entry["links"]["self"]
    if not PLAIN_NAME.fullmatch(name):
        raise ValueError(f"file name {name[:40]!r}")
    if kind != "md5" or not re.fullmatch("[0-9a-f]{32}", digest):
        raise ValueError(f"checksum {entry['checksum'][:40]!r}")
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"link {url[:60]!r}")
    return RemoteFile(name, int(entry["size"]), digest, url)


def download(
    file: RemoteFile, folder: Path, progress: Progress | None = None, pause: float = 2.0
) -> Path:
    """Return the path of `file` in `folder`, whole and with the right checksum.

    What an earlier attempt left is gone on with; a finished file is only checked. progress counts
    bytes. Raises MissingDataError (not reached, or other bytes than the record promises; those are
    deleted) or StorageError.
    """
    whole, part = folder / file.name, folder / f"{file.name}.{file.md5[:8]}.part"
    report = progress or (lambda done, total: None)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if whole.is_file() and _md5(whole) == file.md5:
            report(file.size, file.size)
            return whole
        _complete(file, part, report, pause)
        if _md5(part) != file.md5:
            part.unlink()
            raise MissingDataError(
                f"{file.name} arrived with another checksum than the record's and was deleted. "
                "Run the same command again."
            )
        part.replace(whole)
    except OSError as error:
        raise StorageError(
            f"Cannot write '{error.filename or folder}': {error.strerror or error}. Free some "
            "space or choose another folder; what has arrived is kept."
        ) from error
    return whole


def _complete(file: RemoteFile, part: Path, report: Progress, pause: float) -> None:
    """Append to `part` until it has all bytes, through interruptions."""
    import requests

    failed = 0
    if _size(part) > file.size:
        part.unlink()
    while (have := _size(part)) < file.size:
        error: Exception | str = "the connection ended early"
        try:
            _append(file, part, have, report)
        except requests.RequestException as caught:
            error, status = caught, getattr(caught.response, "status_code", 0)
            if 400 <= status < 500 and status not in (408, 429):  # asking again will not help
                raise MissingDataError(unreachable(file.url, error)) from error
        failed = 0 if _size(part) > have else failed + 1
        if failed >= TRIES:
            raise MissingDataError(unreachable(file.url, error))
        time.sleep(pause * failed)
    report(file.size, file.size)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _append(file: RemoteFile, part: Path, have: int, report: Progress) -> None:
    import requests

    # identity: offsets count the file's own bytes, not compressed ones
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(file.url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        answer.raise_for_status()
        goes_on = answer.status_code == 206
        if goes_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            goes_on, have = False, 0
            part.unlink(missing_ok=True)
            return  # not the part asked for: from the beginning
        have = have if goes_on else 0
        with part.open("ab" if goes_on else "wb") as out:
            for chunk in answer.iter_content(CHUNK):
                out.write(chunk)
                have += len(chunk)
                report(min(have, file.size), file.size)
                if have > file.size:
                    return  # more than the record promises: the checksum will tell


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def unreachable(url: str, error: object) -> str:
    """Return a sentence for a host that does not answer, with the way around it."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    why = f"it answered {status}" if status else type(error).__name__
    why = error if isinstance(error, str) else why
    return (
        f"Cannot download from {urlsplit(url).netloc} ({why}). Check the connection (behind a "
        "proxy set HTTPS_PROXY) and run the same command again: what has arrived is kept. Without "
        "a connection, download the record's files elsewhere, unpack them into a folder, and name "
        "it with UGRN_BEELINE or --data."
    )
