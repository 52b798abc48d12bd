"""`python -m ugrn_core app`: the dashboard, warm before its first page is asked for."""

from __future__ import annotations

import os
import runpy
import sys
import threading
from contextlib import suppress
from pathlib import Path

import typer

from ugrn_core.errors import OptionError, UGRNError
from ugrn_core.settings import Settings, absolute_places, read_settings, require_serve, shipped

_FEW = 16  # genes of the first question
_AFTER = 4.0  # seconds, when the first page has its answer


def app(context: typer.Context) -> None:
    """Open the dashboard in the browser. Arguments go on to Streamlit: --server.port 8600."""
    sys.stderr.write("UGRN is starting ...\n")
    os.environ.update(absolute_places(os.environ))  # of this directory, not of where we go
    settings = read_settings()
    require_serve(settings, _address(context.args))
    arguments = _with_secrets(context.args)
    warm(settings)
    if settings.standby:
        later = threading.Timer(_AFTER, ask_once, args=(settings,))
        later.daemon = True
        later.start()
    os.chdir(shipped("streamlit_app.py").parent)  # where .streamlit/config.toml is
    sys.argv = ["streamlit", "run", "streamlit_app.py", *arguments]
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


def _with_secrets(arguments: list[str]) -> list[str]:
    """Return the arguments with the files of secrets as absolute paths, for Streamlit reads them
    from another directory. Raises OptionError for one that cannot be read: without it nobody would
    have to log in, and the server would be open to all."""
    option, given = "--secrets.files", []
    for before, word in zip(["", *arguments], arguments):
        if before == option or word.startswith(f"{option}="):
            file = Path(word.removeprefix(f"{option}=")).expanduser().absolute()
            if not os.access(file, os.R_OK) or not file.is_file():
                raise OptionError(
                    f"{option} says that visitors log in as '{file}' tells, and there is no such "
                    "file that can be read. Give the path of a secrets.toml (docs/serving.md)."
                )
            word = str(file) if before == option else f"{option}={file}"
        given.append(word)
    return given


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


def ask_once(settings: Settings) -> None:
    """Ask the backbone whose curves a page computes first a small question, beside the first pages:
    whoever opens a pair of *All genes* would else wait seconds for PyTorch and the weights.

    Nothing where PyTorch is not installed, or where something is wrong: the page will say so.
    """
    from ugrn_core.experiment.atlas.answering import answering
    from ugrn_core.experiment.catalog import backbones as installed
    from ugrn_core.experiment.catalog import datasets
    from ugrn_core.experiment.curves import probing
    from ugrn_core.experiment.runs import spec as run_spec
    from ugrn_core.types import Panel

    if not installed.can_compute():
        return
    with suppress(UGRNError, OSError, IndexError):
        first = installed.backbones(settings)[0].name
        of, dataset = answering(settings, first), datasets.ALL_GENES
        if of is None:
            of, dataset = first, datasets.cards(settings)[0].name
        ready = run_spec.prepare(settings, run_spec.Spec(of, dataset))
        genes = ready.study.panel.genes[:_FEW]
        _ = probing.request(ready.backbone, Panel(genes), genes[:1], ready.settings).curves
