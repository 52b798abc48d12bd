"""Contexts as a job: how far it is, starting and stopping it, and what its process does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from ugrn_core.errors import MissingDataError, StorageError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.contexts import compute, placing
from ugrn_core.experiment.contexts import folder as files
from ugrn_core.experiment.contexts.chance import bands, random_weights
from ugrn_core.experiment.contexts.spec import ContextSpec, Prepared, prepare, read_spec
from ugrn_core.files import remove_own
from ugrn_core.jobs.queue import machine_queue
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import ACTIVE, STATE, JobState
from ugrn_core.settings import Settings

KIND = "contexts"  # key of a job's spec that tells it from a run's
# In place of a regulator; no token begins with a blank.
MAP = " map of the cells"
RANDOM = " random weights"


@dataclass(frozen=True)
class ContextState:
    """status: absent, queued, running, done, failed or cancelled. done, total: steps of `phase`.
    before: how many must end before it may begin. stopping: a stop is asked for. updated: when this
    was written, seconds since 1970."""

    status: str
    done: int = 0
    total: int = 0
    phase: str = ""
    seconds_left: float | None = None
    message: str = ""
    before: int = 0
    stopping: bool = False
    updated: float = 0.0

    @property
    def active(self) -> bool:
        """Whether it waits or works."""
        return self.status in ACTIVE

    @property
    def share(self) -> float:
        """What is done of the phase, in [0, 1]."""
        return min(max(self.done / self.total, 0.0), 1.0) if self.total else 0.0


def state(settings: Settings, spec: ContextSpec, bands_of: str = "") -> ContextState:
    """Return how far the contexts are, or with `bands_of` the bands of that regulator (a token), or
    the map of the cells (MAP), or the contexts under random weights (RANDOM)."""
    ready = prepare(settings, spec)
    jobs, job = Jobs(settings.jobs), _job(ready, spec, bands_of)
    now = _known(jobs, job)
    if files.has(*_written(settings, ready, bands_of)):
        return ContextState("done")
    if now is None or now.status == "done":
        return ContextState("absent")
    return _told(settings, jobs, jobs.id_of(job), now)


def _written(settings: Settings, ready: Prepared, bands_of: str) -> tuple[Path, str]:
    """Return the folder and the name of what a job writes."""
    if bands_of == MAP:
        return placing.place(settings, ready.cells), placing.UMAP
    if bands_of == RANDOM:
        return files.where(settings, ready.id), random_weights.NAME
    name = bands.name_of(bands_of) if bands_of else files.STRENGTHS
    return files.where(settings, ready.id), name


def _told(settings: Settings, jobs: Jobs, mark: str, now: JobState) -> ContextState:
    line = machine_queue(settings.line, settings.slots)
    return ContextState(
        status=now.status,
        done=now.done,
        total=now.total,
        phase=now.phase,
        seconds_left=now.seconds_left,
        message=now.message,
        before=(line.before(mark) or 0) if now.status == "queued" else 0,
        stopping=now.status in ACTIVE and jobs.is_stopping(mark),
        updated=now.updated,
    )


@dataclass(frozen=True)
class ContextJob:
    """A job of contexts, whoever started it. what: `bands_of` of `state`."""

    id: str
    spec: ContextSpec
    what: str
    state: ContextState


def listed(settings: Settings) -> tuple[ContextJob, ...]:
    """Return the jobs of contexts on this machine, newest first; those that cannot be read are left
    out."""
    jobs, every = Jobs(settings.jobs), []
    for name, now in jobs.list().items():
        try:
            told = jobs.spec(name)
            if KIND not in told:
                continue
            spec, what = read_spec(told), str(told["bands_of"])
        except (StorageError, MissingDataError, KeyError, TypeError, ValueError):
            continue
        every.append(ContextJob(name, spec, what, _told(settings, jobs, name, now)))
    return tuple(every)


def cancel_job(settings: Settings, job: ContextJob) -> None:
    """Ask a listed job to stop; nothing happens where it has ended."""
    with suppress(MissingDataError):
        Jobs(settings.jobs).cancel(job.id)


def leaving(settings: Settings, dataset: str) -> tuple[Path, ...]:
    """Return what goes with a data set that is removed: its results, and its jobs. Those at work
    are asked to stop, and stay."""
    ended = []
    for job in listed(settings):
        if job.spec.dataset == dataset:
            cancel_job(settings, job)
            if not job.state.active:
                ended.append(settings.jobs / job.id)
    return (*files.all_of(settings, dataset), *ended)


def start(settings: Settings, spec: ContextSpec, bands_of: str = "") -> None:
    """Start it in a process of its own, unless it runs or is done; raise MissingDataError where
    PyTorch is not installed."""
    now = state(settings, spec, bands_of)
    if now.active or now.status == "done":
        return
    if not backbones.can_compute():
        raise MissingDataError(backbones.NO_TORCH)
    jobs, job = Jobs(settings.jobs), _job(prepare(settings, spec), spec, bands_of)
    known = _known(jobs, job)
    if known is not None and known.status == "done":  # what it wrote is gone since
        remove_own(settings.jobs / jobs.id_of(job) / STATE)
    jobs.start(job)


def cancel(settings: Settings, spec: ContextSpec, bands_of: str = "") -> None:
    """Ask it to stop; what is finished is kept."""
    jobs = Jobs(settings.jobs)
    with suppress(MissingDataError):
        jobs.cancel(jobs.id_of(_job(prepare(settings, spec), spec, bands_of)))


def perform(settings: Settings, told: Mapping, progress, should_stop) -> dict:
    """Do what the job's spec asks for: the work that `jobs.execution.run_job` is given."""
    spec = read_spec(told)
    if told["bands_of"] == MAP:
        placing.compute(settings, spec, progress)
    elif told["bands_of"] == RANDOM:
        random_weights.compute(settings, spec, progress, should_stop)
    elif told["bands_of"]:
        bands.compute(settings, spec, str(told["bands_of"]), progress, should_stop)
    else:
        compute.compute(settings, spec, progress, should_stop)
    return {KIND: prepare(settings, spec).id}


def _job(ready: Prepared, spec: ContextSpec, bands_of: str) -> dict:
    told = {KIND: ready.id, "bands_of": bands_of, **asdict(spec)}
    return json.loads(json.dumps(told))


def _known(jobs: Jobs, job: dict) -> JobState | None:
    try:
        return jobs.status(jobs.id_of(job))
    except MissingDataError:
        return None
