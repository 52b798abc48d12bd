"""The probe store on object stores, through fsspec: its own in memory, and S3 over HTTP.

For S3: s3fs, moto[s3], flask, flask-cors. Forty packages, and botocore wants python-dateutil 2,
where constraints.txt pins 4: so not in requirements-dev.txt. ./scripts/check-pythons, which takes
the newest versions, installs them, and CI kills a run there.
file:// is a disk.
"""

from __future__ import annotations

import multiprocessing
import threading

import fsspec
import numpy as np
import pytest
import requests

from tests.jobs.test_store import GENES, KEY, curves, damaged
from ugrn_core.errors import OptionError, StorageError
from ugrn_core.jobs.claims import Claims
from ugrn_core.jobs.store import ProbeStore
from ugrn_core.settings import read_settings


@pytest.fixture(params=["memory", "s3"])
def url(request):
    if request.param == "s3":
        yield request.getfixturevalue("bucket")
        return
    yield "memory://probes"
    files = fsspec.filesystem("memory")
    if files.exists("/probes"):
        files.rm("/probes", recursive=True)


@pytest.fixture
def s3_server(monkeypatch):
    """A local server that speaks S3, and the environment that leads to it."""
    for needed in ("s3fs", "moto.server", "flask_cors"):
        pytest.importorskip(needed, reason=f"S3 is tested where {needed} is installed")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        type(fsspec.filesystem("s3")).clear_instance_cache()  # one of before had no credentials
        requests.post(f"http://127.0.0.1:{port}/moto-api/reset", timeout=10)
        yield server
    finally:
        server.stop()
        type(fsspec.filesystem("s3")).clear_instance_cache()


@pytest.fixture
def bucket(s3_server):
    """A bucket of that server."""
    fsspec.filesystem("s3").mkdir("bucket")
    return "s3://bucket/probes"


def _object(url: str, name: str):
    files, prefix = fsspec.core.url_to_fs(url)
    return files, f"{prefix}/{KEY.digest}/{name}"


def test_what_was_written_comes_back_in_another_store(url):
    store = ProbeStore(url, KEY)
    assert store.read(3) is None
    assert store.done() == []
    store.write(3, *curves(3))
    store.write_baseline(np.arange(12, dtype=np.float32))
    again = ProbeStore(url, KEY)
    for name, kept, made in zip(("vvp", "gdt"), again.read(3), curves(3)):
        np.testing.assert_array_equal(kept, made, err_msg=name)
    np.testing.assert_array_equal(again.curve(3, 7)[1], curves(3)[1][:, 7])
    np.testing.assert_array_equal(again.read_baseline(), np.arange(12))
    assert again.done() == [3]
    with again.claim(3) as mine:
        assert mine  # no locks there: work may be done twice, never wrongly


def test_a_damaged_object_is_named_and_can_be_written_again(url, caplog):
    store = ProbeStore(url, KEY)
    store.write(4, *curves(4))
    files, chunk = _object(url, "gdt/c/4/0/0")
    content = files.cat_file(chunk)
    files.pipe_file(chunk, content[: len(content) // 2])
    assert damaged(ProbeStore(url, KEY)) == ["G4"]
    assert "G4" in caplog.text
    store.write(4, *curves(4))
    assert damaged(store) == []


def test_a_source_is_done_only_when_marked(url):
    store = ProbeStore(url, KEY)
    store.write(2, *curves(2))
    files, marker = _object(url, "done/2.json")
    files.rm_file(marker)  # as if killed between the chunks and the marker
    again = ProbeStore(url, KEY)
    assert again.read(2) is None
    assert again.done() == []


def test_a_foreign_manifest_is_refused(url):
    ProbeStore(url, KEY)
    files, manifest = _object(url, "manifest.json")
    files.pipe_file(manifest, b"{}")
    with pytest.raises(StorageError, match="describes something else"):
        ProbeStore(url, KEY)


def _write(url: str, sources: tuple[int, ...]) -> None:
    store = ProbeStore(url, KEY)
    for source in sources:
        store.write(source, *curves(source))


def test_two_threads_write_one_store(url):
    both = [threading.Thread(target=_write, args=(url, s)) for s in ((0, 1, 2, 5), (2, 3, 4, 5))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    store = ProbeStore(url, KEY)
    assert store.done() == [0, 1, 2, 3, 4, 5]
    assert damaged(store) == []


def test_two_processes_write_one_bucket(bucket):
    _two_processes(bucket)


def test_a_file_address_is_a_folder_and_two_processes_may_write(tmp_path):
    _two_processes(tmp_path.as_uri())
    with ProbeStore(tmp_path.as_uri(), KEY).claim(0) as mine:
        assert mine
    assert (tmp_path / KEY.digest / "claims").is_file()


def _two_processes(url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=_write, args=(url, s)) for s in ((0, 1, 2, 5), (2, 3, 4, 5))]
    for process in both:
        process.start()
    for process in both:
        process.join(600)
        assert process.exitcode == 0
    store = ProbeStore(url, KEY)
    assert store.done() == [0, 1, 2, 3, 4, 5]
    assert damaged(store) == []


@pytest.mark.parametrize("url", ["s3://bucket/x", "nosuchthing://x"])
def test_an_address_that_cannot_be_opened_says_what_to_install(monkeypatch, url):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    words = r"s3fs|is no place|Check the address, the credentials"
    with pytest.raises((OptionError, StorageError), match=words):
        ProbeStore(url, KEY)


def test_the_environment_names_the_store(tmp_path):
    assert read_settings({"UGRN_STORE": "memory://x"}).probes == "memory://x"
    assert read_settings({"UGRN_HOME": str(tmp_path)}).probes == tmp_path / "probes"


def _holds(path, number: int, answer) -> None:
    with Claims(path).hold(number) as mine:
        answer.put(mine)


def test_a_second_store_of_the_process_keeps_the_first_ones_claims(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    first = ProbeStore(tmp_path, KEY)
    path, answer = tmp_path / KEY.digest / "claims", spawn.Queue()
    with first.claim(7) as mine:
        assert mine
        second = ProbeStore(tmp_path, KEY)
        del second  # closing another handle of the file would drop the lock
        other = spawn.Process(target=_holds, args=(path, 7, answer))
        other.start()
        assert answer.get(timeout=600) is False
        other.join()
    assert len(GENES) == 12
