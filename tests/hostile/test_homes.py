"""A whole UGRN_HOME with one thing in it damaged, a file or a folder, there or not yet: pages read
it, the run can be asked for again, and gives the same numbers."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pandas as pd
import pytest

from tests.experiment.conftest import GENES, checkpoint, place  # noqa: F401
from tests.hostile.damage import damage, damage_folder
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.runs import jobs as run_jobs
from ugrn_core.experiment.runs import run_list, spec
from ugrn_core.experiment.runs.results import Results
from ugrn_core.jobs import runner
from ugrn_core.jobs.execution import run_job
from ugrn_core.jobs.queue import machine_queue
from ugrn_core.jobs.runner import Jobs

SPEC = spec.Spec("tiny", "pasted", GENES[:12])
LATER = ("log.txt", "lock", "cancel", "beat", "last-word")  # of a job, there for a while


@pytest.fixture
def launched(monkeypatch):
    """Have a job's process be this one, which does it when `probed` says so."""
    here = SimpleNamespace(pid=os.getpid())
    monkeypatch.setattr(runner.subprocess, "Popen", lambda *_, **__: here)


def probed(settings) -> pd.DataFrame:
    """Ask for the run, do its job if it has to be done, and return its table."""
    run_jobs.start(settings, SPEC)
    jobs = Jobs(settings.jobs)
    for job, state in jobs.list().items():
        if state.status == "queued":
            queue = machine_queue(settings.home)
            run_job(settings.jobs / job, partial(run_jobs.perform, settings), queue)
            assert jobs.status(job).message == ""
    return pd.read_parquet(Results(settings, SPEC).edges_path)


def looked_at(settings) -> None:
    """Read what pages read."""
    run_jobs.state(settings, SPEC)
    run_list.results(settings)
    for job in run_list.jobs(settings):
        run_list.cancel(settings, job)
    gene_lists.keep(settings.home, SPEC.genes)


@pytest.mark.usefixtures("launched")
def test_whatever_is_done_to_it_the_run_can_be_had_again(place, tmp_path, rounds):  # noqa: F811
    whole = probed(place)
    mark = gene_lists.keep(place.home, SPEC.genes)
    (job,) = place.jobs.iterdir()
    (line,) = (place.home / "queue").iterdir()
    later = [*(job / name for name in LATER), line / "000000000001", line / "lock"]
    for seed, rng in rounds:
        home = tmp_path / "home"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(place.home, home)
        paths = sorted({*place.home.rglob("*"), *later})
        path = home / paths[rng.integers(len(paths))].relative_to(place.home)
        if not path.exists():
            path.touch()
        how = (damage_folder if path.is_dir() else damage)(rng, path)
        what = seed, str(path.relative_to(home)), how
        settings = replace(place, home=home)
        try:
            looked_at(settings)
            if rng.random() < 0.5:  # the rest has to be done again
                shutil.rmtree(home / "runs", ignore_errors=True)
            pd.testing.assert_frame_equal(probed(settings), whole, obj=str(what))
            state = run_jobs.state(settings, SPEC)
            looked_at(settings)
        except Exception as error:
            raise AssertionError(f"{what}: {error}") from error
        assert (state.status, state.problem, state.control.status) == ("done", "", "done"), what
        assert gene_lists.kept(home, mark) == SPEC.genes, what
