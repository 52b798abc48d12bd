"""Gene sets on this machine: shipped, named by a file, kept of a user."""

from __future__ import annotations

import pytest

from ugrn_core.errors import MissingDataError, TableError, UnknownNameError
from ugrn_core.experiment.biology.collections import collection, keep, offered

GMT = b"MINE\t\tSPI1\tGATA1\nOTHER\t\tKLF1\n"


def test_a_users_sets_are_kept_and_called_by_their_content(settings):
    name = keep(settings, GMT, "<b>my sets</b>.gmt")
    assert keep(settings, GMT, "again.gmt") == name
    sets = collection(settings, name)
    assert dict(sets.sets) == {"MINE": ("SPI1", "GATA1"), "OTHER": ("KLF1",)}
    titles = offered(settings)
    assert list(titles)[:2] == ["hallmark", "reactome"]
    assert "<" not in titles[name]


def test_a_file_is_read_and_what_is_nothing_is_said(settings, tmp_path):
    path = tmp_path / "mine.gmt"
    path.write_bytes(GMT)
    assert len(collection(settings, path)) == 2
    assert len(collection(settings, "hallmark")) == 50
    with pytest.raises(UnknownNameError, match="hallmark"):
        collection(settings, "halmark")
    with pytest.raises(MissingDataError, match="not on this machine"):
        collection(settings, "own-0123456789abcdef")
    with pytest.raises(MissingDataError, match="not on this machine"):
        collection(settings, "own-../../etc/passwd")
    with pytest.raises(TableError):
        keep(settings, b"no sets", "x.gmt")


def test_damage_is_said_and_not_offered(settings):
    name = keep(settings, GMT, "mine.gmt")
    path = settings.home / "gene-sets" / f"{name.removeprefix('own-')}.json"
    path.write_bytes(path.read_bytes().replace(b"SPI1", b"SPI2"))
    collection.__globals__["_kept"].cache_clear()
    assert name not in offered(settings)
    with pytest.raises(MissingDataError, match="cannot be read any more"):
        collection(settings, name)
