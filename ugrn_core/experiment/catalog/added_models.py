"""Backbones that a person put among UGRN's: a link to his folder, or what was fetched."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from ugrn_core.errors import CheckpointError, OptionError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.files import disk_errors, own_folder
from ugrn_core.registry import require
from ugrn_core.settings import Settings

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


def add_folder(folder: Path, name: str | None, settings: Settings) -> str:
    """Link the checkpoint in `folder` as the backbone `name`; return the name.

    It is opened first. Raises CheckpointError (no checkpoint UGRN reads) or OptionError (a name
    that is taken or cannot be a folder's).
    """
    there = backbones.given_folder(folder)
    if there is None:
        raise CheckpointError(
            f"There is no folder '{str(folder)[:200]}'. Give the one with the weights."
        )
    folder = there.resolve()
    name = name or folder.name
    if not NAME.fullmatch(name):
        raise OptionError(
            f"'{name[:60]}' cannot name a backbone: letters, digits, '.', '_' and '-', up to 60 "
            "of them. Give another with --name."
        )
    if name in {card.name for card in backbones.backbones(settings)}:
        raise OptionError(f"There is a backbone named '{name}' already. Give another --name.")
    backbones.open_folder.cache_clear()  # its files may be others than when it was last opened
    backbones.open_folder(folder, name)
    place = settings.home / "backbones" / name
    own_folder(place.parent)
    if os.path.lexists(place):
        raise OptionError(
            f"'{place}' is there already and is no backbone that can be read. Remove it with "
            f"`backbones remove {name}`, or give another --name."
        )
    with disk_errors(place, "link"):
        place.symlink_to(folder, target_is_directory=True)
    return name


def remove_model(name: str, settings: Settings) -> str:
    """Remove the backbone `name` that was fetched or added; return a sentence of what was done.

    Files behind a link stay. Raises UnknownNameError where it is not one of those.
    """
    root = settings.home / "backbones"
    there = [p.name for p in root.iterdir()] if root.is_dir() else []
    name = require(name, sorted(there), "backbone that was fetched or added")
    place = root / name
    with disk_errors(place, "remove"):
        if place.is_symlink():
            target = place.readlink()
            there = backbones.given_folder(place) is not None
            place.unlink()
            stays = f"its files stay in {target}" if there else f"its folder, {target}, was gone"
            return f"Removed {name}; {stays}."
        if not place.is_dir():
            place.unlink()
            return f"Removed {name}, which was no backbone."
        shutil.rmtree(place)
    return f"Removed {name} and its files. `backbones fetch {name}` brings it back."
