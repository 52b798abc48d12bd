"""`python -m ugrn_core atlas`: every human regulator against every gene, once and kept."""

from __future__ import annotations

from ugrn_core.commands import options as o
from ugrn_core.console import progress_bar, say
from ugrn_core.experiment.atlas import making
from ugrn_core.experiment.curves.filling import How
from ugrn_core.experiment.curves.workers import turn
from ugrn_core.files import check_writable
from ugrn_core.settings import read_settings


def atlas(
    backbone: o.BACKBONE,
    out: o.ATLAS_OUT = None,
    values: o.ATLAS_VALUES = None,
    estimate: o.ESTIMATE = False,
    scheduler: o.SCHEDULER = None,
    scheduler_file: o.SCHEDULER_FILE = None,
) -> None:
    """Probe every human regulator against every gene that a backbone knows.

    The result is the data set "All genes" of the dashboard: each gene's best
    50 regulators and each regulator's best 300 targets, ranked among all
    pairs. It takes hours on a few cores; finished parts are kept, and a
    stopped one goes on where it was.
    """
    settings = read_settings()
    place = How(scheduler, scheduler_file).place(settings)
    wanted = making.planned(settings, backbone, out, values)
    check_writable(wanted.folder)
    with turn(settings, place, say):
        say(making.estimate(wanted, place))
        if estimate:
            return
        with progress_bar("probing all genes, in parts") as progress:
            folder = making.make(wanted, place, progress, say)
    say(f"Wrote {folder}")
