"""`python -m ugrn_core bench ...`: the engine timed, and probe settings compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ugrn_core.commands import options as o
from ugrn_core.experiment.messages import check_writable, say

app = typer.Typer(no_args_is_help=True, help="Time the engine, compare probe settings.")


@app.callback()
def bench() -> None:
    """Time the engine, compare probe settings."""


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


@app.command()
def settings(
    backbone: o.BACKBONE,
    data: o.DATA,
    out: Annotated[Path, typer.Option(help="Table to write (.csv).")],
    dataset: Annotated[str, typer.Option(help="A data set translators may train on.")] = "hESC",
    regulators: Annotated[int, typer.Option(min=8, help="Regulators drawn.")] = 100,
    seed: o.SEED = 0,
) -> None:
    """Measure what readout, background, grid and panel do to the untrained scores of known edges.

    One row a variant, network and score: AUPRC under matched sampling, and the rank correlation of
    its scores with those of the backbone's defaults.
    """
    from ugrn_core.experiment import commands, settings_trial
    from ugrn_core.files import write_atomically

    check_writable(out)
    net = commands.open_backbone(backbone)
    trial = settings_trial.open_trial(net, data, dataset, regulators, seed)
    table = settings_trial.measure(trial)
    write_atomically(out, table.to_csv(index=False, float_format="%.4f").encode())
    say(f"Wrote {len(table)} rows to {out}")
