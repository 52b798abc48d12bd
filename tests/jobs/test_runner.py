from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from ugrn_core.errors import MissingDataError, StorageError
from ugrn_core.jobs.execution import run_job
from ugrn_core.jobs.process import birth, is_alive
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import JobState, read_state, write_state

COMMAND = (sys.executable, str(Path(__file__).with_name("job_work.py")))


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    root = str(Path(__file__).resolve().parents[2])
    monkeypatch.setenv("PYTHONPATH", root)
    return Jobs(tmp_path / "jobs", COMMAND)


def wait(jobs, job, until=("done", "failed", "cancelled"), seconds=600):
    deadline = time.monotonic() + seconds
    while jobs.status(job).status not in until:
        assert time.monotonic() < deadline, jobs.status(job)
        time.sleep(0.02)
    return jobs.status(job)


def spec(tmp_path, **more):
    return {"steps": 3, "trace": str(tmp_path / "trace")} | more


def starts(tmp_path) -> int:
    return len((tmp_path / "trace").read_text().split())


def test_runs_to_the_end_once(jobs, tmp_path):
    job = jobs.start(spec(tmp_path))
    state = wait(jobs, job)
    assert (state.status, state.done, state.total) == ("done", 3, 3)
    assert state.result == {"answer": 42}
    assert jobs.start(spec(tmp_path)) == job
    assert jobs.status(job).status == "done"
    assert starts(tmp_path) == 1
    assert jobs.spec(job) == spec(tmp_path)
    assert list(jobs.list()) == [job]


def test_the_same_spec_asked_from_many_sides_is_one_process(jobs, tmp_path, monkeypatch):
    answers, launch = [], Jobs._launch

    def slowly(self, folder):  # wide open for a race, were there no lock
        time.sleep(0.2)
        launch(self, folder)

    monkeypatch.setattr(Jobs, "_launch", slowly)
    asked = spec(tmp_path, steps=20, pause=0.05)
    threads = [
        threading.Thread(target=lambda: answers.append(jobs.start(dict(reversed(asked.items())))))
        for _ in range(4)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(set(answers)) == 1
    wait(jobs, answers[0])
    assert starts(tmp_path) == 1


def test_cancel_stops_and_start_goes_on(jobs, tmp_path):
    asked = spec(tmp_path, steps=40, pause=0.05)
    job = jobs.start(asked)
    while not jobs.status(job).done:
        time.sleep(0.02)
    jobs.cancel(job)
    state = wait(jobs, job)
    assert state.status == "cancelled"
    assert 0 < state.done < 40
    jobs.start(asked)
    state = wait(jobs, job)
    assert (state.status, state.done) == ("done", 40)
    assert state.at_start >= 1


def test_a_killed_job_is_seen_and_resumed(jobs, tmp_path):
    asked = spec(tmp_path, steps=60, pause=0.05)
    job = jobs.start(asked)
    while not jobs.status(job).done:
        time.sleep(0.02)
    os.kill(jobs.status(job).pid, signal.SIGKILL)
    state = wait(jobs, job)
    assert state.status == "failed"
    assert "Start it again" in state.message
    jobs.start(asked)
    assert wait(jobs, job).status == "done"
    assert starts(tmp_path) == 2


def test_a_process_that_dies_at_once_is_not_queued_for_ever(tmp_path):
    jobs = Jobs(tmp_path / "jobs", (sys.executable, "-c", "raise SystemExit(3)"))
    assert wait(jobs, jobs.start({"a": 1})).status == "failed"


def test_our_errors_and_bugs_end_as_failed(jobs, tmp_path):
    job = jobs.start(spec(tmp_path, fail=1))
    state = wait(jobs, job)
    assert (state.status, state.message) == ("failed", "That grid is no grid.")
    other = jobs.start(spec(tmp_path, crash=1, steps=4))
    state = wait(jobs, other)
    assert state.message == "Unforeseen ZeroDivisionError: a bug"
    assert "Traceback" in (jobs.root / other / "log.txt").read_text()


def test_a_job_outlives_the_process_that_started_it(tmp_path, jobs):
    asked = spec(tmp_path, steps=20, pause=0.05)
    code = (
        "import sys, json; from ugrn_core.jobs.runner import Jobs;"
        "print(Jobs(sys.argv[1], json.loads(sys.argv[2])).start(json.loads(sys.argv[3])))"
    )
    words = [sys.executable, "-c", code, str(jobs.root), json.dumps(COMMAND), json.dumps(asked)]
    job = subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    assert wait(jobs, job).status == "done"


def test_two_hands_on_one_job_are_refused(jobs, tmp_path):
    job = jobs.start(spec(tmp_path, steps=60, pause=0.05))
    wait(jobs, job, until=("running",))
    with pytest.raises(StorageError, match="already"):
        run_job(jobs.root / job, lambda *_: None)
    jobs.cancel(job)
    assert wait(jobs, job).status == "cancelled"


@pytest.mark.parametrize("bad", ["../../etc", "", "0" * 15, "zzzzzzzzzzzzzzzz", "0" * 16])
def test_ids_that_are_none(jobs, bad):
    with pytest.raises(MissingDataError):
        jobs.status(bad)


def test_a_damaged_state_is_as_good_as_none_and_kept_aside(jobs, tmp_path):
    folder = jobs.root / ("ab" * 8)
    folder.mkdir(parents=True)
    (folder / "state.json").write_text('{"status": "run')
    assert jobs.list() == {}
    with pytest.raises(MissingDataError):
        jobs.status("ab" * 8)
    assert (folder / "state.json.damaged-1").read_text() == '{"status": "run'


def test_a_recycled_process_number_is_not_mistaken(jobs):
    folder = jobs.root / ("cd" * 8)
    folder.mkdir(parents=True)
    write_state(folder / "state.json", JobState("running", pid=os.getpid(), born="12345"))
    assert jobs.status("cd" * 8).status == "failed"
    assert is_alive(os.getpid(), birth(os.getpid()))
    assert not is_alive(os.getpid(), "")
    assert birth(2**22 + 1) is None


def test_a_state_without_a_machine_is_one_of_this_machine(jobs, tmp_path):
    job = jobs.start(spec(tmp_path))
    assert wait(jobs, job).host == platform.node()
    path = jobs.root / job / "state.json"
    old = asdict(read_state(path))
    for name in ("host", "phase", "phase_started"):
        del old[name]
    gone = {"status": "running", "pid": 2**22 + 1}  # the job itself may be leaving still
    path.write_text(json.dumps(old | gone))
    assert jobs.status(job).status == "failed"


def test_time_left():
    state = JobState("running", done=6, total=10, at_start=2, started=100.0, updated=108.0)
    assert state.seconds_left == 8.0
    assert JobState("running", done=2, total=10, at_start=2).seconds_left is None


def test_a_job_gives_way_to_pages():
    script = (
        "import os\nfrom pathlib import Path\nfrom ugrn_core.jobs.process import give_way\n"
        "give_way()\nprint(os.nice(0), Path('/proc/self/autogroup').read_text().strip() "
        "if Path('/proc/self/autogroup').exists() else '')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )
    niceness, _, group = done.stdout.strip().partition(" ")
    assert int(niceness) >= 10
    assert not group or group.endswith("nice 10")
