"""`python -m ugrn_core reproduce ...`: published tables again, with any backbone."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from ugrn_core.commands import options as o
from ugrn_core.settings import read_settings

app = typer.Typer(help="Compute a published table again, beside its published figures.")


@app.callback()
def reproduce() -> None:
    """Compute a published table again, beside its published figures."""


@app.command()
def paper(
    backbone: o.BACKBONE,
    out: Annotated[Path, typer.Option(help="Folder to write: paper.md, paper.tsv, tables.")],
    data: o.DATA = None,
    presets: Annotated[
        str,
        typer.Option(
            help="What the paper leaves open, v_b and the grid: own, zero, even, low, masked, with "
            "commas between, or all."
        ),
    ] = "own",
    seeds: o.SEEDS = 3,
    random_control: o.CONTROL = True,
    estimate: o.ESTIMATE = False,
) -> None:
    """The paper's table: six published rows x seven methods, beside the controls to beat.

    Says plainly where a computed figure agrees with the published one, and which
    are above chance and above the same network with random weights. A stopped run
    goes on where it was.
    """
    from ugrn_core.console import say
    from ugrn_core.experiment.reproduce.paper import reproduce as table_again  # brings torch

    command = "python -m ugrn_core " + shlex.join(sys.argv[1:])
    how = {"presets": presets, "seeds": seeds, "random_control": random_control}
    how["only_estimate"] = estimate
    report = table_again(backbone, o.beeline(data), out, read_settings(), **how, command=command)
    if report is None:
        return
    for line in report.read_text(encoding="utf-8").splitlines():
        if line.startswith(("- ", "## Preset")):
            say(line)
    say(f"Wrote {report} and paper.tsv")
