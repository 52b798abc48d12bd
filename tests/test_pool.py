"""The pool's processes: not the script of who starts them, one thread each, gone with a failure."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from ugrn_core import pool
from ugrn_core.jobs.process import birth

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = """
import os, sys
from pathlib import Path
from ugrn_core import pool

with Path(sys.argv[1]).open("a") as trace:
    trace.write("run\\n")
with pool.processes(2) as executor:
    print(executor.submit(os.getpid).result() != os.getpid())
"""


def test_the_script_that_starts_them_is_not_run_again(tmp_path):
    script, trace = tmp_path / "page.py", tmp_path / "trace"
    script.write_text(SCRIPT)  # as a page's: without a guard for `__main__`
    done = subprocess.run(
        [sys.executable, str(script), str(trace)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "True", done.stderr
    assert trace.read_text() == "run\n"


def test_a_process_has_one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    with pool.processes(1) as executor:
        assert executor.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"


held: list[bytearray] = []


def _hold(size: int) -> int:
    time.sleep(1.1)  # the pool looks at its processes' memory once a second
    held.append(bytearray(size))
    return os.getpid()


def test_a_process_that_keeps_a_large_backbone_is_not_taken_for_one_that_leaks():
    with pool.processes(1) as executor:
        processes = [executor.submit(_hold, size).result() for size in (1, 500_000_000, 1)]
    assert len(set(processes)) == 1


def _tell_and_sleep(file: Path) -> None:
    file.write_text(str(os.getpid()))
    time.sleep(600)


def test_leaving_by_an_exception_ends_what_they_are_at(tmp_path):
    file = tmp_path / "pid"

    def leave() -> None:
        with pool.processes(1) as executor:
            executor.submit(_tell_and_sleep, file)
            while not (file.exists() and file.read_text()):
                time.sleep(0.05)
            raise KeyError

    with pytest.raises(KeyError):
        leave()
    assert birth(int(file.read_text())) is None


def test_a_death_is_told():
    with pytest.raises(BrokenProcessPool), pool.processes(1) as executor:
        executor.submit(os._exit, 3).result()
