"""`python -m ugrn_core runs ...`: finished results: listed, named, removed, had back."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ugrn_core.commands.options import option
from ugrn_core.console import say
from ugrn_core.settings import Settings, read_settings

app = typer.Typer(no_args_is_help=True, help="List, name and remove finished results.")
RUN = Annotated[str, typer.Argument(help="A run that `runs list` shows, or how it begins.")]
GONE = option(bool, "Those that were removed within a day, in their place.", "--removed")
GOOD = option(bool, "At once and for good: it cannot be had back.", "--for-good")
CALLED = option(str | None, "What to call it; such a run's curves are never cleared away.")
NOTED = option(str | None, "What to note of it.")


@app.callback()
def runs() -> None:
    """List, name and remove finished results."""


@app.command("list")
def list_runs(removed: GONE = False) -> None:
    """List the results of this machine, newest first, with what deleting each would free."""
    from ugrn_core.experiment.runs import run_list
    from ugrn_core.experiment.shelf import disk, labels
    from ugrn_core.quantities import size

    settings = read_settings()
    if removed:
        _list_removed(settings)
        return
    table = Table(box=None, pad_edge=False)
    widths = {"run": 16, "name": 0, "dataset": 0, "backbone": 10, "finished": 16, "takes": 7}
    for heading, width in widths.items():
        table.add_column(heading, min_width=width)
    for _, row in run_list.results(settings).iterrows():
        takes = "ships" if row["ships"] else size(disk.size_of(settings, row["run"]))
        name = labels.read(settings, row["run"]).name
        date = str(row["date"])[:16].replace("T", " ")
        cells = (row["run"], name, row["dataset"], row["backbone"], date, takes)
        table.add_row(*(Text(str(cell)) for cell in cells))
    Console().print(table)


def _list_removed(settings: Settings) -> None:
    from ugrn_core import removed
    from ugrn_core.quantities import size

    every = removed.listed(settings.home, removed.RUN)
    for one in every:
        typer.echo(f"{one.about.get('id', '')}  {one.name}, {size(one.bytes)}")
    if not every:
        say("No run was removed within a day.")


@app.command()
def label(run: RUN, name: CALLED = None, note: NOTED = None) -> None:
    """Give a result a name and a note."""
    from ugrn_core.experiment.shelf import labels

    settings = read_settings()
    mark = labels.run_named(settings, run)
    old = labels.read(settings, mark)
    new = labels.Label(old.name if name is None else name, old.note if note is None else note)
    labels.write(settings, mark, new)
    say(f"{mark[:8]} is called '{new.name}'." if new.name else f"{mark[:8]} has no name.")


@app.command()
def remove(run: RUN, for_good: GOOD = False) -> None:
    """Remove a result with its curves and its job; it can be had back for a day."""
    from ugrn_core import removed
    from ugrn_core.experiment.shelf import disk, labels

    settings = read_settings()
    mark = labels.run_named(settings, run)
    called = disk.name_of(settings, mark)
    gone = disk.delete(settings, mark)
    if gone is None or for_good:
        if gone is not None:
            removed.delete(gone)
        say(f"Removed {called}, for good.")
    else:
        say(f"Removed {called}. For a day it can be had back: `runs restore {mark[:8]}`")


@app.command()
def restore(run: RUN) -> None:
    """Have a result back that was removed within a day."""
    from ugrn_core import removed

    one = removed.find(read_settings().home, removed.RUN, run)
    removed.put_back(one)
    say(f"{one.name} is back.")
