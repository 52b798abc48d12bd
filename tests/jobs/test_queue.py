"""The line of the machine: N at work, the others told their place, the dead no longer in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.jobs.test_runner import COMMAND, spec, wait
from ugrn_core.errors import Cancelled, OptionError, StorageError
from ugrn_core.jobs.queue import default_slots, machine_queue
from ugrn_core.jobs.runner import Jobs
from ugrn_core.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("SLOTS", "1")
    return Jobs(tmp_path / "jobs", COMMAND)


def until(condition) -> None:
    end = time.monotonic() + 600
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_one_works_and_the_others_wait_in_the_order_they_came(tmp_path):
    queue, order, told = machine_queue(tmp_path, 1), [], {}
    gate, threads = threading.Event(), []

    def visit(name: str) -> None:
        with queue.turn(name, lambda before: told.setdefault(name, []).append(before)):
            order.append(name)
            gate.wait(600)

    for k, name in enumerate("abc"):
        threads.append(threading.Thread(target=visit, args=(name,)))
        threads[-1].start()
        until(lambda k=k, name=name: queue.before(name) == k)
    assert order == ["a"]
    assert queue.before("nobody") is None
    gate.set()
    for thread in threads:
        thread.join(600)
    assert order == ["a", "b", "c"]
    assert told["b"][0] == 1
    assert told["c"][0] == 2
    assert "a" not in told
    assert [queue.before(name) for name in "abc"] == [None] * 3


def test_two_slots_are_two_at_work(tmp_path):
    queue = machine_queue(tmp_path, 2)
    with queue.turn("a"), queue.turn("b"):
        with pytest.raises(Cancelled), queue.turn("c", should_stop=lambda: True):
            raise AssertionError("a third")
        assert queue.before("c") is None
    with machine_queue(tmp_path, 3).turn("d"):
        pass


HOLD = (
    "import sys, time; from pathlib import Path; from ugrn_core.jobs.queue import machine_queue\n"
    "with machine_queue(Path(sys.argv[1]), 1).turn('held'):\n"
    "    print('in', flush=True); time.sleep(600)"
)


def test_the_place_of_one_that_was_killed_is_free_at_once(tmp_path):
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, cwd=ROOT) as other:
        other.stdout.readline()
        queue = machine_queue(tmp_path, 1)
        assert queue.before("held") == 0
        with pytest.raises(Cancelled), queue.turn("mine", should_stop=lambda: True):
            raise AssertionError("two at work")
        other.kill()
        other.wait()
    assert queue.before("held") is None
    with queue.turn("mine"):
        assert queue.before("mine") == 0


def test_jobs_of_one_home_wait_for_each_other_and_can_be_stopped_waiting(jobs, tmp_path):
    queue = machine_queue(tmp_path, 1)
    first = jobs.start(spec(tmp_path, steps=10_000, pause=0.05))
    others = [{"steps": k, "trace": str(tmp_path / f"trace{k}")} for k in (1, 2)]
    until(lambda: queue.before(first) == 0)
    second, third = map(jobs.start, others)
    until(lambda: {queue.before(second), queue.before(third)} == {1, 2})
    assert {jobs.status(job).status for job in (second, third)} == {"queued"}
    jobs.cancel(second)
    assert wait(jobs, second, seconds=600).status == "cancelled"
    until(lambda: queue.before(third) == 1)
    os.kill(jobs.status(first).pid, signal.SIGKILL)
    assert wait(jobs, third, seconds=600).status == "done"
    assert jobs.status(third).started > 0


def test_the_line_is_as_wide_as_the_settings_say(tmp_path):
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert default_slots() == max(1, cores // 2)
    assert read_settings({"UGRN_JOBS": "3"}).slots == 3
    assert read_settings({}).slots is None
    with pytest.raises(OptionError, match="UGRN_JOBS"):
        read_settings({"UGRN_JOBS": "0"})


def test_a_line_that_cannot_be_made_is_named_as_a_whole(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refuse)
    line = machine_queue(tmp_path / "home", 1)
    said = rf"Cannot make {tmp_path / 'home'}/queue/\w+: .*read-only"
    with pytest.raises(StorageError, match=said), line.turn("a"):
        raise AssertionError("it has no turn")
