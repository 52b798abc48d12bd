"""The hidden verbs `job` and `standby`: what the dashboard starts as processes of their own."""

from __future__ import annotations

from pathlib import Path

from ugrn_core.settings import read_settings


def job(folder: Path) -> None:
    """Run one queued job; the dashboard starts it as a process of its own."""
    from ugrn_core.experiment.runs import jobs as run_jobs

    run_jobs.execute(read_settings(), folder)


def standby(backbone: str) -> None:
    """Wait on stdin for a queued job, with all imported and the backbone open; then run it."""
    from ugrn_core.experiment.runs import jobs as run_jobs
    from ugrn_core.jobs.standby import handed_over

    run_jobs.get_ready(read_settings(), backbone)
    folder = handed_over()
    if folder is not None:
        run_jobs.execute(read_settings(), folder)
