"""`python -m ugrn_core benchmark` and `report`: how far a backbone can be trusted."""

from __future__ import annotations

import shlex
import sys

from ugrn_core.commands import options as o
from ugrn_core.settings import read_settings


def benchmark(
    backbone: o.BACKBONE,
    out: o.RESULTS,
    data: o.DATA = None,
    source: o.SOURCE = "hESC",
    networks: o.NETWORKS = "all",
    targets: o.TARGETS = "all",
    sampling: o.SAMPLING = "paper,matched",
    probes: o.METHODS = "all",
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
    from ugrn_core.experiment.evaluation import zeroshot  # brings torch and scikit-learn
    from ugrn_core.experiment.evaluation.plan import Plan

    where = {"data": o.beeline(data), "orthologs": orthologs, "corpus": corpus}
    cells = {"networks": networks, "targets": targets, "gene_set": gene_set}
    what = {"backbone": backbone, "source": source, "matrix": matrix, "probes": probes}
    how = {"samplings": o.names(sampling), "recipes": o.names(recipes), "seeds": seeds}
    more = {"exclude": o.names(exclude), "pr_curves": pr_curves, "command": _command_line()}
    plan = Plan(**where, **cells, **what, **how, **more)
    extent = {"random_control": random_control, "classical_hours": classical_hours}
    zeroshot.run(plan, read_settings(), out, translators, **extent)


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


def _command_line() -> str:
    return "python -m ugrn_core " + shlex.join(sys.argv[1:])
