"""What a run takes, deleting it with its curves alone, and a budget that spares what has a name."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import replace

import pytest

from ugrn_core import removed
from ugrn_core.errors import OptionError
from ugrn_core.experiment.runs import compute, jobs, limits
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import Spec, run_id
from ugrn_core.experiment.shelf import disk, labels
from ugrn_core.experiment.shelf.labels import Label
from ugrn_core.experiment.shelf.shipping import ship_runs
from ugrn_core.files import disk_errors
from ugrn_core.settings import Limits, read_settings

FIRST = Spec("tiny", "pasted", ("GATA1", "SPI1", "KLF1", "GENE1"))
OTHER = Spec("tiny", "pasted", ("MYC", "SPI1", "JUN", "GENE2"))


@pytest.fixture
def two(settings):
    """Settings under which two lists were probed, the first a day ago."""
    for spec in (FIRST, OTHER):
        compute.compute(settings, spec)
    panel = of(settings, FIRST)[0].panel
    for curves in disk.all_curves(settings):
        days = 2 if curves.panel == panel else 1
        for path in (curves.folder, curves.folder / "done"):
            os.utime(path, times=(time.time() - 86400 * days,) * 2)
    return settings


def of(settings, spec: Spec) -> tuple[disk.Curves, ...]:
    return disk.of_run(settings, run_id(settings, spec))


def test_a_run_is_deleted_with_its_curves_and_its_controls_and_nothing_else(two):
    before, mine = disk.all_curves(two), of(two, FIRST)
    assert len(mine) == 2  # its own, and under random weights
    assert len(before) == 4
    takes = disk.size_of(two, run_id(two, FIRST))
    assert takes > sum(c.size for c in mine) > 0
    labels.write(two, run_id(two, FIRST), Label("gone"))
    gone = disk.delete(two, run_id(two, FIRST))
    assert takes <= gone.bytes < takes + 5_000  # what it is, and its label
    assert jobs.state(two, FIRST).status == "absent"
    assert labels.read(two, run_id(two, FIRST)) == Label()
    assert {c.folder for c in disk.all_curves(two)} == {c.folder for c in before if c not in mine}
    assert Results(two, OTHER).curves("MYC", "SPI1").reverse_vvp is not None
    with pytest.raises(OptionError):
        disk.delete(two, run_id(two, FIRST))
    removed.put_back(gone)
    assert jobs.state(two, FIRST).status == "done"
    assert labels.read(two, run_id(two, FIRST)) == Label("gone")
    assert {c.folder for c in disk.all_curves(two)} == {c.folder for c in before}
    assert disk.size_of(two, run_id(two, FIRST)) == takes


def test_what_was_removed_has_what_the_budget_leaves(two):
    takes = disk.delete(two, run_id(two, FIRST)).bytes
    curves = sum(c.size for c in disk.all_curves(two))
    roomy = replace(two, disk=curves + takes)
    assert disk.usage(roomy).removed == takes
    assert disk.clear(roomy) == 0
    full = replace(two, disk=curves + takes - 1)
    assert disk.clear(full) == takes  # before any curve
    assert removed.listed(two.home) == ()
    assert sum(c.size for c in disk.all_curves(two)) == curves


def test_a_visitor_at_his_limit_has_room_by_deleting(two):
    served = replace(two, limits=Limits(bytes=limits.disk_use(two.home) - 1))
    with pytest.raises(OptionError, match="Delete runs"):
        limits.check_disk(served)
    gone = disk.delete(two, run_id(two, FIRST))
    limits.check_disk(served)  # he may go on; what he removed must not be more than what is left
    assert limits.disk_use(two.home) + removed.taken(two.home) < served.limits.bytes
    assert not gone.place.exists()


def test_on_a_full_disk_a_run_is_deleted_at_once(two, monkeypatch):
    def full(path, content, **_):
        with disk_errors(path, "write"):
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(removed, "write_own", full)
    mine = of(two, FIRST)
    assert disk.delete(two, run_id(two, FIRST)) is None
    assert not (two.runs / run_id(two, FIRST)).exists()
    assert not any(c.folder.exists() for c in mine)


@pytest.mark.parametrize("run", ["", "..", "../jobs", "a/b", "0" * 16])
def test_nothing_that_is_no_run_of_ones_own_is_deleted(two, run):
    before = sorted(two.home.rglob("*"))
    with pytest.raises(OptionError):
        disk.delete(two, run)
    assert sorted(two.home.rglob("*")) == before


def test_the_budget_clears_what_was_used_longest_ago(two):
    every = sum(c.size for c in disk.all_curves(two))
    assert disk.clear(two) == 0  # within 20 GB
    small = replace(two, disk=every - 1)
    mine = of(two, FIRST)
    assert disk.clear(small) > 0
    left = {c.folder for c in disk.all_curves(two)}
    assert len(left) == 3
    assert {c.folder for c in mine} - left  # of the first run, used two days ago
    assert {c.folder for c in of(two, OTHER)} <= left
    assert jobs.state(two, FIRST).status == "done"
    assert Results(two, FIRST).curves("GATA1", "SPI1").vvp.any()  # computed again


def test_curves_of_a_named_run_and_curves_in_use_are_never_cleared(two):
    labels.write(two, run_id(two, FIRST), Label("For the paper"))
    nothing = replace(two, disk=1)
    Results(two, OTHER)  # opened just now
    disk.clear(nothing)
    left = {c.folder for c in disk.all_curves(two)}
    assert {c.folder for c in of(two, FIRST)} <= left
    assert len(of(two, FIRST)) == 2
    assert len(left) == 3  # of the other, what was not opened just now is gone


def test_what_ships_can_be_named_and_stays(settings):
    ship_runs(settings, "tiny", ("krumsiek2011",))
    run = run_id(settings, Spec("tiny", "krumsiek2011"))
    labels.write(settings, run, Label("The tutorial's", "a note\nof two lines"))
    assert labels.read(settings, run) == Label("The tutorial's", "a note\nof two lines")
    with pytest.raises(OptionError, match="ships"):
        disk.delete(settings, run)


@pytest.mark.parametrize("label", [Label("x" * 81), Label("", "x" * 2001)])
def test_labels_too_long_are_refused(settings, label):
    with pytest.raises(OptionError):
        labels.write(settings, "abc", label)
    with pytest.raises(OptionError):
        labels.write(settings, "../x", Label("x"))
    assert not (settings.home / "labels").exists()


def test_a_damaged_label_counts_as_none(settings):
    labels.write(settings, "abc", Label("one\x1b[31m  two"))
    assert labels.read(settings, "abc").name == "one [31m two"
    path = settings.home / "labels" / "abc.json"
    path.write_bytes(path.read_bytes().replace(b"two", b"owt"))
    assert labels.read(settings, "abc") == Label()


def test_the_budget_is_read_in_gigabytes():
    assert read_settings({"UGRN_DISK": "0.5"}).disk == 500_000_000
    assert read_settings({}).disk == 20_000_000_000
    for text in ("much", "-1", "0", "nan", "inf"):
        with pytest.raises(OptionError, match="UGRN_DISK"):
            read_settings({"UGRN_DISK": text})
