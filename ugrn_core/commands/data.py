"""`python -m ugrn_core data ...`: a user's own cells, and public data."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ugrn_core.commands.options import option
from ugrn_core.console import printable, progress_bar, say
from ugrn_core.settings import read_settings

app = typer.Typer(no_args_is_help=True, help="Add, list, show and remove your own cells; fetch.")
NAME = Annotated[str, typer.Argument(help="A name that `data list` shows.")]
FILE = Annotated[
    Path,
    typer.Argument(
        help="h5ad, loom, 10x .h5, 10x folder or archive of it, csv, tsv, txt (also .gz, .bz2, "
        ".xz, .zip), parquet, xlsx."
    ),
]
CALLED = option(str | None, "What to call it (default: after the file).", "--name")
SPECIES = option(str | None, "human or mouse (default: told by the genes).")
MATRIX = option(str | None, "X, raw, layers/NAME, or a genome (default: counts where there are).")
VALUES = option(
    str | None,
    "What the values are, where that is guessed wrong: counts, linear (TPM, FPKM), log1p, "
    "log1p-cp10k, log2.",
)
SYMBOLS = option(str | None, "Column of gene names (default: told by what it holds).")
CELL_TYPES = option(str | None, "Column of cell types, or none (default: told by its name).")
PSEUDOTIME = option(str | None, "Column of pseudotime, or none (default: told by its name).")
KEEP = option(str | None, "Cells to keep, such as 'cell_type=T,B,batch=1' (default: all).")
PANEL = option(
    str,
    "tfs+500, tfs+1000 (transcription factors expressed in 10 % of the cells or of a type, and the "
    "most variable other genes), or a file with a list of genes.",
)
GENES_IN = option(str, "Of tables: genes are in rows, columns, or auto.")


@app.callback()
def data() -> None:
    """Add, list, show and remove your own cells; fetch public data."""


@app.command()
def add(
    file: FILE,
    name: CALLED = None,
    species: SPECIES = None,
    matrix: MATRIX = None,
    values: VALUES = None,
    symbols: SYMBOLS = None,
    cell_types: CELL_TYPES = None,
    pseudotime: PSEUDOTIME = None,
    keep: KEEP = None,
    panel: PANEL = "tfs+500",
    genes_in: GENES_IN = "auto",
) -> None:
    """Add a file of cells as a data set that probe, network and the pages take by its name.

    What is recognised is said on stderr, and each guess has its option. The
    file is read, never changed; its panel is kept under UGRN_HOME/datasets.
    """
    from ugrn_core.data.own.store import suggested_name
    from ugrn_core.experiment.catalog import own_data

    choices = own_data.choices_of(
        species=species,
        matrix=matrix,
        values=values,
        symbols=symbols,
        cell_types=cell_types,
        pseudotime=pseudotime,
        keep=keep,
        panel=panel,
    )
    given = own_data.open_path(file, genes_in)
    said = given.recognised(choices).sentences()
    for sentence in said:
        say(sentence)
    called = name or suggested_name(file.resolve().name)
    with _phases() as progress:
        added = own_data.add(read_settings(), called, given, choices, progress)
    for sentence in own_data.sentences(added.manifest)[1:]:
        if sentence not in said:
            say(sentence)
    say(f"Added as '{added.name}': give it as --dataset, or choose it on a page. {added.folder}")


@contextmanager
def _phases():
    """Yield progress(done, total, phase): a bar for the two readings of a file."""
    from ugrn_core.data.own.adding import KEEPING

    with progress_bar("reading cells, twice") as bar:
        yield lambda done, total, phase: bar(done + total * (phase == KEEPING), 2 * total)


@app.command("list")
def list_own() -> None:
    """List the data sets that were added here."""
    from ugrn_core.data.own import store

    table = Table(box=None, pad_edge=False)
    for heading in ("name", "species", "cells", "genes", "regulators", "from"):
        table.add_column(heading)
    datasets = store.listed(read_settings().home)
    for one in datasets:
        about = one.manifest
        counts = (about["cells"], len(about["genes"]), len(about["regulators"]))
        cells = (one.name, about["species"], *(f"{n:,}" for n in counts), about["source"]["name"])
        table.add_row(*(Text(str(cell)) for cell in cells))
    if datasets:
        Console().print(table)
    else:
        say("No data set was added yet. `data add FILE --name NAME` adds one.")


@app.command()
def show(name: NAME) -> None:
    """Show what a data set is: its file, what was recognised, and where its tables lie."""
    from ugrn_core.data.own import store
    from ugrn_core.experiment.catalog.own_data import sentences

    one = store.find(read_settings().home, name)
    for sentence in sentences(one.manifest):
        typer.echo(printable(sentence))
    typer.echo(f"Genes of the panel and why: {one.folder / store.PANEL}")
    typer.echo(f"Genes lost and why: {one.folder / store.LOST}")
    typer.echo(f"Id: {one.id}, content {one.content[:16]}, added {one.manifest['added']}")


@app.command()
def rename(
    name: NAME, new: Annotated[str, typer.Argument(help="What to call it from now on.")]
) -> None:
    """Call a data set otherwise; its runs and links stay."""
    from ugrn_core.data.own import store

    home = read_settings().home
    say(f"It is called '{store.rename(home, store.find(home, name).mark, new).name}' now.")


@app.command()
def remove(name: NAME) -> None:
    """Remove a data set and its contexts; runs made from it stay."""
    from ugrn_core.data.own import store
    from ugrn_core.experiment.contexts import jobs

    settings = read_settings()
    one = store.find(settings.home, name)
    store.remove(settings.home, one.id, jobs.leaving(settings, one.id))
    say(f"Removed '{one.name}'. For a day it can be had back: `data restore '{one.name}'`")


@app.command()
def restore(name: NAME) -> None:
    """Have a data set back, its contexts, too, that was removed within a day."""
    from ugrn_core import removed
    from ugrn_core.data.own import store

    one = removed.find(read_settings().home, removed.CELLS, name)
    store.put_back(one)
    say(f"'{one.name}' is back.")


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="What to fetch: beeline, collectri.")],
    server: Annotated[
        str | None,
        typer.Option(help="Records API of another server with the same records (default: Zenodo)."),
    ] = None,
    given: Annotated[
        Path | None,
        typer.Option("--from", help="Of collectri: the file, downloaded by hand."),
    ] = None,
) -> None:
    """Download a public data set, check it, and unpack it where the other commands look for it.

    An interrupted download goes on where it was. beeline: data sets and
    networks of BEELINE (Pratapa et al. 2020), under UGRN_HOME/beeline.
    collectri: 42,990 edges of human regulators, signed where that is known
    (Müller-Dott et al. 2023; CC BY 4.0), a reference for any human data set.
    """
    from ugrn_core.experiment.catalog import fetch as fetching

    where = server or fetching.ZENODO
    if name.casefold() == "collectri":
        from ugrn_core.experiment.references import collectri

        collectri.fetch(read_settings(), where, given)
        return
    fetching.fetch(name, read_settings(), where)
