"""Files of a model hub (Hugging Face or a mirror): where they lie, and what it promises of them."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import quote, urljoin, urlsplit

from ugrn_core.data.download import LARGEST_FILE, RemoteFile
from ugrn_core.data.web import TIMEOUT, answered, host_of, stated, unreachable
from ugrn_core.errors import MissingDataError, OptionError

BY_HAND = (
    "Without a connection, download the files elsewhere and name their folder with --from FOLDER; "
    "HF_ENDPOINT names a mirror of the hub."
)
_MOST_STEPS = 5  # redirects within the hub
_PAUSE = 2.0  # seconds before a question is asked once more


def file_url(hub: str, repository: str, revision: str, path: str) -> str:
    """Return the address of a file of a repository at a revision; raise OptionError where `hub` is
    no address of the web."""
    try:
        parts = urlsplit(hub)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment:
        raise OptionError(
            f"HF_ENDPOINT is the address of a model hub, such as https://hf-mirror.com; "
            f"'{hub[:60]}' came. Set it to one, or unset it."
        )
    return f"{hub.rstrip('/')}/{repository}/resolve/{revision}/{quote(path)}"


def promised(hub: str, repository: str, revision: str, path: str, name: str) -> RemoteFile:
    """Return what the hub's own answer says of a file whose checksum nobody wrote down.

    Its address names the commit that `revision` stands for now, so that all files fetched by it
    stay of one state. Large files come with their sha256, small ones with git's checksum of the
    content. Raises MissingDataError (not reached, no such file, no checksum in the answer).
    """
    import requests

    url, seen = file_url(hub, repository, revision, path), {}
    for _ in range(_MOST_STEPS):
        try:
            how = {"allow_redirects": False, "headers": {"Accept-Encoding": "identity"}}
            answer = answered(partial(requests.head, url, timeout=TIMEOUT, **how), _PAUSE)
            onward = urljoin(url, answer.headers.get("Location", ""))
            here = urlsplit(onward)[:2] == urlsplit(url)[:2]  # scheme and host
        except (requests.RequestException, ValueError) as error:
            raise MissingDataError(unreachable(url, error, BY_HAND)) from error
        seen = {k.lower(): v for k, v in answer.headers.items()} | seen  # the first answer counts
        if not answer.is_redirect or not here or (_digest(seen) and "x-linked-size" in seen):
            break
        url = onward
    commit, size = seen.get("x-repo-commit", ""), stated(seen.get("x-linked-size", ""))
    if "x-linked-size" not in seen and not answer.is_redirect:
        size = stated(seen.get("content-length", ""))
    digest = _digest(seen)
    sound = re.fullmatch("[0-9a-f]{40}", commit) and digest
    if not sound or size is None or size > LARGEST_FILE:
        raise MissingDataError(
            f"{host_of(hub)} answered for {path} without its commit, size and checksum: "
            f"not as the hub answers. {BY_HAND}"
        )
    algorithm = "sha256" if len(digest) == 64 else "git"
    where = file_url(hub, repository, commit, path)
    return RemoteFile(
        name=name, size=size, digest=digest, url=where, algorithm=algorithm, by_hand=BY_HAND
    )


def commit_of(file: RemoteFile) -> str:
    """Return the commit in the address that `promised` gave."""
    return file.url.partition("/resolve/")[2].partition("/")[0]


def _digest(headers: dict[str, str]) -> str:
    """Return the sha256 (64 digits) or git's checksum (40) that an answer states, or ""."""
    stated = headers.get("x-linked-etag") or headers.get("etag", "")
    plain = stated.removeprefix("W/").strip('"').lower()
    return plain if re.fullmatch("[0-9a-f]{64}|[0-9a-f]{40}", plain) else ""
