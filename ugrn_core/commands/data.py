"""`python -m ugrn_core data ...`: fetching public data."""

from __future__ import annotations

from typing import Annotated

import typer

from ugrn_core.settings import read_settings

app = typer.Typer(no_args_is_help=True, help="Fetch public data.")


@app.callback()
def data() -> None:
    """Fetch public data."""


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="What to fetch: beeline.")],
    server: Annotated[
        str | None,
        typer.Option(help="Records API of another server with the same records (default: Zenodo)."),
    ] = None,
) -> None:
    """Download a public data set, check it, and unpack it where the other commands look for it.

    An interrupted download goes on where it was. beeline: data sets and
    networks of BEELINE (Pratapa et al. 2020), under UGRN_HOME/beeline.
    """
    from ugrn_core.experiment.catalog import fetch as fetching

    fetching.fetch(name, read_settings(), server or fetching.ZENODO)
