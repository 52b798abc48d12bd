"""A cluster that never answers, workers that cannot do the work, work whose workers have left."""

from __future__ import annotations

import gc
import socket
import subprocess
import sys
import threading
from concurrent.futures import CancelledError, Future
from contextlib import suppress

import cloudpickle
import pytest

from ugrn_core.errors import ClusterError
from ugrn_core.jobs import dask_cluster
from ugrn_core.jobs.dask_cluster import DaskCluster
from ugrn_core.types import SWEEP


@pytest.fixture
def mute():
    """The address of a port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connections = []

        def accept() -> None:
            while True:
                try:
                    connections.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        for connection in connections:
            connection.close()


def test_a_scheduler_that_accepts_and_never_answers_is_named(mute, monkeypatch, capfd):
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 1)
    for call in (DaskCluster(mute).workers, DaskCluster(mute).executor().__enter__):
        with pytest.raises(ClusterError, match="No Dask scheduler answers"):
            call()
    gc.collect()
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "noise",
    [b"\0" * 64, b"HTTP/1.0 400 Bad Request\r\n\r\n", b"\x08" + b"\0" * 7 + b"\xff" * 8, b""],
)
def test_what_answers_and_is_no_scheduler_is_named(noise, monkeypatch, capfd):
    pytest.importorskip("distributed")
    monkeypatch.setattr(dask_cluster, "CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    with server.accept()[0] as connection:
                        connection.sendall(noise)

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(ClusterError, match="No Dask scheduler answers"):
            DaskCluster(f"tcp://127.0.0.1:{server.getsockname()[1]}").workers()
    gc.collect()
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_trial_says_what_a_worker_cannot_do(tmp_path):
    trial = dask_cluster._trial()
    assert trial(("ugrn_core",), (str(tmp_path),), SWEEP) == ""
    assert "cannot import nosuch" in trial(("ugrn_core", "nosuch"), (), SWEEP)
    assert "does not see /no/store" in trial(("ugrn_core",), (str(tmp_path), "/no/store"), SWEEP)
    assert "another version" in trial(("ugrn_core",), (), SWEEP + 1)


def test_a_trial_travels_to_a_python_that_lacks_the_package(tmp_path):
    (tmp_path / "trial").write_bytes(cloudpickle.dumps(dask_cluster._trial()))
    code = "import pickle, sys; print(pickle.load(open('trial', 'rb'))(('ugrn_core',), (), 1))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("cannot import ugrn_core")


class Crew:
    able = frozenset({"a", "b"})

    def count(self) -> int:
        return len(self.able)


class Client:
    """Stands for a connection: what was sent where, each with the future that answers it."""

    def __init__(self) -> None:
        self.sent: list[tuple[object, list[str], Future]] = []

    def get_executor(self, **_: object) -> Client:
        return self

    def submit(self, work, *what, workers):
        self.sent.append((what[0], workers, Future()))
        return self.sent[-1][2]


def test_what_only_workers_that_left_might_do_goes_to_those_who_came():
    crew, client = Crew(), Client()
    shares = dask_cluster._Shares(client, crew)
    first, second, third = (shares.submit(print, k) for k in range(3))
    assert [workers for _, workers, _ in client.sent] == [["a", "b"]] * 3
    client.sent[0][2].set_result("done")
    assert first.result(5) == "done"
    crew.able = frozenset({"b"})
    assert shares.workers() == 1
    assert len(client.sent) == 3  # b may do them still
    crew.able = frozenset()
    assert shares.workers() == 0
    assert len(client.sent) == 3  # nobody to send them to
    third.cancel()
    crew.able = frozenset({"c"})
    shares.workers()
    assert [(what, workers) for what, workers, _ in client.sent[3:]] == [(1, ["c"])]
    assert client.sent[1][2].cancelled()
    assert not second.done()  # the end of the first sending is not its end
    client.sent[3][2].set_exception(ZeroDivisionError())
    assert isinstance(second.exception(5), ZeroDivisionError)


def test_a_scheduler_that_cancels_is_one_that_went_away():
    shares = dask_cluster._Shares(client := Client(), Crew())
    share = shares.submit(print, 0)
    client.sent[0][2].cancel()
    client.sent[0][2].set_running_or_notify_cancel()
    assert isinstance(share.exception(5), CancelledError)


def test_workers_that_a_cluster_starts_by_need_are_wished_for(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr(dask_cluster, "READY_SECONDS", 240.0)  # a loaded machine
    with distributed.LocalCluster(
        n_workers=0, threads_per_worker=1, dashboard_address=None, memory_limit=0
    ) as cluster:
        cluster.adapt(minimum=0, maximum=1, interval="200ms")
        with DaskCluster(cluster.scheduler_address).executor() as shares:
            assert shares.submit(pow, 2, 5).result(240) == 32
