"""A model hub of this machine alone, and checkpoints published on it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.data.serving import Server
from ugrn_core.experiment.catalog.published_models import PinnedFile, PublishedModel

COMMIT = "a" * 40


@contextmanager
def local_hub(monkeypatch) -> Iterator[Server]:
    """Yield a running server; what it serves, and how it misbehaves, is set on it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def pinned(checkpoint: Path, hub: Server, **about) -> PublishedModel:
    """Serve every file of `checkpoint`, and return it as a model whose files are all pinned."""
    files = []
    for path in sorted(p for p in checkpoint.iterdir() if p.is_file()):
        body = path.read_bytes()
        hub.files[f"/lab/tiny/resolve/{COMMIT}/sub/{path.name}"] = body
        digest = hashlib.sha256(body).hexdigest()
        files.append(PinnedFile(f"sub/{path.name}", path.name, len(body), digest))
    model = PublishedModel(
        "tiny-model", "Tiny", "scgpt", "MIT", "a lab", "lab/tiny", COMMIT, files=tuple(files)
    )
    return replace(model, **about)


def publish(monkeypatch, *models: PublishedModel) -> None:
    """Let `models` be all there is to fetch."""
    for place in ("catalog.published_models", "models.listing"):
        monkeypatch.setattr(
            f"ugrn_core.experiment.{place}.published_models", lambda: {m.name: m for m in models}
        )
