"""A run as a job: how far it is, starting and stopping it, and what its process does."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ugrn_core.errors import InputError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import estimate, probing, throughput
from ugrn_core.experiment.runs.compute import compute
from ugrn_core.experiment.runs.spec import (
    ABOUT,
    Spec,
    prepare,
    run_id,
)
from ugrn_core.jobs.execution import run_job
from ugrn_core.jobs.executors import LocalWorkers
from ugrn_core.jobs.process import give_way
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import STATE
from ugrn_core.settings import Settings

if TYPE_CHECKING:
    from ugrn_core.jobs.standby import Standby


@dataclass(frozen=True)
class RunState:
    """status: absent, queued, running, done, failed or cancelled. done, total: regulators."""

    status: str
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    message: str = ""


def state(settings: Settings, spec: Spec) -> RunState:
    """Return how far the run is."""
    ready = prepare(settings, spec)
    total = len(ready.study.regulators)
    if (settings.runs / ready.run_id / ABOUT).is_file():
        return RunState("done", total, total)
    jobs = Jobs(settings.jobs)
    job = jobs.id_of(_job(settings, spec))
    if job not in jobs.list():
        return RunState("absent", 0, total)
    now = jobs.status(job)
    if now.status == "done":  # its results were deleted since
        return RunState("absent", 0, total)
    done = max(now.done, now.at_start)
    return RunState(now.status, done, now.total or total, now.seconds_left, now.message)


def start(settings: Settings, spec: Spec, standby: Standby | None = None) -> None:
    """Start the run in a process of its own, or that waits in `standby`, unless it runs or is
    done."""
    if state(settings, spec).status == "done":
        return
    jobs, job = Jobs(settings.jobs, standby=standby), _job(settings, spec)
    known = jobs.list().get(jobs.id_of(job))
    if known is not None and known.status == "done":
        # Its results were deleted since: forget that it was done, or it would never run again.
        (settings.jobs / jobs.id_of(job) / STATE).unlink(missing_ok=True)
    jobs.start(job)


def cancel(settings: Settings, spec: Spec) -> None:
    """Ask the run to stop, if it runs; the regulators finished so far are kept."""
    jobs = Jobs(settings.jobs)
    job = jobs.id_of(_job(settings, spec))
    if job in jobs.list():
        jobs.cancel(job)


def _job(settings: Settings, spec: Spec) -> dict:
    return json.loads(json.dumps({"run": run_id(settings, spec), **asdict(spec)}))


def get_ready(settings: Settings, backbone: str) -> None:
    """Do what a job of `backbone` begins with, in a process that waits for one."""
    give_way()
    with suppress(InputError):  # whoever begins the run is told
        backbones.open_named(backbone, settings)


def execute(settings: Settings, job_folder: Path) -> None:
    """Do a queued job; this is what the hidden `job` command calls. It gives way to pages."""
    give_way()

    def work(spec: dict, progress, should_stop) -> dict:
        asked = Spec(
            spec["backbone"], spec["dataset"], tuple(spec["genes"]), tuple(spec["regulators"])
        )
        compute(settings, asked, progress, should_stop)
        return {"run": run_id(settings, asked)}

    run_job(job_folder, work)


def for_run(settings: Settings, spec: Spec, measure: bool = True) -> estimate.Estimate | None:
    """Return what a dashboard's run will take on this machine; raise InputError.

    From a pace kept before where there is one, at once. Else it is measured, which takes some
    seconds; with measure=False None is returned instead.
    """
    ready = prepare(settings, spec)
    what = ready.backbone, ready.study.panel, ready.study.regulators, ready.settings
    asked = probing.request(*what)
    place, root = LocalWorkers(settings.workers), settings.probes
    pace = throughput.known(asked, estimate.processes(asked, root, place), estimate.paces(settings))
    if pace is not None:
        return estimate.at_pace(asked, root, pace, place)
    return estimate.estimate(asked, root, place, estimate.paces(settings)) if measure else None
