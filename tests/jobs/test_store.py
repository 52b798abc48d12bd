from __future__ import annotations

import json
import logging
import multiprocessing
import os
import resource
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from ugrn_core.errors import StorageError
from ugrn_core.files import sealed
from ugrn_core.jobs.store import ProbeStore, StoreKey
from ugrn_core.types import Panel, ProbeSettings

GENES = tuple(f"G{k}" for k in range(12))
KEY = StoreKey("abc", Panel(GENES), ProbeSettings(0.5, (0.0, 1.0, 2.0)))
MASKED = ProbeSettings(0.5, (0.0, 1.0, 2.0), readout="masked")
SHAPE = (3, 12)
FORK = multiprocessing.get_context("spawn")


def damaged(store: ProbeStore) -> list[str]:
    """The symbols of finished sources that do not read back."""
    return [GENES[source] for source in store.done() if store.read(source) is None]


def curves(source: int) -> tuple[np.ndarray, np.ndarray]:
    noise = np.random.default_rng(source)
    return tuple(noise.standard_normal(SHAPE).astype(np.float32) for _ in range(2))


def test_what_was_written_comes_back_to_the_bit(tmp_path):
    store = ProbeStore(tmp_path, KEY)
    assert store.read(3) is None
    store.write(3, *curves(3))
    again = ProbeStore(tmp_path, KEY)
    vvp, gdt = again.read(3)
    assert vvp.dtype == np.float32
    np.testing.assert_array_equal(vvp, curves(3)[0])
    np.testing.assert_array_equal(gdt, curves(3)[1])
    np.testing.assert_array_equal(again.curve(3, 7)[1], curves(3)[1][:, 7])
    assert again.done() == [3]


@pytest.mark.parametrize(
    "other",
    [
        StoreKey("abd", KEY.panel, KEY.settings),
        StoreKey("abc", Panel(GENES[::-1]), KEY.settings),
        StoreKey("abc", KEY.panel, ProbeSettings(0.5, (0.0, 2.0, 1.0))),
        StoreKey("abc", KEY.panel, ProbeSettings(1.0, (0.0, 1.0, 2.0))),
        StoreKey("abc", KEY.panel, MASKED, mask_value=-1.0),
        StoreKey("abc", KEY.panel, ProbeSettings(0.5, (0.0, 1.0, 2.0), cls=None)),
        StoreKey("abc", KEY.panel, ProbeSettings(0.5, (0.0, 1.0, 2.0), cls=-2.0)),
        StoreKey("abc", KEY.panel, ProbeSettings(0.5, (0.0, 1.0, 2.0), dtype="float64")),
        StoreKey("abc", KEY.panel, KEY.settings, sweep=KEY.sweep + 1),
    ],
)
def test_whatever_changes_a_curve_changes_the_folder(tmp_path, other):
    ProbeStore(tmp_path, KEY).write(0, *curves(0))
    assert ProbeStore(tmp_path, other).read(0) is None


def test_masked_curves_are_those_of_one_mask_value_and_others_of_any(tmp_path):
    keys = [StoreKey("abc", KEY.panel, MASKED, mask_value=value) for value in (-1.0, 0.0)]
    ProbeStore(tmp_path, keys[0]).write(0, *curves(0))
    assert ProbeStore(tmp_path, keys[1]).read(0) is None
    assert ProbeStore(tmp_path, keys[0]).read(0) is not None
    assert StoreKey("abc", KEY.panel, KEY.settings, mask_value=-1.0).digest == KEY.digest
    with pytest.raises(ValueError, match="mask value"):
        StoreKey("abc", KEY.panel, MASKED)


def test_one_chunk_a_source(tmp_path):
    store = ProbeStore(tmp_path, KEY)
    store.write(0, *curves(0))
    store.write(5, *curves(5))
    chunks = [
        p
        for p in (Path(str(store.folder)) / "vvp").rglob("*")
        if p.is_file() and p.name != "zarr.json"
    ]
    assert len(chunks) == 2


def break_chunk(store: ProbeStore, name: str, source: int, how: str) -> None:
    (path,) = (
        p for p in (Path(str(store.folder)) / name / "c" / str(source)).rglob("*") if p.is_file()
    )
    raw = bytearray(path.read_bytes())
    if how == "flip":
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
    elif how == "cut":
        path.write_bytes(raw[: len(raw) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()


@pytest.mark.parametrize("name", ["vvp", "gdt"])
@pytest.mark.parametrize("how", ["flip", "cut", "empty", "remove"])
def test_a_damaged_chunk_is_named_and_can_be_written_again(tmp_path, caplog, name, how):
    store = ProbeStore(tmp_path, KEY)
    for source in (2, 4):
        store.write(source, *curves(source))
    break_chunk(store, name, 4, how)
    with caplog.at_level(logging.WARNING):
        assert damaged(store) == ["G4"]
    assert f"{name} of G4" in caplog.text
    store.write(4, *curves(4))
    assert damaged(store) == []
    np.testing.assert_array_equal(store.read(4)[1], curves(4)[1])


def test_a_chunk_of_another_source_is_not_taken_for_this_one(tmp_path):
    store = ProbeStore(tmp_path, KEY)
    for source in (2, 4):
        store.write(source, *curves(source))
    here, there = (next((Path(str(store.folder)) / "vvp" / "c" / s).rglob("0/0")) for s in "24")
    here.write_bytes(there.read_bytes())
    assert damaged(store) == ["G2"]


def test_baseline_round_trip_and_damage(tmp_path):
    store = ProbeStore(tmp_path, KEY)
    assert store.read_baseline() is None
    store.write_baseline(np.arange(12, dtype=np.float32))
    np.testing.assert_array_equal(ProbeStore(tmp_path, KEY).read_baseline(), np.arange(12))
    path = Path(str(store.folder)) / "baseline.json"
    path.write_text(path.read_text().replace("AAAAAAAAgD8", "AAAAAAAAgD9"))
    assert store.read_baseline() is None


def header(store: ProbeStore, name: str = "vvp") -> Path:
    return Path(str(store.folder)) / name / "zarr.json"


def test_nothing_is_written_before_a_source_is(tmp_path):
    store = ProbeStore(tmp_path / "probes", KEY)
    assert (store.read(0), store.read_baseline(), store.done()) == (None, None, [])
    assert not (tmp_path / "probes").exists()


@pytest.mark.parametrize("how", ["{", "", "folder", "fifo", "flip"])
@pytest.mark.parametrize("name", ["manifest.json", "vvp/zarr.json"])
def test_a_damaged_manifest_or_header_costs_no_curve(tmp_path, name, how):
    store = ProbeStore(tmp_path, KEY)
    store.write(2, *curves(2))
    path = Path(str(store.folder)) / name
    before = path.read_text()
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how == "fifo":
        os.mkfifo(path)
    else:
        path.write_text(before.replace("1", "3", 1) if how == "flip" else how)
    again = ProbeStore(tmp_path, KEY)
    again.write(3, *curves(3))
    assert path.read_text() == before
    assert path.with_name(f"{path.name}.damaged-1").exists()
    for source in (2, 3):
        np.testing.assert_array_equal(again.read(source)[0], curves(source)[0])


def test_yesterdays_manifest_is_read_and_tomorrows_refused(tmp_path):
    store = ProbeStore(tmp_path, KEY)
    store.write(2, *curves(2))
    manifest = Path(str(store.folder)) / "manifest.json"
    old = KEY.describe() | {"genes": list(GENES)}
    manifest.write_text(json.dumps(old, indent=1))
    assert ProbeStore(tmp_path, KEY).read(2) is not None
    manifest.write_bytes(sealed({"manifest": 3, **old}))
    with pytest.raises(StorageError, match="another version of UGRN"):
        ProbeStore(tmp_path, KEY)


def test_a_folder_of_something_else_is_set_aside_whole(tmp_path):
    store = ProbeStore(tmp_path, KEY)
    store.write(2, *curves(2))
    manifest = Path(str(store.folder)) / "manifest.json"
    other = StoreKey("xyz", KEY.panel, KEY.settings)
    manifest.write_bytes(sealed({"manifest": 2, **other.describe(), "genes": list(GENES)}))
    assert ProbeStore(tmp_path, KEY).read(2) is None
    assert (tmp_path / f"{KEY.digest}.damaged-1" / "manifest.json").exists()


@pytest.mark.parametrize("name", ["vvp/c/4/0/0", "done/4.json", "baseline.json", "claims"])
@pytest.mark.parametrize("how", ["folder", "fifo"])
def test_what_is_no_file_is_neither_waited_for_nor_in_the_way(tmp_path, name, how):
    store = ProbeStore(tmp_path, KEY)
    store.write(4, *curves(4))
    store.write_baseline(np.zeros(12, np.float32))
    path = Path(str(store.folder)) / name
    path.unlink(missing_ok=True)
    path.mkdir() if how == "folder" else os.mkfifo(path)
    again = ProbeStore(tmp_path, KEY)
    assert (again.read(4) is None) == name.endswith(("0", "4.json"))
    assert (again.read_baseline() is None) == (name == "baseline.json")
    with again.claim(4) as mine:
        assert mine
        again.write(4, *curves(4))
    again.write_baseline(np.zeros(12, np.float32))
    assert again.read(4) is not None


def test_old_partial_files_are_cleared_and_young_ones_left(tmp_path):
    ProbeStore(tmp_path, KEY).write(0, *curves(0))
    folder = Path(str(ProbeStore(tmp_path, KEY).folder))
    old, young = folder / "vvp" / "a.partial", folder / "vvp" / "b.partial"
    old.touch()
    young.touch()
    os.utime(old, (time.time() - 7200,) * 2)
    ProbeStore(tmp_path, KEY)
    assert young.exists()
    assert not old.exists()


def _write_under_limit(root, answer):
    store = ProbeStore(root, KEY)
    store.write(0, *curves(0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))  # a disk with no room left
    try:
        store.write(1, *curves(1))
    except StorageError as error:
        answer.put(str(error))


def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    answer = FORK.Queue()
    process = FORK.Process(target=_write_under_limit, args=(tmp_path, answer))
    process.start()
    assert "G1" in answer.get(timeout=300)
    process.join(300)
    store = ProbeStore(tmp_path, KEY)
    assert store.done() == [0]
    assert damaged(store) == []
    assert not list(Path(str(store.folder)).rglob("*.partial"))


def _hold(root, ready):
    with ProbeStore(root, KEY).claim(1) as mine:
        ready.put(mine)
        time.sleep(60)


def test_a_claim_excludes_others_and_dies_with_its_owner(tmp_path):
    store, ready = ProbeStore(tmp_path, KEY), FORK.Queue()
    process = FORK.Process(target=_hold, args=(tmp_path, ready))
    process.start()
    assert ready.get(timeout=300) is True
    with store.claim(1) as mine:
        assert mine is False
    with store.claim(2) as mine:
        assert mine is True
    os.kill(process.pid, signal.SIGKILL)
    process.join(300)
    with store.claim(1) as mine:
        assert mine is True


def test_at_full_size_one_pair_touches_its_own_chunk_only(tmp_path):
    """A panel of 20,000 genes, of which a few sources are there: the others cost nothing."""
    key = StoreKey(
        "abc", Panel([f"G{k}" for k in range(20_000)]), ProbeSettings(0, tuple(range(8)))
    )
    store = ProbeStore(tmp_path, key)
    noise = np.random.default_rng(0).standard_normal((2, 8, 20_000)).astype(np.float32)
    for source in (7, 1_599, 19_999):
        store.write(source, *noise)
    for name in ("vvp", "gdt"):
        break_chunk(store, name, 7, "remove")
        break_chunk(store, name, 19_999, "cut")
    vvp, gdt = ProbeStore(tmp_path, key).curve(1_599, 12_345)
    np.testing.assert_array_equal(vvp, noise[0, :, 12_345])
    np.testing.assert_array_equal(gdt, noise[1, :, 12_345])
    files = [p for p in Path(str(store.folder)).rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 8 * noise.nbytes
