"""The hidden verbs `job` and `standby`: what the dashboard starts as processes of their own.

`python -m ugrn_core.commands.job VERB ARGUMENT` is the same without the imports of the other verbs:
jobs that wait in line, six lists pasted at once, then hold some megabytes each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ugrn_core.jobs.execution import run_job
from ugrn_core.jobs.process import give_way
from ugrn_core.jobs.queue import machine_queue
from ugrn_core.settings import VISITORS, Settings, read_settings


def job(folder: Path) -> None:
    """Run one queued job when its turn comes; the dashboard starts it as a process of its own."""
    machine = read_settings()
    settings = _of_owner(machine, folder)

    def work(spec: dict, progress, should_stop) -> dict:
        from ugrn_core.experiment.shelf import disk

        give_way()
        done = _perform(spec)(settings, spec, progress, should_stop)
        disk.clear(settings)
        return done

    run_job(folder, work, machine_queue(machine.home, machine.slots), ends=True)


def _perform(spec: dict) -> Callable[..., dict]:
    """Return what does the work of a job with `spec`, imported at the pace of a page, still."""
    if "work" in spec:
        from ugrn_core.experiment.models import fetching

        return fetching.perform
    if "contexts" in spec:
        from ugrn_core.experiment.contexts import jobs as context_jobs

        return context_jobs.perform
    from ugrn_core.experiment.runs import jobs as run_jobs

    return run_jobs.perform


def _of_owner(machine: Settings, folder: Path) -> Settings:
    """Return the settings of the visitor whose job lies in `folder`; elsewhere the machine's."""
    home = folder.absolute().parents[1]
    if home.parent != (machine.home / VISITORS).absolute():
        return machine
    return replace(machine, home=home, common=machine.home)


def standby(backbone: str) -> None:
    """Wait on stdin for a queued job, with all imported and the backbone open; then run it."""
    from ugrn_core.experiment.runs import jobs as run_jobs
    from ugrn_core.jobs.standby import handed_over

    run_jobs.get_ready(read_settings(), backbone)
    folder = handed_over()
    if folder is not None:
        job(folder)


if __name__ == "__main__":
    verb, argument = sys.argv[1:]
    job(Path(argument)) if verb == "job" else standby(argument)
