"""`python -m ugrn_core contexts`: how edges change from cell type to cell type, stage to stage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ugrn_core.commands import options as o
from ugrn_core.console import say
from ugrn_core.errors import OptionError
from ugrn_core.experiment.curves.filling import How
from ugrn_core.export import FORMATS
from ugrn_core.export.save import format_for, save
from ugrn_core.files import check_writable
from ugrn_core.settings import read_settings

if TYPE_CHECKING:
    from ugrn_core.experiment.contexts.results import ContextResults

TABLES = ("tsv", "csv", "parquet", "xlsx")
OUT = Annotated[Path, typer.Option(help="Long table to write: .tsv, .csv, .parquet or .xlsx.")]
DATASET = Annotated[str, typer.Option(help="A data set on this machine that has cells.")]
COLUMN = o.option(
    str | None, "A context for each value of this column of the cells, such as cell_type."
)
CONDITION = o.option(
    str | None, "One context: cells for which this holds, such as 'cell_type=Monocyte'; all others."
)
STAGES = o.option(
    str | None,
    "Contexts along this column of pseudotime: windows of cells that overlap by half; dpt has it "
    "computed (scanpy's diffusion pseudotime) from --root. Several columns, parted by commas, are "
    "branches.",
)
ROOT = o.option(str, "Where a computed pseudotime begins: a cell, or a type (cell_type=HSC).")
BRANCHINGS = o.option(
    int,
    "How often a computed pseudotime branches: each branch has stages of its own.",
    min=0,
    max=3,
)
WINDOWS = o.option(int, "Stages, at most: each holds --least cells or more.", min=2, max=60)
LEAST = o.option(int, "Cells of a context (default: 10, of a stage 30).", min=2)
BETWEEN = o.option(
    str | None,
    "Write the edges gained and lost between two contexts instead, such as 'B vs Monocyte'.",
)
SOURCES = o.option(
    str, "Regulators to drive, comma-separated symbols (default: all of the data set)."
)


def contexts(
    backbone: o.BACKBONE,
    dataset: DATASET,
    out: OUT,
    contexts: COLUMN = None,
    context: CONDITION = None,
    stages: STAGES = None,
    root: ROOT = "",
    branchings: BRANCHINGS = 0,
    windows: WINDOWS = 8,
    least: LEAST = None,
    between: BETWEEN = None,
    sources: SOURCES = "",
    readout: o.READOUT = None,
    estimate: o.ESTIMATE = False,
    scheduler: o.SCHEDULER = None,
    scheduler_file: o.SCHEDULER_FILE = None,
) -> None:
    """Probe every regulator around the mean cell of each context, and around cells that are dealt
    out at random: one row a regulator, target and context.

    Columns: rise (change of the target as the regulator goes from the
    lowest to the highest value of the grid), change (against all cells),
    t, p, q (against the cells dealt out at random; Benjamini-Hochberg),
    silent (an end that is not expressed there), rise_flat and
    flat_probability of the flat virtual cell, which no context replaces.
    """
    from ugrn_core.experiment.catalog import datasets
    from ugrn_core.experiment.contexts.making import contexts as probed
    from ugrn_core.experiment.contexts.spec import ContextSpec

    if format_for(out) not in TABLES:
        known = ", ".join(FORMATS[name].suffix for name in TABLES)
        raise OptionError(f"A table of contexts ends in {known}; '{out.name}' came.")
    check_writable(out)
    settings = read_settings()
    spec = ContextSpec(
        backbone=backbone,
        dataset=datasets.named(dataset, settings),
        by=contexts or "",
        condition=context or "",
        along=stages or "",
        root=root,
        branchings=branchings,
        windows=windows,
        least=least or 0,
        sources=o.names(sources),
        readout=readout or "",
    )
    results = probed(settings, spec, How(scheduler, scheduler_file, estimate))
    if results is not None:
        _write(out, results, between)


def _write(out: Path, results: ContextResults, between: str | None) -> None:
    frame = results.table()
    if between is not None:
        first, _, second = between.partition(" vs ")
        frame = results.contrast(first.strip(), second.strip())
    save(out, frame, results.about)
    say(f"Wrote {len(frame):,} rows to {out}")
    changed = (frame["q"] < 0.05).sum()
    say(f"{changed:,} of them leave what cells dealt out at random give (q below 0.05)")
