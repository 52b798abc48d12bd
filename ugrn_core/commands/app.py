"""`python -m ugrn_core app`: the dashboard, warm before its first page is asked for."""

from __future__ import annotations

import os
import runpy
import sys

import typer

from ugrn_core.errors import UGRNError
from ugrn_core.settings import Settings, absolute_places, read_settings, require_serve, shipped


def app(context: typer.Context) -> None:
    """Open the dashboard in the browser. Arguments go on to Streamlit: --server.port 8600."""
    sys.stderr.write("UGRN is starting ...\n")
    os.environ.update(absolute_places(os.environ))  # of this directory, not of where we go
    settings = read_settings()
    require_serve(settings, _address(context.args))
    warm(settings)
    os.chdir(shipped("streamlit_app.py").parent)  # where .streamlit/config.toml is
    sys.argv = ["streamlit", "run", "streamlit_app.py", *context.args]
    runpy.run_module("streamlit", run_name="__main__")


def _address(arguments: list[str]) -> str:
    """Return where Streamlit will listen: an argument, else a variable, else our configuration."""
    address = os.environ.get("STREAMLIT_SERVER_ADDRESS", "localhost")
    for word, following in zip(arguments, [*arguments[1:], ""]):
        if word == "--server.address":
            address = following
        elif word.startswith("--server.address="):
            address = word.partition("=")[2]
    return address


def warm(settings: Settings) -> None:
    """Import and read what the first page would have its reader wait for, seconds before a blank.

    What is wrong with this machine's data is for the page to say, in its own words.
    """
    from ugrn_core.data.gene_names import meanings
    from ugrn_core.experiment.catalog import backbones as installed
    from ugrn_core.experiment.catalog import datasets
    from ugrn_core.experiment.runs import spec as run_spec

    meanings("SPI1")
    try:
        first = installed.backbones(settings)[0], datasets.cards(settings)[0]
        run_spec.prepare(settings, run_spec.Spec(first[0].name, first[1].name))
    except (UGRNError, IndexError):
        return
