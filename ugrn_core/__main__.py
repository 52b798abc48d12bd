"""The command line: the same verbs as the pages. `python -m ugrn_core --help`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from ugrn_core.errors import InputError, OptionError, UGRNError
from ugrn_core.settings import read_settings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Read gene regulatory knowledge out of frozen single-cell foundation models.",
)
Backbone = Annotated[
    str, typer.Option(help="Name of an installed backbone, or a folder with a checkpoint.")
]
PanelFile = Annotated[
    Path, typer.Option(help="Text file: the genes that share the virtual cell, one symbol a line.")
]
Grid = Annotated[
    str | None, typer.Option(help="Values the source takes, V1,V2,... (default: the backbone's).")
]
Baseline = Annotated[
    float | None, typer.Option(help="Value of every other gene (default: the backbone's).")
]
Readout = Annotated[str | None, typer.Option(help="visible, masked or generative.")]
Cls = Annotated[str | None, typer.Option(help="Value of the <cls> token: -2, 0, or none.")]
Dtype = Annotated[str, typer.Option(help="float32 or float64.")]
Skip = Annotated[
    bool, typer.Option("--skip-unknown", help="Leave out genes the backbone does not know.")
]


def _numbers(text: str | None, what: str) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise OptionError(f"{what} takes numbers like 0,1,2.5; '{text[:60]}' came.") from error


def _settings(backbone, baseline, grid, readout, cls, dtype):
    """Return the backbone's default ProbeSettings with what was asked for in their place."""
    from ugrn_core.probes.settings import default_settings

    asked = {"baseline": baseline, "grid": _numbers(grid, "--grid"), "readout": readout}
    overrides = {k: v for k, v in asked.items() if v is not None} | {"dtype": dtype}
    if cls is not None:
        value = None if cls.lower() == "none" else _numbers(cls, "--cls")
        overrides["cls"] = value if value is None else value[0]
    return default_settings(backbone, **overrides)


@app.command()
def probe(
    backbone: Backbone,
    panel: PanelFile,
    sources: Annotated[Path, typer.Option(help="Text file: the genes to drive, one a line.")],
    out: Annotated[Path, typer.Option(help="Folder for probe.npz and provenance.json.")],
    baseline: Baseline = None,
    grid: Grid = None,
    readout: Readout = None,
    cls: Cls = None,
    dtype: Dtype = "float32",
    skip_unknown: Skip = False,
) -> None:
    """Probe a panel: VVP and GDT of every source against every gene."""
    from ugrn_core.experiment import commands

    net = commands.open_backbone(backbone)
    chosen = _settings(net, baseline, grid, readout, cls, dtype)
    commands.probe(net, (panel, sources, out), chosen, skip_unknown)


@app.command()
def network(
    backbone: Backbone,
    panel: PanelFile,
    out: Annotated[Path, typer.Option(help="Edge table; .tsv, .csv, .parquet, .graphml ...")],
    regulators: Annotated[
        Path | None,
        typer.Option(help="Text file of regulators (default: the panel's human TFs)."),
    ] = None,
    translator: Annotated[
        str | None, typer.Option(help="Translator to use (default: the backbone's own).")
    ] = None,
    top: Annotated[int | None, typer.Option(min=1, help="Keep the best N edges.")] = None,
    skip_unknown: Skip = False,
) -> None:
    """Infer the network of a panel: every regulator-target pair, ranked."""
    from ugrn_core.experiment import commands

    net = commands.open_backbone(backbone)
    commands.network(net, (panel, regulators, out), translator, top, skip_unknown)


@app.command()
def benchmark(
    data: Annotated[Path, typer.Option(help="Folder with BEELINE's data, in either layout.")],
    backbone: Backbone,
    out: Annotated[Path, typer.Option(help="Results table to write (.parquet).")],
    source: Annotated[str, typer.Option(help="Data set the translators are trained on.")] = "hESC",
    networks: Annotated[str, typer.Option(help="Networks, comma-separated, or all.")] = "all",
    targets: Annotated[str, typer.Option(help="Data sets to test on, or all.")] = "all",
    sampling: Annotated[str, typer.Option(help="paper,matched,full: any of them.")] = (
        "paper,matched"
    ),
    probes: Annotated[str, typer.Option(help="Probes, comma-separated, or all.")] = "all",
    recipes: Annotated[
        str, typer.Option(help="How translators are trained: paper, centred, or all.")
    ] = "all",
    gene_set: Annotated[str, typer.Option(help="TFs+500 or TFs+1000.")] = "TFs+500",
    seeds: Annotated[int, typer.Option(min=1, help="Translators trained per probe.")] = 3,
    orthologs: Annotated[
        Path | None, typer.Option(help="CSV of human and mouse symbols for mouse data sets.")
    ] = None,
    translators: Annotated[
        Path | None, typer.Option(help="Folder to keep the trained translators in.")
    ] = None,
    random_control: Annotated[
        bool, typer.Option(help="Judge the same network with random weights, too.")
    ] = True,
) -> None:
    """Zero-shot UGRN benchmark: train on one data set, test on the others, controls beside."""
    from ugrn_core.experiment import zeroshot

    plan = zeroshot.Plan(
        data=data,
        backbone=backbone,
        source=source,
        networks=networks,
        targets=targets,
        samplings=tuple(s.strip() for s in sampling.split(",") if s.strip()),
        probes=probes,
        gene_set=gene_set,
        seeds=seeds,
        orthologs=orthologs,
        recipes=tuple(r.strip() for r in recipes.split(",") if r.strip()),
        command=_command_line(),
    )
    zeroshot.run(plan, read_settings(), out, translators, random_control)


@app.command()
def pretrain(
    corpus: Annotated[Path, typer.Option(help="Folder with index.csv and one parquet a set.")],
    out: Annotated[Path, typer.Option(help="Folder for the finished backbone.")],
    run: Annotated[Path, typer.Option(help="Folder of the run's state; resumes what is there.")],
    orthologs: Annotated[Path | None, typer.Option(help="CSV of human, mouse symbols.")] = None,
    exclude: Annotated[str, typer.Option(help="Data sets to leave out, comma-separated.")] = "",
    held_out: Annotated[str, typer.Option(help="Sets kept for validation only.")] = "",
    steps: Annotated[int, typer.Option(min=1, help="Optimiser steps in all.")] = 5000,
    minutes: Annotated[float | None, typer.Option(help="Stop after this long; resumable.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of weights, batches and masks.")] = 0,
    name: Annotated[str, typer.Option(help="Name of the backbone.")] = "ugrn-base",
) -> None:
    """Pretrain a backbone in scBenchmark's format on a corpus of single-cell data sets."""
    from ugrn_core.experiment import pretrained

    split = [tuple(s.strip() for s in t.split(",") if s.strip()) for t in (exclude, held_out)]
    plan = pretrained.Plan(
        corpus, out, run, orthologs, split[0], split[1], steps, seed, name, _command_line()
    )
    pretrained.run(plan, minutes)


@app.command()
def backbones() -> None:
    """List the backbones on this machine, their kind and their translators."""
    from ugrn_core.experiment import commands

    commands.list_backbones()


@app.command(hidden=True)
def job(folder: Path) -> None:
    """Run one queued job; the dashboard starts it as a process of its own."""
    from ugrn_core.experiment import runs

    runs.execute(read_settings(), folder)


def _command_line() -> str:
    return "python -m ugrn_core " + shlex.join(sys.argv[1:])


def main() -> None:
    """Run the command; a mistake in the input is one sentence and exit code 2."""
    try:
        app()
    except InputError as error:
        typer.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from None
    except UGRNError as error:
        typer.echo(f"Error: {error}", err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
