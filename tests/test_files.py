"""Sealed files notice every flipped bit; what is no plain file is refused at once."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest

from ugrn_core.errors import StorageError
from ugrn_core.files import (
    open_own,
    read_plain,
    remove_own,
    sealed,
    set_aside,
    unsealed,
    write_atomically,
    write_own,
    writing,
)

CONTENT = {"format": 1, "name": "Ärger \u2028", "share": 0.1 + 0.2, "list": [1, None, True, -0.0]}


def test_a_sealed_file_reads_back():
    assert unsealed(sealed(CONTENT)) == CONTENT


def test_every_single_flipped_bit_is_noticed():
    raw = sealed(CONTENT)
    for bit in range(8 * len(raw)):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError, match=r"."):
            unsealed(bytes(changed))


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"[" * 100_000, b'{"sha256": NaN}', b"\xff"])
def test_what_was_never_sealed_is_refused(raw):
    with pytest.raises(ValueError, match=r"."):
        unsealed(raw)


def test_only_plain_files_are_read_and_no_more_than_asked(tmp_path):
    (tmp_path / "pipe").parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "endless").symlink_to("/dev/zero")
    (tmp_path / "long").write_bytes(b"12345")
    assert read_plain(tmp_path / "long", 5) == b"12345"
    for name in ("pipe", "endless", "", "long"):
        with pytest.raises((OSError, ValueError)):
            read_plain(tmp_path / name, 4)
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "none")


def test_what_is_set_aside_is_kept_each_under_its_own_name(tmp_path):
    path = tmp_path / "a.json"
    for n in (1, 2):
        path.write_text(str(n))
        assert set_aside(path, "a test").name == f"a.json.damaged-{n}"
        assert not path.exists()
    assert set_aside(path, "gone already") is None
    assert sorted(p.read_text() for p in tmp_path.iterdir()) == ["1", "2"]


def test_the_file_is_on_the_disk_before_its_name_is(tmp_path, monkeypatch):
    done = []
    sync, rename = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda f: (done.append("sync"), sync(f)))
    monkeypatch.setattr(os, "replace", lambda a, b: (done.append("name"), rename(a, b)))
    write_atomically(tmp_path / "new" / "a", b"1")
    assert done == ["sync", "sync", "name", "sync"]  # its folder's name, the file, its name
    done.clear()
    write_atomically(tmp_path / "new" / "a", b"2", lasting=False)
    assert done == ["name"]


def test_a_full_disk_leaves_neither_part_nor_traceback(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"before")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="disk is full"):
        write_atomically(tmp_path / "a", b"after")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"before"


def test_what_is_written_bit_by_bit_is_there_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "a"
    with writing(path) as file:
        file.write(b"1")
        assert not path.exists()
        file.write(b"2")
    assert path.read_bytes() == b"12"
    with suppress(KeyError), writing(path) as file:
        file.write(b"3")
        raise KeyError
    taken = tmp_path / "taken"
    (taken / "by").mkdir(parents=True)
    with pytest.raises(StorageError, match="Cannot write taken"), writing(taken) as file:
        file.write(b"4")
    assert path.read_bytes() == b"12"
    assert [p.name for p in path.parent.iterdir()] == ["a"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new", "taken"]


@pytest.mark.parametrize("what", ["fifo", "folder", "device", "nowhere", "absent"])
def test_files_of_our_own_take_the_place_of_whatever_lies_there(tmp_path, what):
    path = tmp_path / "own"
    _put(path, what)
    with open_own(path, "ab") as file:
        file.write(b"a word")
    assert path.read_bytes() == b"a word"
    path.unlink()
    _put(path, what)
    write_own(path, b"more")
    assert path.read_bytes() == b"more"
    path.unlink()
    _put(path, what)
    remove_own(path)
    assert not os.path.lexists(path)
    assert what == "absent" or list(tmp_path.glob("own.damaged-*"))


@pytest.mark.parametrize("what", ["fifo", "file", "device", "nowhere", "absent"])
def test_folders_of_our_own_take_the_place_of_whatever_lies_there(tmp_path, what):
    _put(tmp_path / "own", what)
    remove_own(tmp_path / "own" / "deep" / "a")
    write_own(tmp_path / "own" / "deep" / "a", b"1")
    assert (tmp_path / "own" / "deep" / "a").read_bytes() == b"1"


def _put(path, what: str) -> None:
    if what == "fifo":
        os.mkfifo(path)
    elif what == "folder":
        path.mkdir()
    elif what == "file":
        path.write_bytes(b"?")
    elif what != "absent":
        path.symlink_to({"device": "/dev/zero", "nowhere": "not there"}[what])


def test_what_is_no_plain_file_is_not_opened_on_a_disk_that_cannot_be_written(
    tmp_path, monkeypatch
):
    def refuse(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "replace", refuse)
    for what in ("fifo", "device", "folder"):
        _put(tmp_path / what, what)
        with pytest.raises(OSError, match=r"plain|No such device|directory"):
            open_own(tmp_path / what, "ab")
