"""A run that is killed while it writes to an object store, and a store that goes away: what was
finished stays, the rest is made again, and nothing is ever half there.

On file:// everywhere, on S3 where moto and s3fs are installed (see test_object_store).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time

import numpy as np
import pytest

from tests.jobs.test_object_store import bucket, s3_server  # noqa: F401 - fixtures
from tests.jobs.test_store import KEY, curves, damaged
from ugrn_core.errors import StorageError
from ugrn_core.jobs.store import ProbeStore

SOURCES = tuple(range(12))
PATIENCE = 120.0


def write_all(address: str, pause: float, wrote) -> None:
    """Write every source that is not there yet, and say which."""
    store = ProbeStore(address, KEY)
    for source in sorted(set(SOURCES) - set(store.done())):
        store.write(source, *curves(source))
        wrote.put(source)
        time.sleep(pause)


@pytest.fixture(params=["file", "s3"])
def address(request, tmp_path):
    return tmp_path.as_uri() if request.param == "file" else request.getfixturevalue("bucket")


def test_a_run_killed_in_mid_run_goes_on_where_it_was(address):
    spawn = multiprocessing.get_context("spawn")
    wrote = spawn.Queue()
    run = spawn.Process(target=write_all, args=(address, 0.1, wrote))
    run.start()
    first = [wrote.get(timeout=PATIENCE) for _ in range(3)]
    os.kill(run.pid, signal.SIGKILL)
    run.join(PATIENCE)
    assert run.exitcode == -signal.SIGKILL
    there = ProbeStore(address, KEY).done()
    assert set(first) <= set(there) < set(SOURCES)  # some, not all
    again = spawn.Queue()
    second = spawn.Process(target=write_all, args=(address, 0.0, again))
    second.start()
    second.join(PATIENCE)
    assert second.exitcode == 0
    made = [again.get(timeout=5) for _ in range(len(SOURCES) - len(there))]
    assert sorted([*made, *there]) == list(SOURCES)  # what was finished is not made again
    store = ProbeStore(address, KEY)
    assert damaged(store) == []
    for source in SOURCES:
        for have, made_of in zip(store.read(source), curves(source)):
            np.testing.assert_array_equal(have, made_of)


def test_a_store_that_goes_away_is_said_and_gone_on_with(bucket, s3_server, monkeypatch):  # noqa: F811
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    store = ProbeStore(bucket, KEY)
    store.write(0, *curves(0))
    host, port = s3_server.get_host_and_port()
    s3_server.stop()
    with pytest.raises(StorageError):
        store.write(1, *curves(1))
    back = type(s3_server)(host, port, verbose=False)
    back.start()
    try:
        again = ProbeStore(bucket, KEY)
        assert again.done() == [0]
        again.write(1, *curves(1))
        assert again.done() == [0, 1]
    finally:
        back.stop()
