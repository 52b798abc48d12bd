"""The process that waits for a job: used once, replaced, gone with its dashboard, never missed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.jobs.test_runner import COMMAND, spec, starts, wait
from ugrn_core.jobs.process import birth
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.standby import Standby


@pytest.fixture
def standby(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    found = Standby(COMMAND)
    yield found
    found.dismiss()


@pytest.fixture
def jobs(tmp_path, standby):
    return Jobs(tmp_path / "jobs", COMMAND, standby)


def gone(pid: int, seconds: float = 600) -> bool:
    deadline = time.monotonic() + seconds
    while birth(pid) is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    return birth(pid) is None


def test_a_job_is_done_by_the_process_that_waits_and_the_next_by_another(jobs, standby, tmp_path):
    standby.expect()
    waiting = standby._process.pid
    standby.expect()
    assert standby._process.pid == waiting  # one, however often it is asked for
    job = jobs.start(spec(tmp_path))
    assert jobs.status(job).pid == waiting
    assert wait(jobs, job).result == {"answer": 42}
    assert gone(waiting)
    other = jobs.start(spec(tmp_path, steps=2))  # nobody waits: a process of its own
    assert wait(jobs, other).status == "done"
    standby.expect()
    last = standby._process.pid
    third = jobs.start(spec(tmp_path, steps=1))
    assert wait(jobs, third).status == "done"
    assert jobs.status(third).pid == last != waiting
    assert starts(tmp_path) == 3


def test_it_is_cancelled_and_resumed_like_any_job(jobs, standby, tmp_path):
    standby.expect()
    asked = spec(tmp_path, steps=40, pause=0.05)
    job = jobs.start(asked)
    while not jobs.status(job).done:
        time.sleep(0.02)
    jobs.cancel(job)
    assert wait(jobs, job).status == "cancelled"
    jobs.start(asked)
    state = wait(jobs, job)
    assert (state.status, state.done) == ("done", 40)
    assert state.at_start >= 1


def test_none_waits_while_one_is_at_work(jobs, standby, tmp_path):
    standby.expect()
    first = jobs.start(spec(tmp_path, steps=1000, pause=0.02))
    standby.expect()
    assert standby._process is None  # six lists pasted at once are not six that have imported all
    jobs.cancel(first)
    assert gone(jobs.status(first).pid)
    standby.expect()
    assert standby._process is not None


def test_its_words_go_to_the_log_of_its_job(jobs, standby, tmp_path):
    standby.expect()
    job = jobs.start(spec(tmp_path, crash=1))
    assert wait(jobs, job).status == "failed"
    assert "Traceback" in (jobs.root / job / "log.txt").read_text()


def test_one_that_died_waiting_is_not_missed(jobs, standby, tmp_path):
    standby.expect()
    dead = standby._process.pid
    os.kill(dead, signal.SIGKILL)
    assert gone(dead)
    job = jobs.start(spec(tmp_path))
    assert wait(jobs, job).status == "done"
    assert jobs.status(job).pid != dead
    standby.expect()
    assert standby._process.pid != dead


def test_many_sides_at_once_get_one_process_each(jobs, standby, tmp_path):
    standby.expect()
    waiting, found = standby._process.pid, []
    several = [
        threading.Thread(target=lambda k=k: found.append(jobs.start(spec(tmp_path, steps=k))))
        for k in range(1, 5)
    ]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()
    ended = [wait(jobs, job) for job in found]
    assert [state.status for state in ended] == ["done"] * 4, ended
    processes = {state.pid for state in ended}
    assert len(processes) == 4
    assert waiting in processes
    assert starts(tmp_path) == 4


@pytest.mark.usefixtures("standby")
def test_it_ends_when_nobody_comes():
    impatient = Standby(COMMAND, patience=0.5)
    impatient.expect()
    waiting = impatient._process.pid
    assert gone(waiting)
    assert impatient.take(Path("nowhere")) is None


def test_without_a_process_to_be_had_jobs_start_as_ever(tmp_path, jobs):
    jobs._standby = Standby((str(tmp_path / "no such program"),))
    jobs._standby.expect()
    assert wait(jobs, jobs.start(spec(tmp_path))).status == "done"


HOST = (
    "import sys, json, time; from pathlib import Path\n"
    "from ugrn_core.jobs.runner import Jobs; from ugrn_core.jobs.standby import Standby\n"
    "command, root, asked = json.loads(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])\n"
    "standby = Standby(command); standby.expect(); print(standby._process.pid, flush=True)\n"
    "if asked: print(Jobs(root, command, standby).start(asked), flush=True)\n"
    "time.sleep(60)"
)


def host(jobs, asked: dict | None) -> subprocess.Popen:
    """Return another process with a Standby, which begins the job `asked`, if any."""
    words = [sys.executable, "-c", HOST, json.dumps(COMMAND), str(jobs.root), json.dumps(asked)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_it_goes_with_a_killed_dashboard(jobs):
    with host(jobs, None) as dashboard:
        waiting = int(dashboard.stdout.readline())
        assert birth(waiting) is not None
        dashboard.kill()
    assert gone(waiting)


def test_its_job_outlives_a_killed_dashboard(jobs, tmp_path):
    with host(jobs, spec(tmp_path, steps=40, pause=0.05)) as dashboard:
        waiting = int(dashboard.stdout.readline())
        job = dashboard.stdout.readline().strip()
        dashboard.kill()
    assert jobs.status(job).pid == waiting
    assert wait(jobs, job).status == "done"
    assert starts(tmp_path) == 1
