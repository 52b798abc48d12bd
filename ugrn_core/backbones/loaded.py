"""What every adapter holds: a checkpoint's weights, what they were read from, copies by precision.

Letters: B cells, G genes of a panel.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import Tensor

from ugrn_core.backbones.base import BackboneDefaults
from ugrn_core.backbones.checkpoint import state_checksum
from ugrn_core.backbones.transformer import cast
from ugrn_core.backbones.vocabulary import Vocabulary
from ugrn_core.errors import PanelError
from ugrn_core.types import Panel

Weights = TypeVar("Weights")


@dataclass(eq=False)
class LoadedBackbone(Generic[Weights]):
    """What `base.Backbone` asks of any weights at all; an adapter adds what its network does.

    weights: a tree of float32 tensors. files: what was read, name -> sha256; none of a control.
    ignored: tensors of the checkpoint that nothing reads. device: where sweeps compute, if they
    can; all else is done on the processor.
    """

    name: str
    folder: Path
    vocabulary: Vocabulary
    defaults: BackboneDefaults
    weights: Weights
    files: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    device: str = "cpu"
    _copies: dict[torch.dtype, Weights] = field(default_factory=dict, init=False, repr=False)

    kind = ""

    @cached_property
    def checksum(self) -> str:
        """sha256 over the tensors in use and `identity`: not over heads that are never read, nor
        over how the file spells its keys."""
        return state_checksum(tensors_of(self.weights), "\n".join(self.identity()))

    def identity(self) -> list[str]:
        """Return what makes the network what it is and no tensor says: lines of text."""
        return [self.kind, *self.told(), *self.vocabulary.tokens]

    def told(self) -> list[str]:
        """Return what a configuration tells of the network; nothing where the tensors say all."""
        return []

    def shape(self) -> dict:
        """Return layers, width and what else `describe` tells of the network: JSON types."""
        raise NotImplementedError

    def describe(self) -> dict:
        """See `base.Backbone.describe`."""
        return {
            "name": self.name,
            "kind": self.kind,
            **self.shape(),
            "genes": len(self.vocabulary.genes),
            "parameters": sum(t.numel() for t in tensors_of(self.weights)),
            "checksum": self.checksum,
            "files": dict(self.files),
            "ignored_tensors": len(self.ignored),
        }

    def in_dtype(self, dtype: torch.dtype) -> Weights:
        """Return the weights in `dtype`, cast once."""
        if dtype not in self._copies:
            self._copies[dtype] = self._in_dtype(dtype)
        return self._copies[dtype]

    def _in_dtype(self, dtype: torch.dtype) -> Weights:
        return cast(self.weights, dtype)


def tensors_of(tree: object) -> list[Tensor]:
    """Return every tensor of a weight tree, in the order of its fields."""
    if isinstance(tree, Tensor):
        return [tree]
    if isinstance(tree, tuple):
        return [t for part in tree for t in tensors_of(part)]
    if is_dataclass(tree):
        return [t for f in fields(tree) for t in tensors_of(getattr(tree, f.name))]
    return []


def panel_ids(vocabulary: Vocabulary, panel: Panel) -> Tensor:
    """Return the (G,) token ids of a panel's genes.

    Raises UnknownGeneError, and PanelError when two spellings are one gene.
    """
    ids = vocabulary.ids(panel.genes)
    if len(set(ids.tolist())) < len(ids):
        first: dict[int, str] = {}
        pairs = [(first.setdefault(k, g), g) for k, g in zip(ids.tolist(), panel.genes)]
        one, other = next((a, b) for a, b in pairs if a != b)
        raise PanelError(
            f"'{one}' and '{other}' are the same gene for this backbone. Keep one of the two."
        )
    return torch.from_numpy(ids)


def check_values(shape: tuple[int, ...], panel: Panel) -> None:
    """Raise PanelError unless values of this `shape` are (B, G): cells by genes of `panel`."""
    if len(shape) != 2 or shape[1] != len(panel):
        raise PanelError(
            f"Values must have shape (cells, {len(panel)}), one column per gene of the panel; "
            f"{tuple(shape)} came."
        )
