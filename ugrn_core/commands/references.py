"""`python -m ugrn_core references ...`: known edges that any data set can be held against."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ugrn_core.commands.options import option
from ugrn_core.console import printable, say
from ugrn_core.settings import read_settings

app = typer.Typer(no_args_is_help=True, help="Add, list, show and remove tables of known edges.")
NAME = Annotated[str, typer.Argument(help="A name that `references list` shows.")]
FILE = Annotated[
    Path,
    typer.Argument(
        help="csv, tsv, txt, sif (also .gz, .bz2, .xz, .zip) or xlsx, with the columns source and "
        "target, and sign and weight where there are."
    ),
]
CALLED = option(str | None, "What to call it (default: after the file).", "--name")
SPECIES = option(str | None, "human or mouse (default: told by the genes).")


@app.callback()
def references() -> None:
    """Add, list, show and remove tables of known edges."""


@app.command()
def add(file: FILE, name: CALLED = None, species: SPECIES = None) -> None:
    """Add a table of known edges: any data set of its species can be held against it.

    Names become approved symbols as those of cells do; what is no gene is counted and said. Of an
    edge told with both signs none is kept. The file is read, never changed.
    """
    from ugrn_core.experiment.references import adding

    given = adding.read_file(file, species)
    added = adding.add(read_settings(), name or given.suggested, given)
    for sentence in adding.sentences(added.about):
        say(sentence)
    say(
        f"Added as '{added.name}': choose it on a page as reference network, or give it as "
        "--reference to network."
    )


@app.command("list")
def list_references() -> None:
    """List the references on this machine: your own, fetched ones, and what ships."""
    from ugrn_core.experiment.references import cards

    table = Table(box=None, pad_edge=False)
    for heading in ("name", "species", "edges", "with sign", "from"):
        table.add_column(heading)
    for card in cards.cards(read_settings()):
        numbers = ("" if n is None else f"{n:,}" for n in (card.edges, card.signed))
        table.add_row(*(Text(cell) for cell in (card.name, card.species, *numbers, card.source)))
    Console().print(table)
    if not any(card.name == cards.COLLECTRI for card in cards.cards(read_settings())):
        say("`data fetch collectri` fetches CollecTRI: signed, human, 4.3 MB, CC BY 4.0.")


@app.command()
def show(name: NAME) -> None:
    """Show what a reference of yours is: its file, its edges, and names that are no gene."""
    from ugrn_core.data.references import store
    from ugrn_core.experiment.references.adding import sentences

    one = store.find(read_settings().home, name)
    for sentence in sentences(one.about):
        typer.echo(printable(sentence))
    typer.echo(f"Its edges by symbol: {one.path} (Parquet: source, target, sign, weight)")
    typer.echo(f"Id: {one.id}, content {one.about['digest'][:16]}")


@app.command()
def remove(name: NAME) -> None:
    """Remove a reference of yours; runs stay as they are."""
    from ugrn_core.data.references import store

    home = read_settings().home
    one = store.find(home, name)
    store.remove(home, one.mark)
    say(f"Removed '{one.name}'. For a day it can be had back: `references restore '{one.name}'`")


@app.command()
def restore(name: NAME) -> None:
    """Have a reference back that was removed within a day."""
    from ugrn_core import removed
    from ugrn_core.data.references import store

    one = removed.find(read_settings().home, removed.REFERENCE, name)
    store.put_back(one)
    say(f"'{one.name}' is back.")
