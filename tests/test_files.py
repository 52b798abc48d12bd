"""Sealed files notice every flipped bit; what is no plain file is refused at once."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest

from ugrn_core.errors import StorageError
from ugrn_core.files import read_plain, sealed, set_aside, unsealed, write_atomically, writing

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
