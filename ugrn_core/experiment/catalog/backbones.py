"""Which backbones are on this machine, and opening one by name or folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.errors import CheckpointError, StorageError
from ugrn_core.files import read_bounded
from ugrn_core.registry import require
from ugrn_core.settings import Settings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

CONTROL = "-random"
CONTROL_SEED = 0
MOST_CARD_BYTES = 1 << 20


@dataclass(frozen=True)
class BackboneCard:
    """A backbone one can choose; reading it loads no weights. is_control: random weights."""

    name: str
    title: str
    kind: str
    description: str
    folder: Path
    is_control: bool = False


def backbones(settings: Settings) -> tuple[BackboneCard, ...]:
    """Return the embedded backbones, the user's own, and a random control of each."""
    own = sorted((settings.assets / "backbones").glob("*/args.json"))
    added = sorted((settings.home / "backbones").glob("*/args.json"))
    cards = [_card(p.parent) for p in own]
    controls = [
        BackboneCard(
            card.name + CONTROL,
            f"{card.title}, random weights",
            card.kind,
            "Control: the same network with weights drawn at random. It has learned nothing.",
            card.folder,
            True,
        )
        for card in cards
    ]
    given = [_card(p) for p in settings.backbones]
    return tuple(cards + [_card(p.parent) for p in added] + given + controls)


def _card(folder: Path) -> BackboneCard:
    """Return the card of a checkpoint folder; its `card.json`, if any, names and describes."""
    try:
        text = json.loads(read_bounded(folder / "card.json", MOST_CARD_BYTES))
    except (StorageError, ValueError, RecursionError):
        text = {}
    given = text if isinstance(text, dict) else {}

    def words(key: str, otherwise: str) -> str:
        """What the card says, on one line and not too long: anybody may have written it."""
        said = given.get(key)
        return " ".join(said.split())[:300] if isinstance(said, str) and said.strip() else otherwise

    name = words("name", folder.name)[:60]
    return BackboneCard(
        name,
        words("title", name),
        words("kind", "checkpoint"),
        words("description", f"Checkpoint in the folder '{folder.name}'."),
        folder,
    )


def open_named(name: str, settings: Settings) -> Backbone:
    """Return the backbone called `name`, or the one in the folder `name`.

    Raises UnknownNameError (with near matches) or CheckpointError.
    """
    # Of two with one name the first counts: nothing added takes the place of what ships.
    by_name = {card.name: card for card in reversed(backbones(settings))}
    if name in by_name:
        card = by_name[name]
        return open_folder(card.folder, card.name, card.is_control, settings.device)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return open_folder(folder, device=settings.device)
    if "/" in name or "\\" in name:
        raise CheckpointError(
            f"There is no folder '{name[:200]}'. Give the folder that holds args.json, vocab.json "
            "and the weights."
        )
    card = by_name[require(name, by_name, "backbone", ", nor such a folder")]
    return open_folder(card.folder, card.name, card.is_control, settings.device)


@lru_cache(maxsize=4)
def open_folder(
    folder: Path, name: str | None = None, control: bool = False, device: str = "cpu"
) -> Backbone:
    """Return the backbone in `folder` as `name`, or its random-weights control, for `device`.

    Raises CheckpointError.
    """
    from ugrn_core.backbones import open_backbone
    from ugrn_core.backbones.random_weights import randomised

    if control:
        learned = open_backbone(folder, name and name.removesuffix(CONTROL))
        backbone = randomised(learned, CONTROL_SEED)
    else:
        backbone = open_backbone(folder, name)
    backbone.device = device
    return backbone


def is_control(backbone: Backbone) -> bool:
    """Return whether `backbone` has random weights: it then stands for no file."""
    return not backbone.files
