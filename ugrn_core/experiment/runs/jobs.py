"""A run as a job: how far it is, starting and stopping it, and what its process does.

The job probes and writes the edge table, then computes the control: from then on the run is done,
and can be read, while its control is on its way.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from ugrn_core.errors import InputError, MissingDataError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.catalog.datasets import ALL_GENES
from ugrn_core.experiment.curves import estimate, probing, throughput
from ugrn_core.experiment.runs import compute, limits, run_folder
from ugrn_core.experiment.runs.spec import Spec, prepare, read_spec, run_id
from ugrn_core.files import own_folder, remove_own
from ugrn_core.jobs.claims import exclusive
from ugrn_core.jobs.executors import LocalWorkers
from ugrn_core.jobs.process import give_way
from ugrn_core.jobs.queue import machine_queue
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import ACTIVE, STATE, JobState
from ugrn_core.settings import Settings

if TYPE_CHECKING:
    from ugrn_core.jobs.standby import Standby

NO_ATLAS = (
    "There is no atlas of this backbone here. Make it with `python -m ugrn_core atlas`, which "
    "takes hours, or choose another dataset."
)
MEASURING_SECONDS = 120.0  # that somebody waits who asks for an estimate while another is measured


@dataclass(frozen=True)
class RunState:
    """status: absent, queued, running, done, failed or cancelled. done, total: steps of `phase`,
    regulators while it probes; total 0 where the phase has none. message: why it failed. problem:
    why results that were here cannot be used, in a sentence. control: where the control of a run
    that is done stands, its status `done` once it is there. stopping: a stop is asked for and not
    yet answered. before: how many must end before it may begin, while it is queued."""

    status: str
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    message: str = ""
    phase: str = ""
    problem: str = ""
    control: RunState | None = None
    stopping: bool = False
    before: int = 0

    @property
    def active(self) -> bool:
        """Whether it waits or works."""
        return self.status in ACTIVE

    @property
    def share(self) -> float:
        """What is done of the phase, in [0, 1]."""
        return min(max(self.done / self.total, 0.0), 1.0) if self.total else 0.0


def state(settings: Settings, spec: Spec) -> RunState:
    """Return how far the run is."""
    ready = prepare(settings, spec)
    total = len(ready.study.regulators)
    job = Jobs(settings.jobs).id_of(_job(settings, spec))
    now = _known(settings, spec)  # first: what a job that is done has written is there by then
    files = run_folder.read(run_folder.where(settings, ready.run_id))
    if not files.has_edges and spec.dataset == ALL_GENES:
        return RunState("absent", 0, total, problem=files.problem or NO_ATLAS)
    if not files.has_edges:
        return replace(_asked(settings, job, _of_job(now, total)), problem=files.problem)
    missing = compute.control_missing(ready, files.bands)
    control = _asked(settings, job, _of_job(now, 0)) if missing else RunState("done")
    return RunState("done", total, total, control=control)


def _of_job(now: JobState | None, total: int) -> RunState:
    """Return where a run stands by its job; `total`: steps where it does not tell."""
    if now is None or now.status == "done":  # done, and what it wrote is gone or damaged since
        return RunState("absent", 0, total)
    done = max(now.done, now.at_start)
    steps = now.total if now.phase else now.total or total
    return RunState(
        status=now.status,
        done=done,
        total=steps,
        seconds_left=now.seconds_left,
        message=now.message,
        phase=now.phase,
    )


def _asked(settings: Settings, job: str, now: RunState) -> RunState:
    """Return `now` with what is asked of a job that waits or works, and its place in line."""
    if not now.active:
        return now
    line = machine_queue(settings.line, settings.slots)
    before = (line.before(job) or 0) if now.status == "queued" else 0
    return replace(now, stopping=Jobs(settings.jobs).is_stopping(job), before=before)


def _known(settings: Settings, spec: Spec) -> JobState | None:
    jobs = Jobs(settings.jobs)
    try:
        return jobs.status(jobs.id_of(_job(settings, spec)))
    except MissingDataError:
        return None


def start(settings: Settings, spec: Spec, standby: Standby | None = None) -> None:
    """Start the run in a process of its own, or that waits in `standby`, unless it runs or is
    done with its control; raise MissingDataError where PyTorch is not installed, OptionError where
    it is more than a served dashboard allows."""
    now = state(settings, spec)
    if now.control is not None and now.control.status == "done":
        return
    if spec.dataset == ALL_GENES:
        raise MissingDataError(NO_ATLAS)
    if not backbones.can_compute():
        raise MissingDataError(backbones.NO_TORCH)
    if not now.active:  # it is not asked for twice
        limits.check(settings, len(prepare(settings, spec).study.panel))
        limits.begin(settings)
    jobs, job = Jobs(settings.jobs, standby=standby), _job(settings, spec)
    known = _known(settings, spec)
    if known is not None and known.status == "done":
        # What it wrote is gone since: forget that it was done, or it would never run again.
        remove_own(settings.jobs / jobs.id_of(job) / STATE)
    jobs.start(job)


def cancel(settings: Settings, spec: Spec) -> None:
    """Ask the run to stop, if it runs; the regulators finished so far are kept."""
    jobs = Jobs(settings.jobs)
    with suppress(MissingDataError):
        jobs.cancel(jobs.id_of(_job(settings, spec)))


def _job(settings: Settings, spec: Spec) -> dict:
    return json.loads(json.dumps({"run": run_id(settings, spec), **asdict(spec)}))


def get_ready(settings: Settings, backbone: str) -> None:
    """Do what a job of `backbone` begins with, in a process that waits for one."""
    give_way()
    with suppress(InputError):  # whoever begins the run is told
        backbones.open_named(backbone, settings)


def perform(settings: Settings, spec: dict, progress, should_stop) -> dict:
    """Do what the job's `spec` asks for: the work that `jobs.execution.run_job` is given."""
    question = read_spec(spec)
    compute.compute(settings, question, progress, should_stop)
    return {"run": run_id(settings, question)}


def for_run(settings: Settings, spec: Spec, measure: bool = True) -> estimate.Estimate | None:
    """Return what a dashboard's run will take on this machine; raise InputError.

    From a pace kept before where there is one, at once. Else it is measured, which takes some
    seconds; with measure=False None is returned instead. One is measured at a time: who asks
    meanwhile waits, StorageError after two minutes, and has its pace too where that will do.
    """
    ready = prepare(settings, spec)
    what = ready.backbone, ready.study.panel, ready.study.regulators, ready.settings
    request = probing.request(*what)
    place, root = LocalWorkers(settings.workers), settings.probes
    folder = estimate.paces(settings)
    count = estimate.processes(request, root, place)
    pace = throughput.known(request, count, folder)
    if pace is None and not measure:
        return None
    if pace is None:
        own_folder(folder)
        with exclusive(folder / "measuring", patience=MEASURING_SECONDS):
            pace = throughput.known(request, count, folder)
            if pace is None:
                pace = throughput.measure(request, root, place)
                throughput.keep(pace, request, folder)
    forecast = estimate.at_pace(request, root, pace, place)
    return estimate.with_control(forecast, request, compute.control_sources(ready), pace, place)
