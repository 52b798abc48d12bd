"""The state of a job on disk: sealed, yesterday's read, tomorrow's refused, damaged as good as
none."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from types import SimpleNamespace

import pytest

from ugrn_core.errors import StorageError
from ugrn_core.files import sealed
from ugrn_core.jobs import execution
from ugrn_core.jobs.execution import run_job
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import FORMAT, JobState, read_state, write_state

STATE = JobState("running", 3, 9, 1, 10.0, 11.0, 12.5, "", 77, "8", {}, "here", "probing", 11.5)


@pytest.fixture
def path(tmp_path):
    write_state(tmp_path / "state.json", STATE)
    return tmp_path / "state.json"


def test_it_reads_back(path):
    assert read_state(path) == STATE
    assert json.loads(path.read_bytes())["format"] == FORMAT


def test_yesterdays_state_is_read(path):
    old = {k: v for k, v in asdict(STATE).items() if not k.startswith("phase")}
    path.write_text(json.dumps(old, indent=1))
    assert read_state(path).done == 3
    path.write_text(json.dumps({k: v for k, v in old.items() if k != "host"}))
    assert read_state(path).host == ""


def test_tomorrows_state_is_refused_and_left_alone(path):
    path.write_bytes(sealed({"format": FORMAT + 1, "anything": 1}))
    with pytest.raises(StorageError, match="another version of UGRN"):
        read_state(path)
    assert path.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"done": -1},
        {"done": "3"},
        {"done": True},
        {"status": "asleep"},
        {"message": None},
        {"result": []},
        {"updated": 1e999},
        {"more": 1},
    ],
)
def test_what_no_job_would_say_is_set_aside(path, wrong):
    old = {k: v for k, v in asdict(STATE).items() if not k.startswith("phase")} | wrong
    path.write_text(json.dumps(old))
    assert read_state(path) is None
    assert not path.exists()
    assert path.with_name("state.json.damaged-1").exists()


@pytest.mark.parametrize("how", ["empty", "cut", "fifo", "folder", "device"])
def test_whatever_lies_in_its_place_is_set_aside_at_once(path, how):
    content = path.read_bytes()
    path.unlink()
    if how == "fifo":
        os.mkfifo(path)
    elif how == "folder":
        path.mkdir()
    elif how == "device":
        path.symlink_to("/dev/zero")
    else:
        path.write_bytes(content[: len(content) // 2] if how == "cut" else b"")
    assert read_state(path) is None
    write_state(path, STATE)
    assert read_state(path) == STATE


def test_a_damaged_spec_is_said_and_can_be_asked_for_again(tmp_path, monkeypatch):
    monkeypatch.setattr(Jobs, "_launch", lambda self, folder: None)
    jobs = Jobs(tmp_path)
    job = jobs.start({"answer": 41})
    assert jobs.spec(job) == {"answer": 41}
    (tmp_path / job / "spec.json").write_text('{"answer": 43}')  # one bit
    with pytest.raises(StorageError, match="Ask for it again"):
        jobs.spec(job)
    (tmp_path / job / "spec.json").mkdir()
    jobs.start({"answer": 41})
    assert jobs.spec(job) == {"answer": 41}


def test_a_pace_begins_with_the_first_step_before_which_processes_start(tmp_path, monkeypatch):
    monkeypatch.setattr(Jobs, "_launch", lambda self, folder: None)
    monkeypatch.setattr(execution, "WRITE_SECONDS", 0.0)
    clock = iter(range(1000, 2000, 10))
    monkeypatch.setattr(execution, "time", SimpleNamespace(time=lambda: float(next(clock))))
    job, seen = Jobs(tmp_path).start({}), []

    def work(spec, progress, should_stop):
        for done in (0, 0, 0, 1, 3):
            progress(done, 9, "probing")
            seen.append(read_state(tmp_path / job / "state.json"))

    run_job(tmp_path / job, work)
    assert [s.at_start for s in seen] == [0, 0, 0, 1, 1]
    *none, last = [s.seconds_left for s in seen]
    assert none == [None] * 4
    assert last == pytest.approx((seen[4].updated - seen[3].updated) / 2 * 6)


def test_phases_have_steps_and_a_pace_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(Jobs, "_launch", lambda self, folder: None)
    job = Jobs(tmp_path).start({})
    seen = []

    def work(spec, progress, should_stop):
        for phase, total in (("probing", 4), ("control", 2)):
            for done in range(total + 1):
                progress(done, total, phase)
                seen.append(read_state(tmp_path / job / "state.json"))

    run_job(tmp_path / job, work)
    assert list(dict.fromkeys((s.phase, s.total) for s in seen)) == [("probing", 4), ("control", 2)]
    assert seen[5].done == seen[5].at_start == 0  # written at once, however little time has passed
    half = JobState("running", 3, 5, 1, started=100.0, updated=204.0, phase_started=200.0)
    assert half.seconds_left == 4.0
