"""The runs of this machine: the jobs, whoever started them, and the results on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ugrn_core.errors import MissingDataError, StorageError
from ugrn_core.experiment.runs import run_folder
from ugrn_core.experiment.runs.spec import Spec, read_spec
from ugrn_core.jobs.queue import machine_queue
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import ACTIVE, JobState
from ugrn_core.settings import Settings

RESULT_COLUMNS = (
    *("dataset", "backbone", "regulators", "pairs", "date", "bytes", "run"),
    "ships",
)


@dataclass(frozen=True)
class Job:
    """A job and where it stands. stopping: a stop is asked for and not yet answered.

    has_results: its edge table lies on disk. before: how many must end before it may begin, while
    it is queued.
    """

    id: str
    spec: Spec
    state: JobState
    run: str
    stopping: bool
    has_results: bool
    before: int = 0

    @property
    def active(self) -> bool:
        """Whether it waits or works."""
        return self.state.status in ACTIVE


def jobs(settings: Settings) -> tuple[Job, ...]:
    """Return the jobs of this machine, newest first; those that cannot be read are left out."""
    folder, listed = Jobs(settings.jobs), []
    line = machine_queue(settings.line, settings.slots)
    for name, state in folder.list().items():
        try:
            told = folder.spec(name)
            spec = read_spec(told)
            run = str(told["run"])
        except (StorageError, MissingDataError, KeyError, TypeError):
            continue
        done = run.isalnum() and _edges_size(settings.runs / run) is not None
        stopping = state.status in ACTIVE and folder.is_stopping(name)
        before = (line.before(name) or 0) if state.status == "queued" else 0
        standing = {"state": state, "stopping": stopping, "before": before}
        listed.append(Job(id=name, spec=spec, run=run, has_results=done, **standing))
    return tuple(listed)


def cancel(settings: Settings, job: Job) -> None:
    """Ask `job` to stop; what it has finished is kept. Nothing happens where it has ended."""
    Jobs(settings.jobs).cancel(job.id)


def results(settings: Settings) -> pd.DataFrame:
    """Return one row a finished run on disk, newest first, in RESULT_COLUMNS. ships: whether it
    came with UGRN; of one that the user has, too, the user's counts."""
    rows = []
    for path in _abouts(settings):
        about, size = run_folder.read_about(path.parent), _edges_size(path.parent)
        ships = path.parent.parent == settings.shipped_runs
        if size is None:
            continue  # half deleted, damaged, or of another version
        names = ("dataset", "backbone", "n_regulators", "n_pairs", "date")
        rows.append((*(about[name] for name in names), size, path.parent.name, ships))
    frame = pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
    return frame.sort_values("date", ascending=False, ignore_index=True)


def _abouts(settings: Settings) -> list[Path]:
    """Return about.json of each run, the user's own before one that ships."""
    roots = settings.shipped_runs, settings.runs
    return list({p.parent.name: p for r in roots for p in r.glob(f"*/{run_folder.ABOUT}")}.values())


def spec_of(settings: Settings, run: str) -> Spec | None:
    """Return what the finished run `run` was asked for; None where its folder does not say."""
    if not run.isalnum():
        return None
    try:
        return read_spec(run_folder.read_about(run_folder.where(settings, run))["spec"])
    except (KeyError, TypeError):
        return None


def _edges_size(folder: Path) -> int | None:
    about = run_folder.read_about(folder)
    return run_folder.edges_size(folder, about) if about else None
