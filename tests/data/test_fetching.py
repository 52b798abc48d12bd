"""Downloading from a local server that misbehaves, up to a folder the benchmark reads."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import numpy as np
import pytest

from tests.data.serving import Server, zipped
from ugrn_core.data import download as downloading
from ugrn_core.data import web
from ugrn_core.data.download import RemoteFile, download, record_files
from ugrn_core.errors import InputError, MissingDataError, StorageError
from ugrn_core.experiment.catalog import fetch
from ugrn_core.settings import Settings

BODY = np.random.default_rng(0).bytes(3_000_000)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def remote(server: Server, body: bytes = BODY) -> RemoteFile:
    server.files["/big.zip"] = body
    md5 = hashlib.md5(BODY, usedforsecurity=False).hexdigest()
    return RemoteFile("big.zip", len(BODY), md5, f"{server.url}/big.zip")


def test_an_interrupted_download_goes_on_where_it_was(server, tmp_path):
    server.stop_after, seen = 1_200_000, []
    path = download(remote(server), tmp_path, lambda done, total: seen.append(done), pause=0)
    assert path.read_bytes() == BODY
    starts = [int(r[6:-1]) if r else 0 for _, r in server.asked]
    assert len(starts) >= 3
    assert starts == sorted(set(starts))  # every request asks for more than the one before
    assert seen == sorted(seen)
    assert seen[-1] == len(BODY)
    assert [p.name for p in tmp_path.iterdir()] == ["big.zip"]
    asked = len(server.asked)
    download(remote(server), tmp_path)
    assert len(server.asked) == asked  # what is whole is not asked for again


def test_what_an_earlier_process_left_is_gone_on_with(server, tmp_path):
    file = remote(server)
    (tmp_path / f"big.zip.{file.digest[:8]}.part").write_bytes(BODY[:1000])
    assert download(file, tmp_path, pause=0).read_bytes() == BODY
    assert server.asked == [("/big.zip", "bytes=1000-")]


def test_a_server_without_ranges_is_asked_for_all_of_it(server, tmp_path):
    server.ranges = False
    file = remote(server)
    (tmp_path / f"big.zip.{file.digest[:8]}.part").write_bytes(b"x" * 1000)
    assert download(file, tmp_path, pause=0).read_bytes() == BODY


@pytest.mark.parametrize(
    ("body", "words"),
    [(BODY[:-1] + b"?", "checksum"), (BODY + b"more", "offers 3,000,004"), (b"", "offers 0 bytes")],
    ids=["changed", "longer", "empty"],
)
def test_other_bytes_than_promised_are_not_kept(body, words, server, tmp_path):
    with pytest.raises(MissingDataError, match=words):
        download(remote(server, body), tmp_path, pause=0)
    assert not list(tmp_path.iterdir())


def test_a_server_that_gives_another_part_is_asked_for_the_whole(server, tmp_path):
    server.shift, server.stop_after = 7, 1_200_000
    file = remote(server)
    with pytest.raises(MissingDataError, match="Check the connection"):  # it never gets on
        download(file, tmp_path, pause=0)
    assert len(server.asked) < 20
    server.stop_after = None
    assert download(file, tmp_path, pause=0).read_bytes() == BODY


def test_a_server_that_drips_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(downloading, "PACE_SECONDS", 0.2)
    server.drip = 0.02
    with pytest.raises(MissingDataError, match="under 1024 bytes a second"):
        download(remote(server), tmp_path, pause=0)
    server.files["/record"] = b'{"files": []}' + b" " * 10_000
    with pytest.raises(MissingDataError, match="not with a record's list"):
        record_files(f"{server.url}/record")


@pytest.mark.parametrize("line", [b"HTTP/1.1 100 Continue\r\n\r\n", b"H"])
def test_a_head_without_end_is_no_answer(line, server, tmp_path, monkeypatch):
    monkeypatch.setattr(web, "ANSWER_SECONDS", 0.1)
    server.endless = line
    with pytest.raises(MissingDataError, match="Check the connection"):
        download(remote(server), tmp_path, pause=0)
    with pytest.raises(MissingDataError, match="Check the connection"):
        record_files(f"{server.url}/record")
    server.endless = b""


def test_a_busy_server_is_asked_again_when_it_says(server, tmp_path, monkeypatch):
    waits = []
    clock = SimpleNamespace(sleep=waits.append, monotonic=time.monotonic)  # of downloads alone
    monkeypatch.setattr(downloading, "time", clock)
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server.answers = [(429, {"Retry-After": "7"}), (503, {}), (429, {"Retry-After": soon})]
    said: list[str] = []
    assert download(remote(server), tmp_path, pause=0, say=said.append).read_bytes() == BODY
    assert waits[:2] == [7, 0]
    assert 0 < waits[2] <= 60  # of the clock, that is
    assert "is busy (429): asking again in 7 seconds" in said[0]


def test_a_server_that_stays_busy_is_named_with_the_wait_it_asks_for(server, tmp_path, monkeypatch):
    waits = []
    clock = SimpleNamespace(sleep=waits.append, monotonic=time.monotonic)
    monkeypatch.setattr(downloading, "time", clock)
    server.answers = [(429, {"Retry-After": "999999"})] * 9
    with pytest.raises(MissingDataError, match=r"429 and asks to wait 11 days.*again then"):
        download(remote(server), tmp_path, pause=0)
    assert waits == []  # nobody sits before it
    server.answers = [(503, {"Retry-After": "50"})] * 9
    with pytest.raises(MissingDataError, match=r"503 and asks to wait 50 seconds"):
        download(remote(server), tmp_path, pause=0)
    assert sum(waits) <= downloading.LONGEST_WAIT
    server.answers = [(429, {"Retry-After": "4000"})]
    with pytest.raises(MissingDataError, match=r"429 and asks to wait 1 hour and 7 minutes"):
        record_files(f"{server.url}/record")


def test_a_redirect_is_followed_and_a_circle_is_not(server, tmp_path):
    file = remote(server)
    server.files["/moved"] = BODY
    server.answers = [(302, {"Location": "/moved"})]
    assert download(file, tmp_path, pause=0).read_bytes() == BODY
    assert server.asked[-1][0] == "/moved"
    (tmp_path / "big.zip").unlink()
    server.answers = [(302, {"Location": "/big.zip"})] * 100
    with pytest.raises(MissingDataError, match="leads in a circle"):
        download(file, tmp_path, pause=0)


def test_headers_that_are_no_numbers_or_addresses_break_nothing(server, tmp_path):
    server.answers = [(429, {"Retry-After": "\xb2"}), (503, {"Retry-After": "-1"})]
    assert download(remote(server), tmp_path, pause=0).read_bytes() == BODY
    server.answers = [(302, {"Location": "http://[::no"})] * 5
    with pytest.raises(MissingDataError, match="Check the connection"):
        record_files(f"{server.url}/record")


def test_a_web_page_in_place_of_the_file_is_named(server, tmp_path):
    server.kind = "text/html; charset=utf-8"
    with pytest.raises(MissingDataError, match="a web page in place of"):
        download(remote(server), tmp_path, pause=0)
    assert not list(tmp_path.iterdir())


def test_a_disk_too_small_is_said_before_anything_is_asked_for(server, tmp_path, monkeypatch):
    monkeypatch.setattr(downloading.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(StorageError, match="Free some space"):
        download(remote(server), tmp_path, pause=0)
    assert not server.asked


def test_a_record_without_end_or_depth_is_no_record(server):
    for body, why in ((b" " * (6 << 20), "longer than 4"), (b"[" * 100_000, "maximum rec")):
        server.files["/record"] = body
        with pytest.raises(MissingDataError, match=rf"not with a record's list.*\({why}"):
            record_files(f"{server.url}/record")


def test_offline_is_one_sentence_that_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    closed = Server()
    closed.server_close()
    with pytest.raises(MissingDataError, match=r"Check the connection.*UGRN_BEELINE") as caught:
        record_files(f"{closed.url}/3378975")
    assert "\n" not in str(caught.value)
    file = RemoteFile("big.zip", 10, "0" * 32, f"{closed.url}/big.zip")
    with pytest.raises(MissingDataError, match="what has arrived is kept"):
        download(file, tmp_path, pause=0)


def test_a_file_that_is_not_there_is_asked_for_once(server, tmp_path):
    file = RemoteFile("gone.zip", 10, "0" * 32, f"{server.url}/gone.zip")
    with pytest.raises(MissingDataError, match="it answered 404"):
        download(file, tmp_path, pause=60)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"key": "../../etc/passwd"},
        {"key": "a b"},
        {"checksum": "md5:xyz"},
        {"checksum": "none"},
        {"size": -1},
        {"size": "3"},
        {"size": 1e300},
        {"links": {"self": "file:///etc/passwd"}},
        {"links": {}},
    ],
)
def test_a_record_that_lists_anything_else_is_refused(change, server):
    entry = {"key": "a.zip", "size": 3, "checksum": "md5:" + "0" * 32}
    entry |= {"links": {"self": f"{server.url}/a.zip"}}
    server.files["/good"] = json.dumps({"files": [entry]}).encode()
    assert record_files(f"{server.url}/good")[0].name == "a.zip"
    server.files["/bad"] = json.dumps({"files": [entry | change]}).encode()
    server.files["/page"] = b"<html>log in</html>"
    for path in ("bad", "page"):
        with pytest.raises(MissingDataError, match="list of files"):
            record_files(f"{server.url}/{path}")


def publish(server: Server, official) -> None:
    """Serve the tiny official BEELINE as two records that share one archive."""
    entries = {}
    for folder in ("BEELINE-data", "BEELINE-Networks"):
        files = {
            str(p.relative_to(official)): p.read_bytes()
            for p in (official / folder).rglob("*")
            if p.is_file()
        }
        body = zipped(files | {f"__MACOSX/{folder}": b"junk"})
        server.files[f"/files/{folder}"] = body
        entries[folder] = {
            "key": f"{folder}.zip",
            "size": len(body),
            "checksum": "md5:" + hashlib.md5(body, usedforsecurity=False).hexdigest(),
            "links": {"self": f"{server.url}/files/{folder}"},
        }
    one, other = ([entries["BEELINE-data"]], list(entries.values()))
    server.files["/records/3378975"] = json.dumps({"files": one}).encode()
    server.files["/records/3701939"] = json.dumps({"files": other}).encode()


@pytest.fixture
def settings(tmp_path_factory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    return Settings(home=home, assets=home / "assets")


def test_beeline_is_fetched_whole_or_not_at_all(server, official, settings):
    publish(server, official)
    good = server.files["/files/BEELINE-Networks"]
    server.files["/files/BEELINE-Networks"] = b"?" * len(good)
    with pytest.raises(MissingDataError, match="checksum"):
        fetch.fetch("beeline", settings, f"{server.url}/records")
    assert not (settings.home / "beeline").exists()  # pages would take it for the data
    server.files["/files/BEELINE-Networks"] = good
    server.asked.clear()
    folder = fetch.fetch("beeline", settings, f"{server.url}/records")
    paths = [path for path, _ in server.asked]
    assert "/files/BEELINE-data" not in paths  # kept from the first attempt
    cells = [(c.dataset, c.network) for c in fetch.beeline_cells(folder)]
    assert cells == [("mESC", "STRING"), ("mESC", "LOF/GOF")]
    assert not list(folder.rglob("*MACOSX*"))
    assert sorted(p.name for p in settings.home.rglob("*.zip")) == []
    server.asked.clear()
    assert fetch.fetch("beeline", settings, f"{server.url}/records") == folder
    assert server.asked == []


def test_a_folder_of_the_users_own_is_left_alone(settings):
    (settings.home / "beeline").mkdir()
    (settings.home / "beeline" / "mine.csv").write_text("1")
    with pytest.raises(StorageError, match="Move it away"):
        fetch.fetch("beeline", settings, "http://127.0.0.1:9/none")
    assert (settings.home / "beeline" / "mine.csv").read_text() == "1"
    with pytest.raises(InputError, match="Known: beeline"):
        fetch.fetch("bee", settings)


def test_archives_of_something_else_are_not_taken_for_beeline(server, settings):
    body = zipped({"readme.txt": b"something else"})
    server.files["/f"] = body
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    entry = {"key": "x.zip", "size": len(body), "checksum": f"md5:{md5}"}
    entry["links"] = {"self": f"{server.url}/f"}
    for record in fetch.RECORDS["beeline"]:
        server.files[f"/{record}"] = json.dumps({"files": [entry]}).encode()
    with pytest.raises(MissingDataError, match="not BEELINE's data"):
        fetch.fetch("beeline", settings, server.url)
    assert not (settings.home / "beeline").exists()
