"""Unpacking what somebody else packed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.serving import zipped
from ugrn_core.data.archives import unpack
from ugrn_core.errors import TableError

BODY = np.random.default_rng(0).bytes(3_000_000)


@pytest.mark.parametrize(
    "content",
    [
        zipped({"fine.csv": b"1", "../out.csv": b"2"}),
        zipped({"/abs.csv": b"2"}),
        zipped({"a\\..\\..\\out.csv": b"2"}),
        zipped({"link": b"/etc/passwd"}, "link"),
        zipped({"zeros.csv": bytes(30_000_000)}),
        b"PK no archive",
        zipped({"cut.csv": BODY})[:-500],
    ],
    ids=["up", "absolute", "backslash", "link", "bomb", "no zip", "cut"],
)
def test_hostile_and_damaged_archives_write_nothing(content, tmp_path):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(TableError, match=r"a\.zip"):
        unpack(tmp_path / "a.zip", tmp_path / "inside")
    assert [p.name for p in tmp_path.rglob("*")] == ["a.zip"]


def test_plain_files_come_out_as_they_went_in(tmp_path):
    (tmp_path / "a.zip").write_bytes(zipped({"d/one.csv": b"1", "two.csv": b"", ".DS_Store": b"x"}))
    seen = []
    written = unpack(tmp_path / "a.zip", tmp_path / "in", lambda k, n: seen.append((k, n)))
    assert [p.relative_to(tmp_path / "in").as_posix() for p in written] == ["d/one.csv", "two.csv"]
    assert (tmp_path / "in" / "d" / "one.csv").read_bytes() == b"1"
    assert seen == [(1, 2), (2, 2)]
