"""References on disk: whole or not there, found by name and mark, damage noticed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.references.test_tables import PLAIN, SIGNED, read, signs
from ugrn_core.data.references import store
from ugrn_core.errors import MissingDataError, OptionError, StorageError

SOURCE = {"name": "edges.csv", "sha256": "0" * 64}


def kept(home, name="mine", owner=""):
    return store.keep(home, name, read(PLAIN), SOURCE, owner=owner)


def test_what_is_kept_is_read_back(tmp_path):
    one = kept(tmp_path)
    edges = store.read(one.path)
    assert signs(edges) == SIGNED
    assert np.isnan(edges.weights).all()
    assert (one.about["edges"], one.about["signed"], one.about["regulators"]) == (3, 2, 2)
    assert store.listed(tmp_path) == (store.find(tmp_path, "MINE"),)
    assert store.find(tmp_path, one.id).mark == one.mark == one.id.removeprefix("ref-")


def test_names_are_an_owners_own(tmp_path):
    kept(tmp_path)
    with pytest.raises(OptionError, match="named 'mine' already"):
        kept(tmp_path, "Mine")
    with pytest.raises(OptionError, match="up to 48 letters"):
        kept(tmp_path, "../mine")
    other = kept(tmp_path, owner="a" * 32)
    with pytest.raises(MissingDataError, match="Several references"):
        store.find(tmp_path, "mine")
    store.remove(tmp_path, other.mark)
    assert len(store.listed(tmp_path)) == 1
    with pytest.raises(MissingDataError, match=r"Did you mean mine\?"):
        store.find(tmp_path, "mime")


def test_a_removed_one_can_be_had_back_unless_its_name_is_taken(tmp_path):
    one = kept(tmp_path)
    gone = store.remove(tmp_path, one.mark)
    assert store.listed(tmp_path) == ()
    store.put_back(gone)
    assert [one.id for one in store.listed(tmp_path)] == [one.id]
    assert signs(store.read(one.path)) == SIGNED
    gone = store.remove(tmp_path, one.mark)
    kept(tmp_path)
    with pytest.raises(OptionError, match="named 'mine' already"):
        store.put_back(gone)
    store.remove(tmp_path, store.listed(tmp_path)[0].mark)
    store.put_back(gone)
    assert [one.id for one in store.listed(tmp_path)] == [one.id]


def test_a_damaged_file_is_left_out_and_said(tmp_path):
    one = kept(tmp_path)
    content = bytearray(one.path.read_bytes())
    one.path.write_bytes(content[: len(content) // 2])
    assert store.listed(tmp_path) == ()
    with pytest.raises(StorageError, match="damaged on the disk"):
        store.read(one.path)
    content[6] ^= 0xFF  # in the first column's page
    one.path.write_bytes(content)
    with pytest.raises(StorageError, match="damaged on the disk"):
        store.read(one.path)
    assert [p.name for p in one.path.parent.iterdir()] == [one.path.name]  # nothing half-written
