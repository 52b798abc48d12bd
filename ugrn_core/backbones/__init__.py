"""Frozen single-cell foundation models behind one contract (`base.Backbone`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.backbones.vocabulary import read_json
from ugrn_core.errors import CheckpointError
from ugrn_core.registry import Registry

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

__all__ = ["ADAPTERS", "open_backbone"]

ADAPTERS: Registry = Registry(
    "backbone kind",
    {
        "tahoe": "ugrn_core.backbones.tahoe:Tahoe",
        "scbert": "ugrn_core.backbones.scbert:ScBert",
        "scfoundation": "ugrn_core.backbones.scfoundation:ScFoundation",
        "geneformer": "ugrn_core.backbones.geneformer:Geneformer",
        "scgpt": "ugrn_core.backbones.scgpt:ScGPT",
        "scbenchmark": "ugrn_core.backbones.scbenchmark:ScBenchmark",
    },
)


def open_backbone(folder: Path | str, name: str | None = None) -> Backbone:
    """Return the backbone in a checkpoint folder, its kind told by the names of its tensors.

    `name` defaults to the one in the folder's ugrn.json, else the folder's own. Raises
    CheckpointError: no checkpoint, damaged, incomplete, or of a kind no adapter reads.
    """
    from ugrn_core.backbones.checkpoint import read_checkpoint  # brings torch

    folder = Path(folder)
    checkpoint = read_checkpoint(folder)
    for kind in ADAPTERS:
        adapter = ADAPTERS[kind]
        if adapter.recognises(checkpoint.state.keys()):
            return adapter.from_checkpoint(checkpoint, name or _own_name(folder))
    first = ", ".join(key[:60] for key in list(checkpoint.state)[:5])
    raise CheckpointError(
        f"The weights in {folder} are of no kind UGRN reads ({', '.join(ADAPTERS)}); "
        f"their first tensors are: {first}. Give a checkpoint of one of these."
    )


def _own_name(folder: Path) -> str:
    own = folder / "ugrn.json"
    stated = read_json(own, most_bytes=1_000_000).get("name") if own.is_file() else None
    return stated if isinstance(stated, str) else folder.resolve().name
