"""The command line: the same verbs as the pages. `python -m ugrn_core --help`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from ugrn_core.commands import app as dashboard
from ugrn_core.commands import bench, data, pretrain, validate
from ugrn_core.commands import options as o
from ugrn_core.errors import InputError, OptionError, UGRNError
from ugrn_core.settings import read_settings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone as OpenBackbone
    from ugrn_core.types import ProbeSettings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Read gene regulatory knowledge out of frozen single-cell foundation models.\n\n"
    "Start with `backbones`, then `network --backbone NAME --panel genes.txt --out edges.tsv`, "
    "where genes.txt holds one gene symbol a line.",
)

app.add_typer(data.app, name="data")
app.add_typer(bench.app, name="bench")
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    dashboard.app
)
app.command()(pretrain.pretrain)
app.command()(validate.validate)


def _number(text: str, what: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise OptionError(f"{what} takes numbers such as 0 or 2.5; '{text[:60]}' came.") from error


def _settings(net: OpenBackbone, grid: str | None, cls: str | None, **asked) -> ProbeSettings:
    """Return the backbone's default ProbeSettings with what was asked for in their place."""
    from ugrn_core.probes.settings import default_settings

    overrides = {k: v for k, v in asked.items() if v is not None}
    if grid is not None:
        overrides["grid"] = tuple(_number(v, "--grid") for v in o.names(grid))
    if cls is not None:
        none = cls.strip().lower() == "none"
        overrides["cls"] = None if none else _number(cls, "--cls (or none)")
    return default_settings(net, **overrides)


@app.command()
def probe(
    backbone: o.BACKBONE,
    panel: o.PANEL,
    sources: o.SOURCES,
    out: o.PROBE_OUT,
    baseline: o.BASELINE = None,
    grid: o.GRID = None,
    readout: o.READOUT = None,
    cls: o.CLS = None,
    dtype: o.DTYPE = "float32",
    skip_unknown: o.SKIP = False,
    estimate: o.ESTIMATE = False,
    scheduler: o.SCHEDULER = None,
    scheduler_file: o.SCHEDULER_FILE = None,
) -> None:
    """Measure how every gene of a panel responds when one gene is driven: the raw curves.

    Writes probe.npz: genes (G), sources (S), grid (T), baseline,
    baseline_output (G), vvp and gdt (S x T x G): the change of each gene's
    reconstruction, and its exact derivative. Finished sources are kept: a
    stopped run goes on where it was.
    """
    from ugrn_core.commands.compute import How
    from ugrn_core.experiment import commands

    net = commands.open_backbone(backbone)
    chosen = _settings(net, grid, cls, baseline=baseline, readout=readout, dtype=dtype)
    how = How(scheduler, scheduler_file, estimate)
    commands.probe(net, (panel, sources, out), chosen, skip_unknown, how)


@app.command()
def network(
    backbone: o.BACKBONE,
    panel: o.PANEL,
    out: o.TABLE,
    regulators: o.REGULATORS = None,
    translator: o.TRANSLATOR = None,
    top: o.TOP = None,
    skip_unknown: o.SKIP = False,
    screen: o.SCREEN = None,
    estimate: o.ESTIMATE = False,
    scheduler: o.SCHEDULER = None,
    scheduler_file: o.SCHEDULER_FILE = None,
) -> None:
    """Infer the network of a gene list: every regulator-target pair, ranked, in one table."""
    from ugrn_core.commands.compute import How
    from ugrn_core.experiment import commands

    net = commands.open_backbone(backbone)
    how = How(scheduler, scheduler_file, estimate, screen)
    commands.network(net, (panel, regulators, out), translator, top, skip_unknown, how)


@app.command()
def benchmark(
    backbone: o.BACKBONE,
    out: o.RESULTS,
    data: o.DATA = None,
    source: o.SOURCE = "hESC",
    networks: o.NETWORKS = "all",
    targets: o.TARGETS = "all",
    sampling: o.SAMPLING = "paper,matched",
    probes: o.PROBES = "all",
    recipes: o.RECIPES = "all",
    gene_set: o.GENE_SET = "TFs+500",
    seeds: o.SEEDS = 3,
    orthologs: o.ORTHOLOGS = None,
    translators: o.KEEP = None,
    random_control: o.CONTROL = True,
    matrix: o.MATRIX = False,
    corpus: o.YARDSTICK_CORPUS = None,
    exclude: o.EXCLUDE = "",
    pr_curves: o.PR_CURVES = False,
    classical_hours: o.CLASSICAL_HOURS = None,
) -> None:
    """Measure what the probes are worth: train on one data set, test on the others (zero-shot).

    Writes one row a data set x network x probe x sampling: AUPRC with its 95 %
    interval, beside the controls to beat. A stopped run goes on where it was.
    """
    from ugrn_core.experiment.evaluation import zeroshot
    from ugrn_core.experiment.evaluation.plan import Plan

    where = {"data": o.beeline(data), "orthologs": orthologs, "corpus": corpus}
    cells = {"networks": networks, "targets": targets, "gene_set": gene_set}
    what = {"backbone": backbone, "source": source, "matrix": matrix, "probes": probes}
    how = {"samplings": o.names(sampling), "recipes": o.names(recipes), "seeds": seeds}
    more = {"exclude": o.names(exclude), "pr_curves": pr_curves, "command": _command_line()}
    plan = Plan(**where, **cells, **what, **how, **more)
    zeroshot.run(plan, read_settings(), out, translators, random_control, classical_hours)


@app.command()
def report(results: o.TABLE_OF_RESULTS, out: o.REPORT_OUT) -> None:
    """Draw a results table: report.html with everything in it, and report.md with figures.

    Heat maps of cells and methods, every method with its interval beside the
    controls, the paper's figures (as published) beside yours, and why rows are
    missing. Everything comes from the table.
    """
    from ugrn_core.console import say
    from ugrn_core.experiment.report.document import write_report
    from ugrn_core.files import check_writable

    check_writable(out)
    say(f"Wrote {write_report(results, out)} and report.md")


@app.command()
def backbones() -> None:
    """List the backbones on this machine, with the names to give as --backbone."""
    from ugrn_core.experiment import commands

    commands.list_backbones()


@app.command(hidden=True)
def job(folder: Path) -> None:
    """Run one queued job; the dashboard starts it as a process of its own."""
    from ugrn_core.experiment.runs import jobs as run_jobs

    run_jobs.execute(read_settings(), folder)


@app.command(hidden=True)
def standby(backbone: str) -> None:
    """Wait on stdin for a queued job, with all imported and the backbone open; then run it."""
    from ugrn_core.experiment.runs import jobs as run_jobs
    from ugrn_core.jobs.standby import handed_over

    run_jobs.get_ready(read_settings(), backbone)
    folder = handed_over()
    if folder is not None:
        run_jobs.execute(read_settings(), folder)


def _command_line() -> str:
    return "python -m ugrn_core " + shlex.join(sys.argv[1:])


def main() -> None:
    """Run the command; what the user can mend is one sentence and exit code 2, Ctrl-C is 130."""
    try:
        app()
    except UGRNError as error:
        _fail(str(error), 2 if isinstance(error, InputError) else 1)
    except OSError as error:
        where = f" '{error.filename}'" if error.filename else ""
        _fail(f"{error.strerror or error}{where}. Check the disk and the permissions.", 2)
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _fail(sentence: str, code: int) -> NoReturn:
    # One line whatever a file name or a library put into it; no control codes to a terminal.
    line = "".join(c if c.isprintable() else " " for c in sentence)
    typer.echo(f"Error: {line}", err=True)
    raise SystemExit(code) from None


if __name__ == "__main__":
    main()
