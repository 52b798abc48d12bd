"""What was removed goes back as it was, for a day, whatever happens in between."""

from __future__ import annotations

import pytest

from ugrn_core import removed
from ugrn_core.errors import MissingDataError, StorageError
from ugrn_core.files import sealed, unsealed


@pytest.fixture
def parts(tmp_path):
    """A file, and a folder with one in it, of a home."""
    (tmp_path / "runs" / "abc").mkdir(parents=True)
    (tmp_path / "runs" / "abc" / "edges").write_bytes(b"12345")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "abc.json").write_bytes(b"678")
    return [tmp_path / "runs" / "abc", tmp_path / "labels" / "abc.json", tmp_path / "none"]


def away(home, parts, name="liver"):
    return removed.put_away(home, parts, kind=removed.RUN, name=name, id="abcdef012")


def test_it_is_gone_and_comes_back(tmp_path, parts):
    gone = away(tmp_path, parts)
    assert not any(part.exists() for part in parts)
    (seen,) = removed.listed(tmp_path, removed.RUN)
    assert seen == gone
    assert removed.listed(tmp_path, removed.CELLS) == ()
    assert 8 < seen.bytes == removed.taken(tmp_path)
    assert removed.find(tmp_path, removed.RUN, "LIVER") == gone
    assert removed.find(tmp_path, removed.RUN, "abcdef") == gone
    with pytest.raises(MissingDataError, match=r"Did you mean liver\?"):
        removed.find(tmp_path, removed.RUN, "livre")
    removed.put_back(seen)
    assert (parts[0] / "edges").read_bytes() == b"12345"
    assert parts[1].read_bytes() == b"678"
    assert not parts[2].exists()
    assert removed.taken(tmp_path) == 0
    with pytest.raises(StorageError, match="gone for good"):
        removed.put_back(seen)


def test_what_was_killed_between_two_parts_comes_back_whole(tmp_path, parts, monkeypatch):
    move, moved = removed.shutil.move, []

    def killed(*way):
        if moved:
            raise KeyboardInterrupt
        moved.append(move(*way))

    monkeypatch.setattr(removed.shutil, "move", killed)
    with pytest.raises(KeyboardInterrupt):
        away(tmp_path, parts)
    monkeypatch.undo()
    assert not parts[0].exists()
    removed.put_back(removed.listed(tmp_path)[0])
    assert (parts[0] / "edges").read_bytes() == b"12345"
    assert parts[1].read_bytes() == b"678"


def test_a_place_that_was_taken_meanwhile_keeps_what_lies_there(tmp_path, parts):
    gone = away(tmp_path, parts)
    parts[0].mkdir()
    removed.put_back(gone)
    assert list(parts[0].iterdir()) == []
    assert parts[1].is_file()


def test_after_a_day_and_above_a_bound_it_is_deleted(tmp_path, parts, monkeypatch):
    first = away(tmp_path, parts[:1], "first")
    second = away(tmp_path, parts[1:], "second")
    assert removed.listed(tmp_path) == (second, first)
    assert removed.shrink(tmp_path, removed.taken(tmp_path)) == 0
    size = first.bytes
    assert removed.shrink(tmp_path, removed.taken(tmp_path) - 1) == size
    assert removed.listed(tmp_path) == (second,)
    now = removed.time.time()
    monkeypatch.setattr(removed.time, "time", lambda: now + removed.KEPT_SECONDS + 1)
    assert removed.listed(tmp_path) == ()
    assert not second.place.exists()


@pytest.mark.parametrize("where", ["../outside", "/etc/ugrn", "", "runs/../../x"])
def test_nothing_goes_back_outside_its_home(tmp_path, parts, where):
    home = tmp_path / "home"
    (home / "x").mkdir(parents=True)
    gone = away(home, [home / "x"])
    told = unsealed((gone.place / removed.ABOUT).read_bytes())
    (gone.place / removed.ABOUT).write_bytes(sealed(told | {"parts": [where]}))
    assert removed.listed(home) == ()
