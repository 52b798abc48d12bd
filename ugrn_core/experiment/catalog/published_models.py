"""Published models that `backbones fetch` can bring: pinned to a revision, size and checksum."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ugrn_core.registry import require


@dataclass(frozen=True)
class PinnedFile:
    """A file of a repository on the hub. path: in the repository; name: in the backbone's folder.

    size (bytes) and sha256 are 0 and "" where none is known: they are then read from the hub's own
    answer, shown and kept. names_sha256: of the gene names joined by line feeds, where only those
    are known; the file then becomes a text file of them, one a line.
    """

    path: str
    name: str
    size: int = 0
    sha256: str = ""
    repository: str = ""
    revision: str = ""
    names_sha256: str = ""


@dataclass(frozen=True)
class PublishedModel:
    """A model whose weights others publish. kind: the adapter that reads it.

    must_accept: whether the person who fetches it has to accept its licence or origin. relaxed:
    whether its gradients are a relaxation of ours (BackboneDefaults.relaxation).
    folder_only: how to get it, a sentence, where it cannot be fetched.
    """

    name: str
    title: str
    kind: str
    licence: str
    origin: str
    repository: str = ""
    revision: str = ""
    must_accept: bool = False
    relaxed: bool = False
    folder_only: str = ""
    files: tuple[PinnedFile, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of the files whose size is known."""
        return sum(f.size for f in self.files)


@cache
def published_models() -> dict[str, PublishedModel]:
    """Return the published models by name."""
    text = (files("ugrn_core.experiment.catalog") / "published_models.toml").read_text("utf-8")
    models = {}
    for name, about in tomllib.loads(text).items():
        pinned = tuple(PinnedFile(**{"revision": "", **f}) for f in about.pop("files", ()))
        models[name] = PublishedModel(name, files=pinned, **about)
    return models


def published_model(name: str) -> PublishedModel:
    """Return the published model called `name`; raise UnknownNameError with near matches."""
    models = published_models()
    return models[require(name, models, "model to fetch")]
