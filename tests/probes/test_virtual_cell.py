"""Resuming, cancelling and sharing of runs, through the real store."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from analytic import AnalyticBackbone
from conftest import GENES

from ugrn_core.backbones import value_sweep
from ugrn_core.errors import Cancelled, UnknownGeneError
from ugrn_core.jobs.store import ProbeStore, StoreKey
from ugrn_core.probes.settings import default_settings
from ugrn_core.probes.virtual_cell import Watch, curves_at, response_curves
from ugrn_core.types import Panel

PANEL = Panel(GENES[:9])
SOURCES = GENES[:6]
SPAWN = multiprocessing.get_context("spawn")


def open_store(root, backbone):
    settings, mask = default_settings(backbone), backbone.defaults.mask_value
    return ProbeStore(root, StoreKey(backbone.checksum, PANEL, settings, mask_value=mask))


def run(backbone, store=None, **watch):
    settings = default_settings(backbone)
    return response_curves(backbone, PANEL, SOURCES, settings, store, watch=Watch(**watch))


def assert_same_bits(one, two):
    for name in ("baseline_output", "vvp", "gdt"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_second_run_computes_nothing(tmp_path, analytic):
    first = run(analytic, store=open_store(tmp_path, analytic))
    calls = analytic.calls
    second = run(analytic, store=open_store(tmp_path, analytic))
    assert analytic.calls == calls
    assert_same_bits(first, second)
    assert_same_bits(first, run(analytic))


def test_cancelling_keeps_what_was_finished_and_resuming_finishes(tmp_path, analytic):
    store, seen = open_store(tmp_path, analytic), []
    with pytest.raises(Cancelled):
        run(
            analytic,
            store=store,
            progress=lambda done, total: seen.append((done, total)),
            should_stop=lambda: len(seen) > 2,
        )
    assert seen == [(0, 6), (1, 6), (2, 6)]
    assert store.done() == [0, 1]
    seen.clear()
    resumed = run(analytic, store=store, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 6), (3, 6), (4, 6), (5, 6), (6, 6)]
    assert_same_bits(resumed, run(analytic))


def test_a_stop_does_not_wait_for_the_end_of_a_source(tmp_path, analytic, monkeypatch):
    monkeypatch.setattr(value_sweep, "CELL_BUDGET", 1)  # a value at a time, as of a large panel
    store, calls = open_store(tmp_path, analytic), []
    run(analytic, store=store, progress=lambda done, total: calls.append(analytic.calls))
    per_source, analytic.calls = calls[2] - calls[1], 0
    assert per_source > 4
    with pytest.raises(Cancelled):
        run(analytic, should_stop=lambda: analytic.calls > 2)
    assert analytic.calls == 3
    assert store.done() == list(range(6))


def test_a_failure_in_the_middle_keeps_what_was_finished(tmp_path, analytic):
    whole = run(analytic)
    per_source = (analytic.calls - 1) // 6
    store = open_store(tmp_path, analytic)
    analytic.calls, analytic.explode_after = 0, 1 + 3 * per_source
    with pytest.raises(RuntimeError, match="on purpose"):
        run(analytic, store=store)
    assert store.done() == [0, 1, 2]
    analytic.explode_after = None
    assert_same_bits(run(analytic, store=store), whole)


def test_a_damaged_source_alone_is_computed_again(tmp_path, analytic):
    store = open_store(tmp_path, analytic)
    whole = run(analytic, store=store)
    (chunk,) = (p for p in (Path(str(store.folder)) / "gdt" / "c" / "3").rglob("*") if p.is_file())
    chunk.write_bytes(chunk.read_bytes()[:-3])
    seen = []
    again = run(analytic, store=store, progress=lambda done, total: seen.append(done))
    assert seen == [5, 6]
    assert_same_bits(again, whole)
    assert all(store.read(source) is not None for source in store.done())


class Slow(AnalyticBackbone):
    def reconstruct(self, *args, **options):
        time.sleep(0.03)
        return super().reconstruct(*args, **options)


def _work(root, calls=None):
    backbone = Slow(GENES)
    run(backbone, store=open_store(root, backbone))
    if calls is not None:
        calls.put(backbone.calls)


def test_killed_in_the_middle_then_finished_to_the_bit(tmp_path, analytic):
    process = SPAWN.Process(target=_work, args=(tmp_path,))
    process.start()
    store = open_store(tmp_path, analytic)
    deadline = time.monotonic() + 600
    while len(store.done()) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.join(600)
    kept = store.done()
    assert 2 <= len(kept) < 6
    assert all(store.read(source) is not None for source in store.done())
    assert_same_bits(run(analytic, store=store), run(analytic))


def test_two_processes_share_the_work(tmp_path, analytic):
    calls = SPAWN.Queue()
    workers = [SPAWN.Process(target=_work, args=(tmp_path, calls)) for _ in range(2)]
    for worker in workers:
        worker.start()
    counts = [calls.get(timeout=600) for _ in workers]
    for worker in workers:
        worker.join(600)
    store = open_store(tmp_path, analytic)
    assert store.done() == list(range(6))
    before = analytic.calls
    shared = run(analytic, store=store)
    assert analytic.calls == before
    assert_same_bits(shared, run(analytic))
    alone = analytic.calls
    # each may compute the baseline once more, and no source twice
    assert sum(counts) <= alone + 1


def test_a_few_targets_alone_are_what_they_are_among_all(backbone, panel):
    settings = default_settings(backbone, dtype="float64")
    targets = ("GENE5", "GENE2", "GENE0")
    vvp, gdt = curves_at(backbone, panel, "GENE2", targets, settings)
    whole, at = response_curves(backbone, panel, ("GENE2",), settings), panel.positions(targets)
    most = np.abs(whole.vvp).max()
    np.testing.assert_allclose(vvp, whole.vvp[0][:, at], rtol=0, atol=1e-10 * most)
    if whole.gdt is None:
        assert gdt is None
    else:
        most = np.abs(whole.gdt).max()
        np.testing.assert_allclose(gdt, whole.gdt[0][:, at], rtol=0, atol=1e-10 * most)
    with pytest.raises(UnknownGeneError):
        curves_at(backbone, panel, "GENE2", ("GENE13",), settings)
