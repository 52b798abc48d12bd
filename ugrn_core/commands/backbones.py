"""`python -m ugrn_core backbones`: which models are on this machine, and opening one by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ugrn_core.console import say
from ugrn_core.experiment.catalog import translators
from ugrn_core.experiment.catalog.backbones import backbones as installed_backbones
from ugrn_core.experiment.catalog.backbones import open_named
from ugrn_core.settings import read_settings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone


def open_backbone(name: str) -> Backbone:
    """Return the backbone called `name` or in the folder `name`; raise InputError."""
    return open_named(name, read_settings())


def backbones() -> None:
    """List the backbones on this machine, with the names to give as --backbone."""
    settings = read_settings()
    table = Table()
    for column in ("name", "kind", "translators", "description", "folder"):
        table.add_column(column, overflow="fold", no_wrap=column == "name")
    for card in installed_backbones(settings):
        names = ", ".join(translators.translators(settings, card.name)) or "none"
        # Text: a description comes from a file, and may hold what rich takes for markup.
        cells = (card.name, card.kind, names, card.description, str(card.folder))
        table.add_row(*(Text(cell) for cell in cells))
    Console().print(table)
    say(
        "Any other folder with args.json, vocab.json and weights of scGPT or scBenchmark works "
        "as --backbone FOLDER."
    )
