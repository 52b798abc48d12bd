"""How a job ends that does not by itself: hung, on another machine, taken over, on a full disk."""

from __future__ import annotations

import errno
import os
import platform
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jobs.test_runner import jobs, spec, wait  # noqa: F401  (jobs: a fixture)
from tests.jobs.test_standby import gone
from ugrn_core.errors import StorageError
from ugrn_core.jobs import execution, process, state
from ugrn_core.jobs.execution import run_job
from ugrn_core.jobs.process import BEAT
from ugrn_core.jobs.runner import _id, _text
from ugrn_core.jobs.state import JobState, read_state, write_state


def deaf(jobs, tmp_path) -> tuple[str, list[int]]:  # noqa: F811
    """Start a job that does not listen; return its id and its processes'."""
    job = jobs.start(spec(tmp_path, deaf=True))
    while not (tmp_path / "trace.deaf").exists():
        time.sleep(0.05)
    pid = jobs.status(job).pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert children
    return job, [pid, *map(int, children)]


def test_a_job_that_does_not_stop_ends_itself_and_what_it_started(jobs, tmp_path):  # noqa: F811
    job, processes = deaf(jobs, tmp_path)
    jobs.cancel(job)
    # Nobody looks at it: its own process counts the time.
    assert all(gone(pid, 600) for pid in processes)
    assert jobs.status(job).status == "cancelled"
    jobs.start(spec(tmp_path, deaf=True))
    assert jobs.status(job).status in ("queued", "running")
    jobs.cancel(job)
    assert wait(jobs, job, seconds=600).status == "cancelled"


def test_a_job_that_has_told_of_no_step_is_ended_at_once(jobs, tmp_path):  # noqa: F811
    """As one that imports or reads weights: the grace of ten seconds would be waited in vain."""
    job = jobs.start(spec(tmp_path, mute=True))
    while not (tmp_path / "trace.deaf").exists():
        time.sleep(0.05)
    pid = jobs.status(job).pid
    jobs.cancel(job)
    assert gone(pid, 0.9 * process.GRACE_SECONDS)
    assert jobs.status(job).status == "cancelled"
    jobs.start(spec(tmp_path, mute=True))
    assert jobs.status(job).status in ("queued", "running")
    jobs.cancel(job)
    assert wait(jobs, job).status == "cancelled"


def test_a_job_that_was_stopped_by_a_signal_is_ended_by_who_looks(jobs, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.3)
    job, processes = deaf(jobs, tmp_path)
    os.killpg(processes[0], signal.SIGSTOP)
    jobs.cancel(job)
    assert jobs.status(job).status == "running"
    assert wait(jobs, job, seconds=600).status == "cancelled"
    assert all(gone(pid, 600) for pid in processes)


def elsewhere(jobs) -> tuple[str, Path]:  # noqa: F811
    job = jobs.id_of({})
    folder = jobs.root / job
    folder.mkdir(parents=True)
    (folder / "spec.json").write_text("{}")
    there = JobState("running", pid=2**22 + 1, born="1", host="elsewhere")
    write_state(folder / "state.json", replace(there, updated=time.time() - 3600))
    return job, folder


def test_a_job_elsewhere_lives_while_it_counts_whatever_its_clock_says(jobs, monkeypatch):  # noqa: F811
    monkeypatch.setattr(process, "SILENT_SECONDS", 1e-9)  # an unchanged count is a dead job's
    job, folder = elsewhere(jobs)
    for beat in ("1", "2", "3"):
        (folder / BEAT).write_text(beat)
        assert jobs.status(job).status == "running"
    (folder / BEAT).write_text("4")
    with pytest.raises(StorageError, match="already"):
        run_job(folder, lambda *_: None)


def test_a_job_elsewhere_that_no_longer_counts_is_dead_and_can_be_taken_over(jobs, monkeypatch):  # noqa: F811
    job, folder = elsewhere(jobs)
    (folder / BEAT).write_text("7")
    assert jobs.status(job).status == "running"
    monkeypatch.setattr(process, "SILENT_SECONDS", 1e-9)
    dead = jobs.status(job)
    assert dead.status == "failed"
    assert "elsewhere" in dead.message
    assert run_job(folder, lambda *_: None).host == platform.node()


def test_a_job_counts_while_it_works(jobs, tmp_path):  # noqa: F811
    job, _ = deaf(jobs, tmp_path)
    seen, end = set(), time.monotonic() + 600
    while len(seen) < 3 and time.monotonic() < end:
        seen.add((jobs.root / job / BEAT).read_text())
        time.sleep(0.2)
    assert len(seen) == 3
    jobs.cancel(job)
    wait(jobs, job, seconds=600)


def test_one_that_was_thought_dead_leaves_the_job_to_who_took_it_over(tmp_path):
    folder = tmp_path / _id({})
    folder.mkdir()
    (folder / "spec.json").write_text("{}")
    other = JobState("running", pid=7, born="7", host="elsewhere")

    def work(asked, progress, should_stop):
        write_state(folder / "state.json", other)
        progress(1, 2)
        raise AssertionError("it went on")

    assert run_job(folder, work).status == "cancelled"
    assert read_state(folder / "state.json") == other


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root only")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> None:
    with (disk / "full").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 1024):
            pass


@pytest.mark.parametrize("how", ["progress", "work", "result"])
def test_a_job_on_a_full_disk_says_so(small_disk, how):
    asked = {"how": how}
    folder = small_disk / _id(asked)
    folder.mkdir()
    (folder / "spec.json").write_text(_text(asked))
    state.reserve_last_word(folder)

    def work(asked, progress, should_stop):
        fill(small_disk)
        if how == "progress":
            progress(1, 2)
        if how == "work":
            with (small_disk / "other").open("wb") as file:
                file.write(b"x" * 100_000)
        return {"long": "x" * 1000}

    last = run_job(folder, work)
    assert last == read_state(folder / "state.json")
    if how == "result":
        assert last.status == "done"
    else:
        assert last.status == "failed"
        assert "disk is full" in last.message
    assert not (folder / state.RESERVED).exists()


def test_the_last_word_is_kept_where_nothing_else_can_be_written(tmp_path, monkeypatch):
    path = tmp_path / "state.json"
    state.reserve_last_word(tmp_path)
    write_state(path, JobState("running"))

    def full(*_, **__):
        raise StorageError("Cannot write: the disk is full.")

    monkeypatch.setattr(state, "write_own", full)
    state.write_last_word(path, JobState("failed", message="the disk is full" + "x" * 99_999))
    assert read_state(path).status == "failed"
    assert read_state(path).message.startswith("the disk is full")
    with pytest.raises(StorageError):  # nothing set aside any more
        state.write_last_word(path, JobState("failed"))
    assert execution._is_disk_full(OSError(errno.EDQUOT, "quota"))
