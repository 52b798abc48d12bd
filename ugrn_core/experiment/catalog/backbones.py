"""Which backbones are on this machine, and opening one by name or folder."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.backbones.weight_files import holds_weights
from ugrn_core.errors import CheckpointError, MissingDataError, StorageError
from ugrn_core.files import read_bounded
from ugrn_core.registry import require
from ugrn_core.settings import Settings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

DEFAULT = "ugrn-meta"  # what is asked where nothing was chosen
CONTROL = "-random"
UNTOLD = "checkpoint"  # the kind of a model that has no card
NO_TORCH = (
    "This computes with a backbone's weights, and PyTorch is not installed here: finished runs and "
    "the results that ship can be read. Install it: `pip install torch==2.13.0`."
)
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
    """Return the embedded backbones, the default first, the user's own, and a random control of
    each embedded one."""
    shipped = (settings.assets / "backbones").glob("*/args.json")
    own = sorted(shipped, key=lambda path: (path.parent.name != DEFAULT, path))
    folders = (settings.home / "backbones").glob("*")
    added = sorted(p for p in folders if holds_weights(p) or (p / "args.json").is_file())
    cards = [_card(p.parent) for p in own]
    controls = [
        BackboneCard(
            name=card.name + CONTROL,
            title=f"{card.title}, random weights",
            kind=card.kind,
            description=(
                "Control: the same network with weights drawn at random. It has learned nothing."
            ),
            folder=card.folder,
            is_control=True,
        )
        for card in cards
    ]
    given = [_card(p) for p in settings.backbones]
    return tuple(cards + [_card(p, p.name) for p in added] + given + controls)


def lost(settings: Settings) -> dict[str, Path]:
    """Return what was added and whose folder is not there any more: name -> that folder."""
    with suppress(OSError):
        links = (p for p in sorted((settings.home / "backbones").iterdir()) if p.is_symlink())
        return {p.name: p.readlink() for p in links if not p.is_dir()}
    return {}


def refuse_lost(name: str, settings: Settings) -> None:
    """Raise CheckpointError where `name` was added and its folder is not there any more."""
    if (folder := lost(settings).get(name)) is not None:
        raise CheckpointError(
            f"The folder of '{name}', {folder}, is not there any more. Put it back, or take the "
            f"name off the list: `backbones remove {name}`."
        )


def _card(folder: Path, name: str | None = None) -> BackboneCard:
    """Return the card of a checkpoint folder; its `card.json`, if any, names and describes.

    name: what it was added as, whatever its card says.
    """
    try:
        text = json.loads(read_bounded(folder / "card.json", MOST_CARD_BYTES))
    except (StorageError, ValueError, RecursionError):
        text = {}
    given = text if isinstance(text, dict) else {}

    def words(key: str, otherwise: str) -> str:
        """What the card says, on one line and not too long: anybody may have written it."""
        said = given.get(key)
        return " ".join(said.split())[:300] if isinstance(said, str) and said.strip() else otherwise

    name = name or words("name", folder.name)[:60]
    return BackboneCard(
        name=name,
        title=words("title", name),
        kind=words("kind", UNTOLD),
        description=words("description", f"Checkpoint in the folder '{folder.name}'."),
        folder=folder,
    )


@dataclass(frozen=True)
class Place:
    """Where a backbone lies. name: what it is called, None for the name its own files give."""

    folder: Path
    name: str | None = None
    is_control: bool = False


def placed(name: str, settings: Settings) -> Place:
    """Return where the backbone called `name` lies, or the one in the folder `name`.

    Raises UnknownNameError (with near matches) or CheckpointError.
    """
    # Of two with one name the first counts: nothing added takes the place of what ships.
    by_name = {card.name: card for card in reversed(backbones(settings))}
    if name not in by_name:
        refuse_lost(name, settings)
    folder = given_folder(name)
    if name not in by_name and folder is not None:
        return Place(folder)
    if name not in by_name and ("/" in name or "\\" in name):
        raise CheckpointError(
            f"There is no folder '{name[:200]}'. Give the folder that holds args.json, vocab.json "
            "and the weights."
        )
    card = by_name[require(name, by_name, "backbone", ", nor such a folder")]
    return Place(card.folder, card.name, card.is_control)


def given_folder(path: str | Path) -> Path | None:
    """Return `path` as a folder that is there; None where it is none, or no path at all: a loop of
    links, the home of nobody, longer than the system reads."""
    with suppress(OSError, RuntimeError, ValueError):
        folder = Path(path).expanduser()
        return folder if folder.is_dir() else None
    return None


def open_named(name: str, settings: Settings) -> Backbone:
    """Return the backbone called `name`, or the one in the folder `name`, with its weights.

    Raises UnknownNameError (with near matches), CheckpointError or MissingDataError as
    `open_folder` does.
    """
    where = placed(name, settings)
    return open_folder(where.folder, where.name, where.is_control, settings.device)


def can_compute() -> bool:
    """Return whether PyTorch is installed here: without it, finished runs can be read only."""
    try:
        return find_spec("torch") is not None
    except (ImportError, ValueError):
        return False


@lru_cache(maxsize=4)
def open_folder(
    folder: Path, name: str | None = None, control: bool = False, device: str = "cpu"
) -> Backbone:
    """Return the backbone in `folder` as `name`, or its random-weights control, for `device`.

    Raises CheckpointError; MissingDataError where PyTorch is not installed.
    """
    if not can_compute():
        raise MissingDataError(NO_TORCH)
    from ugrn_core.backbones import open_backbone
    from ugrn_core.backbones.random_weights import randomised

    if control:
        learned = open_backbone(folder, name and name.removesuffix(CONTROL))
        if not hasattr(learned, "weights"):
            raise CheckpointError(
                f"Of {learned.name} no control can be drawn: UGRN does not know its weights one by "
                "one. Choose the backbone itself."
            )
        backbone = randomised(learned, CONTROL_SEED)
    else:
        backbone = open_backbone(folder, name)
    backbone.device = device
    return backbone


def open_control(backbone: Backbone) -> Backbone:
    """Return the control of an opened `backbone`: the same network with random weights."""
    return open_folder(backbone.folder, backbone.name + CONTROL, True, backbone.device)


def is_control(backbone: Backbone) -> bool:
    """Return whether `backbone` has random weights: it then stands for no file."""
    return not backbone.files
