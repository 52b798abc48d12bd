"""One interface, three places: the same bits from this process, its workers and a Dask cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.probes.checkpoints import write_checkpoint
from ugrn_core.backbones import open_backbone
from ugrn_core.errors import Cancelled, CheckpointError, ClusterError
from ugrn_core.experiment.curves import probing, workers
from ugrn_core.jobs import dask_cluster
from ugrn_core.jobs.dask_cluster import DaskCluster, address_in
from ugrn_core.jobs.executors import LocalWorkers, run_all
from ugrn_core.jobs.process import birth, is_alive
from ugrn_core.jobs.queue import machine_queue
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import Settings
from ugrn_core.types import Panel

ROOT = Path(__file__).resolve().parents[3]
GENES = tuple(f"GENE{k}" for k in range(500))  # shares of 4 sources
SOURCES = GENES[:32]


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    return open_backbone(write_checkpoint(tmp_path_factory.mktemp("b") / "w", "scgpt", GENES))


@pytest.fixture
def ask(wide):
    def make(store: Path, **watch):
        panel, settings = Panel(GENES), default_settings(wide, grid=(0.0, 1.0))
        return probing.request(wide, panel, SOURCES, settings, store, **watch)

    return make


@pytest.fixture(scope="module")
def expected(wide):
    settings = default_settings(wide, grid=(0.0, 1.0))
    with workers.one_thread():
        return probing.request(wide, Panel(GENES), SOURCES, settings).curves


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers, each a process; yields (scheduler file, worker processes)."""
    with started_cluster(tmp_path, str(ROOT), 2) as both:
        yield both


@pytest.fixture
def bare_cluster(tmp_path):
    """The address of a scheduler and a worker whose Python does not know ugrn_core."""
    with started_cluster(tmp_path, "", 1) as (file, _):
        yield address_in(file)


@contextmanager
def started_cluster(tmp_path, path: str, count: int):
    pytest.importorskip("distributed")
    file, started = tmp_path / "scheduler.json", []

    def start(module: str, *more: str) -> subprocess.Popen:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *more]
        variables = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
        with (tmp_path / f"{module}{len(started)}.log").open("wb") as log:
            started.append(
                subprocess.Popen(command, cwd=tmp_path, env=variables, stdout=log, stderr=log)
            )
        return started[-1]

    start(
        "dask_scheduler",
        "--scheduler-file",
        str(file),
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
    )
    end = time.monotonic() + 600
    while not file.exists():
        assert time.monotonic() < end, "the scheduler did not come up"
        time.sleep(0.1)
    options = ("--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard")
    both = [start("dask_worker", *options) for _ in range(count)]
    try:
        yield file, both
    finally:
        for process in reversed(started):
            process.kill()
            process.wait(600)


def joined(address: str, count: int) -> DaskCluster:
    """Return the cluster once `count` workers have joined."""
    place, end = DaskCluster(address), time.monotonic() + 600
    while place.workers() < count:
        assert time.monotonic() < end, "the workers did not join"
        time.sleep(0.2)
    return place


def check(asked, expected) -> None:
    assert asked.store.done() == list(range(len(SOURCES)))
    assert all(asked.store.read(source) is not None for source in asked.store.done())
    for name in ("vvp", "gdt", "baseline_output"):
        np.testing.assert_array_equal(getattr(asked.curves, name), getattr(expected, name))


def test_local_workers_give_the_bits_of_this_process(ask, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "SMALL", 0)
    seen = []
    asked = ask(tmp_path, progress=lambda done, total: seen.append((done, total)))
    workers.fill_store(asked, tmp_path, LocalWorkers(2))
    assert seen[0] == (0, 32)
    assert seen[-1] == (32, 32)
    check(ask(tmp_path), expected)


def test_auto_is_a_device_to_share_only_where_cuda_is(ask, wide, tmp_path, monkeypatch):
    asked = ask(tmp_path)
    monkeypatch.setattr(workers, "SMALL", 0)
    for device, cuda in (("cpu", False), ("auto", False), ("auto", True)):
        monkeypatch.setattr(wide, "device", device)
        monkeypatch.setattr(torch.cuda, "is_available", lambda cuda=cuda: cuda)
        assert workers.is_small(asked, asked.sources, LocalWorkers(2)) == cuda


def test_a_stop_keeps_what_was_finished_and_the_next_run_does_the_rest(
    ask, expected, tmp_path, monkeypatch
):
    monkeypatch.setattr(workers, "SMALL", 0)
    seen = []
    asked = ask(tmp_path, progress=lambda d, t: seen.append(d), should_stop=lambda: seen[-1] > 0)
    with pytest.raises(Cancelled):
        workers.fill_store(asked, tmp_path, LocalWorkers(2))
    kept = len(asked.store.done())
    assert 0 < kept < 32
    again = ask(tmp_path, progress=lambda d, t: seen.append(d))
    workers.fill_store(again, tmp_path, LocalWorkers(1))
    assert kept in seen
    check(ask(tmp_path), expected)


def test_a_cluster_that_loses_a_worker_finishes_with_the_same_bits(
    ask, expected, cluster, tmp_path
):
    file, both = cluster
    place = joined(address_in(file), 2)
    killed = []

    def progress(done: int, total: int) -> None:
        if done > 0 and not killed:
            assert done < total
            killed.append(both[0].pid)
            os.kill(both[0].pid, signal.SIGKILL)

    asked = ask(tmp_path / "store", progress=progress)
    workers.fill_store(asked, tmp_path / "store", place)
    assert killed
    assert both[0].wait(600) == -signal.SIGKILL
    assert both[1].poll() is None
    check(ask(tmp_path / "store"), expected)


def test_a_cluster_run_can_be_stopped(ask, cluster, tmp_path):
    file, _ = cluster
    seen = []
    asked = ask(tmp_path / "s", progress=lambda d, t: seen.append(d), should_stop=lambda: max(seen))
    with pytest.raises(Cancelled):
        workers.fill_store(asked, tmp_path / "s", DaskCluster(address_in(file)))
    assert 0 < len(ask(tmp_path / "s").store.done()) < 32


def test_a_cluster_without_ugrn_says_who_lacks_it(ask, bare_cluster, tmp_path, monkeypatch):
    place = joined(bare_cluster, 1)
    monkeypatch.setattr(dask_cluster, "READY_SECONDS", 5)
    with pytest.raises(ClusterError, match=r"tcp://127.0.0.1:\d+ .*cannot import ugrn_core"):
        workers.fill_store(ask(tmp_path / "s"), tmp_path / "s", place)


def test_a_run_ends_when_all_workers_have_left(ask, cluster, tmp_path, monkeypatch):
    file, both = cluster
    place = joined(address_in(file), 2)
    monkeypatch.setattr(dask_cluster, "READY_SECONDS", 5)

    def progress(done: int, total: int) -> None:
        if done > 0:
            for process in both:
                process.kill()

    asked = ask(tmp_path / "s", progress=progress)
    with pytest.raises(ClusterError, match="No worker of the scheduler is left"):
        workers.fill_store(asked, tmp_path / "s", place)
    assert ask(tmp_path / "s").store.done()
    assert not list((tmp_path / "s").glob(".seen*"))


def test_a_command_waits_in_the_line_of_the_machine_and_says_where(tmp_path, capsys):
    settings, entered, said = Settings(tmp_path, tmp_path, slots=1), threading.Event(), ""

    def command() -> None:
        with workers.turn(settings, LocalWorkers(1)):
            entered.set()

    waiting = threading.Thread(target=command)
    with machine_queue(tmp_path, 1).turn("another"):
        with workers.turn(settings, DaskCluster("tcp://127.0.0.1:9")):
            pass  # what is done elsewhere does not wait for this machine
        waiting.start()
        end = time.monotonic() + 600
        while "waiting: 1 before you" not in said:
            assert time.monotonic() < end
            said += capsys.readouterr().err
        assert not entered.is_set()
    waiting.join(600)
    assert entered.is_set()


def test_weights_are_read_and_the_sweep_is_made_once_a_process(
    ask, wide, expected, tmp_path, monkeypatch
):
    opened, made = [], []
    real = type(wide).sweep
    workers.backbones.open_folder.cache_clear()
    workers._bench.cache_clear()
    monkeypatch.setattr(type(wide), "sweep", lambda *a: (made.append(1), real(*a))[1])
    import ugrn_core.backbones as backbones

    monkeypatch.setattr(
        backbones, "open_backbone", lambda *a: (opened.append(1), open_backbone(*a))[1]
    )
    asked = ask(tmp_path)
    for share in workers.shares(asked, SOURCES, tmp_path):
        workers.probe_share(share)
    assert (len(opened), len(made)) == (1, 1)
    check(asked, expected)


def test_other_weights_on_a_worker_are_refused(ask, tmp_path):
    (share, *_) = workers.shares(ask(tmp_path), SOURCES, tmp_path)
    other = workers.Share(**(vars(share) | {"checksum": "0" * 64}))
    with pytest.raises(CheckpointError, match="not those of this run"):
        workers.probe_share(other)


def test_a_worker_that_dies_is_named_in_one_sentence(tmp_path):
    with pytest.raises(ClusterError, match="kept"):
        run_all(LocalWorkers(1), os._exit, [3], lambda spec: None)


def test_a_scheduler_that_is_not_there_is_named(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(ClusterError, match="No Dask scheduler answers"):
        DaskCluster("tcp://127.0.0.1:9").workers()
    with pytest.raises(ClusterError, match="No Dask scheduler answers"):
        DaskCluster("no address").workers()
    with pytest.raises(ClusterError, match="not a Dask scheduler file"):
        address_in(tmp_path / "none.json")


def _sleep_and_tell(file: Path) -> None:
    file.write_text(str(os.getpid()))
    time.sleep(3600)


def _run_in_a_worker(file: Path) -> None:
    run_all(LocalWorkers(1), _sleep_and_tell, [file], lambda spec: None)


def test_workers_end_with_a_parent_that_was_killed(tmp_path):
    file = tmp_path / "pid"
    parent = get_context("spawn").Process(target=_run_in_a_worker, args=(file,))
    parent.start()
    end = time.monotonic() + 600
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < end, "the worker did not start"
        time.sleep(0.1)
    worker = int(file.read_text())
    born = birth(worker)
    parent.kill()
    parent.join(600)
    while is_alive(worker, born):
        assert time.monotonic() < end, "the worker outlived its parent"
        time.sleep(0.1)
