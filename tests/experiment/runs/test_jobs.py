"""Runs through a real process: absent, running, done; cancelled; done once."""

from __future__ import annotations

import os
import shutil
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from tests.experiment.conftest import GENES
from tests.experiment.translators import save_pair
from ugrn_core.errors import PanelError, UnknownNameError
from ugrn_core.experiment.catalog import translators
from ugrn_core.experiment.curves import throughput
from ugrn_core.experiment.runs import jobs as run_jobs
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.jobs.execution import run_job
from ugrn_core.settings import read_settings

ROOT = Path(__file__).resolve().parents[3]
SPEC = run_spec.Spec("tiny", "pasted", GENES[:8])


@pytest.fixture
def here(settings, monkeypatch):
    """The settings as the environment gives them to this process and to a job's."""
    monkeypatch.setenv("UGRN_HOME", str(settings.home))
    monkeypatch.setenv("UGRN_ASSETS", str(settings.assets))
    monkeypatch.setenv("UGRN_WORKERS", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(ROOT)
    return read_settings()


def wait(settings, spec, seconds=1800):
    end, seen = time.monotonic() + seconds, []
    while time.monotonic() < end:
        state = run_jobs.state(settings, spec)
        if state.status not in seen:
            seen.append(state.status)
        if not state.active and not (state.control and state.control.active):
            return state, seen
        time.sleep(0.1)
    raise AssertionError(f"still {seen[-1]} after {seconds} s")


def test_a_run_is_cancelled_started_again_done_and_then_left_alone(here):
    assert run_jobs.state(here, SPEC).status == "absent"
    run_jobs.cancel(here, SPEC)  # nothing to cancel: nothing happens
    run_jobs.start(here, SPEC)
    run_jobs.cancel(here, SPEC)  # long before the process has read its weights
    state, _ = wait(here, SPEC)
    assert state.status == "cancelled"
    run_jobs.start(here, SPEC)
    state, seen = wait(here, SPEC)
    assert (state.status, state.done, state.total) == ("done", 8, 8), state.message
    assert seen[0] in ("queued", "running")
    folder = run_spec.folder(here, SPEC)
    made = ["about.json", "bands.npz", "edges.parquet", "expected.npz"]
    assert sorted(p.name for p in folder.iterdir()) == made
    when = os.stat(folder / "about.json").st_mtime_ns
    run_jobs.start(here, SPEC)
    assert run_jobs.state(here, SPEC).status == "done"
    assert os.stat(folder / "about.json").st_mtime_ns == when
    assert len(list(here.jobs.iterdir())) == 1


def test_results_that_were_deleted_are_made_again(here, monkeypatch):
    started = []
    monkeypatch.setattr(run_jobs.Jobs, "_launch", lambda self, folder: started.append(folder))
    run_jobs.start(here, SPEC)
    run_job(started[0], partial(run_jobs.perform, here))  # in this process, as the job's would
    assert run_jobs.state(here, SPEC).status == "done"
    shutil.rmtree(run_spec.folder(here, SPEC))
    assert run_jobs.state(here, SPEC).status == "absent"
    run_jobs.start(here, SPEC)
    assert len(started) == 2


def test_the_id_is_that_of_everything_that_changes_the_numbers(here, backbone, monkeypatch):
    monkeypatch.setattr(translators, "STAMP_SECONDS", 1e-6)
    first = run_spec.run_id(here, SPEC)
    assert first == run_spec.run_id(here, run_spec.Spec("tiny", "pasted", GENES[:8]))
    others = [
        run_spec.Spec("tiny", "pasted", GENES[:9]),
        run_spec.Spec("tiny", "pasted", GENES[:8][::-1]),
        run_spec.Spec("tiny", "pasted", GENES[:8], ("GATA1",)),
        run_spec.Spec("tiny-random", "pasted", GENES[:8]),
    ]
    ids = {first, *(run_spec.run_id(here, spec) for spec in others)}
    assert len(ids) == 5
    save_pair(here.home / "translators" / "tiny" / "new", backbone)
    assert run_spec.run_id(here, SPEC) not in ids  # a translator came meanwhile


def test_what_cannot_be_run_is_said_before_any_process_starts(here):
    with pytest.raises(PanelError):
        run_jobs.start(here, run_spec.Spec("tiny", "pasted", ("GENE1", "GENE2")))  # no regulator
    with pytest.raises(UnknownNameError):
        run_jobs.start(here, run_spec.Spec("tinny", "pasted", GENES[:8]))
    assert not here.jobs.exists()


def test_one_pace_is_measured_at_a_time_and_serves_who_waited(here, monkeypatch):
    measured, found = [], []

    def measure(asked, root, place):
        measured.append(1)
        time.sleep(0.5)
        return throughput.Pace(1.0, 1.0, 0.0, 10**6, len(asked.panel), 1)

    monkeypatch.setattr(throughput, "measure", measure)
    several = [
        threading.Thread(target=lambda: found.append(run_jobs.for_run(here, SPEC)))
        for _ in range(4)
    ]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join(1800)
    assert len(measured) == 1
    assert len(found) == 4
    assert len({estimate.seconds for estimate in found}) == 1
