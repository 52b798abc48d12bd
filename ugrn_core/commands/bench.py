"""`python -m ugrn_core bench ...`: timing on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ugrn_core.experiment.messages import check_writable, say

app = typer.Typer(no_args_is_help=True, help="Time the engine on this machine.")


@app.callback()
def bench() -> None:
    """Time the engine on this machine."""


@app.command()
def probes(
    out: Annotated[Path, typer.Option(help="Markdown table to write.")],
    quick: Annotated[bool, typer.Option("--quick", help="Small shapes only, a minute.")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Interleaved rounds; the best counts.")] = 3,
) -> None:
    """Time the probe engine against its alternatives, interleaved, on the same shapes.

    Backpropagation per pair, forward-mode autograd, a stock forward pass and the tangent pass:
    seconds per source, ratios, share of the processor's peak, agreement with float64.
    """
    from ugrn_core.backbones.timing import probe_bench

    check_writable(out)  # before minutes of work, not after them
    probe_bench(out, quick, rounds, report=say)
