"""Files from the internet: promised with size and checksum, downloaded so as to be resumed."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from ugrn_core.data.web import (
    LONGEST_WAIT,
    TIMEOUT,
    asked_wait,
    begun,
    host_of,
    may_pass,
    session,
    stated,
    unreachable,
)
from ugrn_core.errors import MissingDataError, StorageError
from ugrn_core.files import clear_way, disk_errors, own_folder
from ugrn_core.quantities import duration, size

PIECE = 1 << 16
TRIES = 5  # in a row that brought less than GAIN new bytes
GAIN = 1 << 16
MOST_TRIES = 100  # in all: a server that drops every connection after a moment ends here, too
SLOWEST = 1024  # bytes a second over PACE_SECONDS: below it a connection counts as lost
PACE_SECONDS = 30
MOST_RECORD_BYTES = 4 << 20  # a record's list; Zenodo's longest are a few hundred kB
LARGEST_FILE = 1 << 40
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
BY_HAND = (
    "Without a connection, download the record's files elsewhere, unpack them into a folder, and "
    "name it with UGRN_BEELINE or --data."
)
Progress = Callable[[int, int], None]
Say = Callable[[str], None]


@dataclass(frozen=True)
class RemoteFile:
    """A file at `url`: `size` bytes with the checksum `digest` (hex) by `algorithm`: md5, sha256,
    or git (sha1 of "blob SIZE", a zero byte, and the content).

    by_hand: what to do where there is no connection, a sentence.
    """

    name: str
    size: int
    digest: str
    url: str
    algorithm: str = "md5"
    by_hand: str = BY_HAND


def record_files(url: str) -> tuple[RemoteFile, ...]:
    """Return the files that the record at `url` (JSON of Zenodo's API) lists.

    Raises MissingDataError when it cannot be reached or is no such record.
    """
    import requests
    import urllib3

    try:
        how = {"timeout": TIMEOUT, "headers": {"Accept": "application/json"}, "stream": True}
        with session() as web, begun(partial(web.get, url, **how)) as answer:
            answer.raise_for_status()
            content = _bounded(answer)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise MissingDataError(unreachable(url, error, BY_HAND)) from error
    try:
        if isinstance(content, str):
            raise ValueError(content)
        return tuple(_remote(entry) for entry in json.loads(content)["files"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MissingDataError(
            f"'{url}' answered, but not with a record's list of files and md5 checksums "
            f"({str(error)[:200]}). Check the address; a login page of the network may be in "
            "between."
        ) from error


def _bounded(answer) -> bytes | str:
    """Return what a record's answer holds, or why it was not read to its end."""
    content, began = bytearray(), time.monotonic()
    while piece := answer.raw.read1(PIECE, decode_content=True):
        content += piece
        if len(content) > MOST_RECORD_BYTES:
            return f"longer than {size(MOST_RECORD_BYTES)}"
        if _too_slow(len(content), time.monotonic() - began):
            return f"under {SLOWEST} bytes a second"
    return bytes(content)


def _too_slow(count: int, seconds: float) -> bool:
    return seconds > PACE_SECONDS and count < SLOWEST * seconds


def _remote(entry: dict) -> RemoteFile:
    kind, _, digest = entry["checksum"].partition(":")
    name, url, size = entry["key"], entry["links"]["self"], entry["size"]
    if not PLAIN_NAME.fullmatch(name):
        raise ValueError(f"file name {name[:40]!r}")
    if kind != "md5" or not re.fullmatch("[0-9a-f]{32}", digest):
        raise ValueError(f"checksum {entry['checksum'][:40]!r}")
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"link {url[:60]!r}")
    if type(size) is not int or not 0 <= size <= LARGEST_FILE:
        raise ValueError(f"size {str(size)[:40]!r}")
    return RemoteFile(name, size, digest, url)


def download(
    file: RemoteFile,
    folder: Path,
    progress: Progress | None = None,
    pause: float = 2.0,
    *,
    say: Say = lambda text: None,
) -> Path:
    """Return the path of `file` in UGRN's own `folder`, whole and with the right checksum.

    What an earlier attempt left is gone on with; a finished file is only checked. progress counts
    bytes; say is told of a wait that the server asks for. Raises MissingDataError (not reached,
    busy for longer than LONGEST_WAIT, or other bytes than promised; those are deleted) or
    StorageError.
    """
    whole, part = folder / file.name, folder / f"{file.name}.{file.digest[:8]}.part"
    report = progress or (lambda done, total: None)
    own_folder(folder)
    clear_way(whole)
    clear_way(part)
    with disk_errors(whole, "write"):
        if whole.is_file() and is_whole(whole, file):
            report(file.size, file.size)
            return whole
        check_space(folder, file.size - _size(part))
        went_on = _size(part) > 0
        _Attempts(file, part, report, pause, say=say).complete()
        if went_on and not is_whole(part, file):  # what lay there was of another file
            part.unlink()
            _Attempts(file, part, report, pause, say=say).complete()
        if not is_whole(part, file):
            part.unlink()
            raise MissingDataError(
                f"{file.name} arrived with another checksum than promised and was deleted. "
                "Run the same command again; if it comes back, the server has another file."
            )
        part.replace(whole)
    return whole


def is_whole(path: Path, file: RemoteFile) -> bool:
    """Return whether the file at `path` has the size and the checksum of `file`."""
    if path.stat().st_size != file.size:
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, lambda: _hash(file)).hexdigest() == file.digest


def _hash(file: RemoteFile):
    if file.algorithm == "git":
        return hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
    return hashlib.new(file.algorithm, usedforsecurity=False)


def check_space(folder: Path, needed: int) -> None:
    """Raise StorageError where the disk of `folder` has less than `needed` bytes left."""
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise StorageError(
            f"This needs {size(needed)} and the disk of '{folder}' has {size(free)} "
            "left. Free some space or choose another folder (UGRN_HOME)."
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


class _Lost(Exception):
    """A connection that ended early, stalled, or gave another part than the one asked for."""


class _Attempts:
    """The requests that complete one file, through interruptions, within bounds."""

    def __init__(
        self, file: RemoteFile, part: Path, report: Progress, pause: float, *, say: Say
    ) -> None:
        self._file, self._part, self._report, self._pause = file, part, report, pause
        self._say = say
        self._ranges = True  # until the server shows that it has none
        self._waited = 0  # seconds by the server's wish since it last brought something

    def complete(self) -> None:
        """Append to the part until it has all bytes; raise MissingDataError."""
        import requests

        file, failed, wait = self._file, 0, 0.0
        if _size(self._part) > file.size:
            self._part.unlink()
        best = _size(self._part)
        for _ in range(MOST_TRIES):
            if _size(self._part) >= file.size:
                break
            error: Exception | str = "the connection ended early"
            try:
                self._append()
            except _Lost as caught:
                error = str(caught)
            except requests.RequestException as caught:
                error, wait = caught, self._wait(caught)
            gained = _size(self._part) - best
            if gained < GAIN and _size(self._part) < file.size:
                failed += 1
            else:
                failed, best, self._waited = 0, _size(self._part), 0
            if failed >= TRIES:
                raise MissingDataError(unreachable(file.url, error, file.by_hand))
            time.sleep(max(self._pause * failed, wait))
            wait = 0.0
        if _size(self._part) < file.size:
            raise MissingDataError(unreachable(file.url, "it keeps hanging up", file.by_hand))
        self._report(file.size, file.size)

    def _wait(self, error) -> float:
        """Return how long the server asks us to wait; raise where asking again will not help."""
        answer = error.response
        status = getattr(answer, "status_code", 0)
        if not may_pass(error):
            raise MissingDataError(
                unreachable(self._file.url, error, self._file.by_hand)
            ) from error
        if status == 416:  # the part is longer than what the server has
            self._part.unlink(missing_ok=True)
        seconds = asked_wait(answer) or 0
        self._waited += seconds
        if self._waited > LONGEST_WAIT:
            raise MissingDataError(
                unreachable(self._file.url, error, self._file.by_hand)
            ) from error
        if seconds:
            host = host_of(self._file.url)
            self._say(f"{host} is busy ({status}): asking again in {duration(seconds)}")
        return float(seconds)

    def _append(self) -> None:
        have = _size(self._part) if self._ranges else 0
        # identity: offsets count the file's own bytes, not compressed ones
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        how = {"headers": headers, "stream": True, "timeout": TIMEOUT}
        with session() as web, begun(partial(web.get, self._file.url, **how)) as answer:
            answer.raise_for_status()
            goes_on = answer.status_code == 206
            start = answer.headers.get("Content-Range", "")
            if goes_on and not start.startswith(f"bytes {have}-"):
                self._ranges = False
                raise _Lost("it gave another part of the file than the one asked for")
            self._check_answer(answer, have if goes_on else 0)
            with self._part.open("ab" if goes_on else "wb") as out:
                self._copy(answer, out, have if goes_on else 0)

    def _check_answer(self, answer, have: int) -> None:
        """Raise MissingDataError where the headers already say that this is another file."""
        file, length = self._file, stated(answer.headers.get("Content-Length", ""))
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind == "text/html" and not file.name.endswith((".html", ".htm")):
            raise MissingDataError(
                f"{host_of(answer.url)} answered with a web page in place of {file.name}: "
                "a login or error page, or a proxy. Open the address in a browser to see it: "
                f"{file.url}"
            )
        coded = answer.headers.get("Content-Encoding", "identity").strip().lower()
        if coded not in ("", "identity") and not file.name.endswith((".gz", ".tgz")):
            raise MissingDataError(
                f"{host_of(answer.url)} sends {file.name} packed anew ({coded[:20]}), which it was "
                "asked not to: a proxy in between, perhaps. Another network, or HF_ENDPOINT where "
                "it is a model, goes around it. Nothing was taken."
            )
        if length is not None and coded in ("", "identity") and have + length != file.size:
            raise MissingDataError(
                f"{host_of(answer.url)} offers {have + length:,} bytes for "
                f"{file.name}, where {file.size:,} were promised: another file. Nothing was taken."
            )

    def _copy(self, answer, out, have: int) -> None:
        import urllib3

        window, began = have, time.monotonic()
        try:
            while piece := answer.raw.read1(PIECE):
                out.write(piece)
                have += len(piece)
                self._report(min(have, self._file.size), self._file.size)
                if have > self._file.size:
                    return  # more than promised: the size will tell
                spent = time.monotonic() - began
                if _too_slow(have - window, spent):
                    raise _Lost(f"under {SLOWEST} bytes a second")
                if spent > 2 * PACE_SECONDS:
                    window, began = have, time.monotonic()
        except urllib3.exceptions.HTTPError as error:
            raise _Lost("the connection ended early") from error
