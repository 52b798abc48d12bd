"""What a run takes, said before: known paces give known answers, and measuring keeps nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from tests.experiment.conftest import GENES
from ugrn_core.experiment.curves import estimate, filling, probing, throughput, workers
from ugrn_core.experiment.curves.throughput import Pace
from ugrn_core.experiment.runs import jobs as run_jobs
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.files import sealed
from ugrn_core.jobs.executors import LocalWorkers
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel

PACE = Pace(start=3.0, source=2.0, read=0.01, memory=400_000_000, genes=48, workers=2)


@pytest.fixture
def asked(backbone, settings):
    return probing.request(backbone, Panel(GENES), GENES[:9], default_settings(backbone))


@pytest.fixture
def measured(monkeypatch):
    monkeypatch.setattr(throughput, "measure", lambda *a: PACE)
    monkeypatch.setattr(workers, "SMALL", 0)


def test_a_known_pace_gives_the_time_of_the_longest_worker(asked, measured, tmp_path):
    found = estimate.estimate(asked, tmp_path, LocalWorkers(2))
    assert found.seconds == pytest.approx(3 + 5 * 2 + 9 * 0.01)  # 9 sources, 2 at a time
    assert (found.sources, found.total, found.workers) == (9, 9, 2)
    assert found.memory == found.storage == 9 * 48 * 8 * 2 * 4
    assert found.worker_memory == 400_000_000
    said = found.sentence()
    assert "9 sources to probe: about 13 seconds with 2 processes of 400 MB each" in said


def test_what_is_kept_already_is_not_counted(asked, measured, backbone, tmp_path):
    three = probing.request(backbone, asked.panel, GENES[:3], asked.settings, tmp_path)
    assert len(three.curves.gdt) == 3
    found = estimate.estimate(asked, tmp_path, LocalWorkers(2))
    assert found.seconds == pytest.approx(3 + 3 * 2 + 9 * 0.01)
    assert "6 sources to probe (3 are kept from before)" in found.sentence()
    whole = probing.request(backbone, asked.panel, GENES[:9], asked.settings, tmp_path)
    assert len(whole.curves.gdt) == 9
    assert estimate.estimate(asked, tmp_path, LocalWorkers(2)).seconds == pytest.approx(0.09)


@pytest.mark.parametrize("scheme", ["memory", "file", "local"])
def test_a_store_that_is_an_address_is_filled_and_counted(backbone, scheme, tmp_path):
    address, panel = f"{scheme}://{tmp_path}/curves", Panel(GENES)
    asked = probing.request(backbone, panel, GENES[:3], default_settings(backbone), address)
    assert workers.missing(asked, address) == GENES[:3]
    workers.fill_store(asked, address, LocalWorkers(1))
    more = probing.request(backbone, panel, GENES[:5], asked.settings, address)
    assert workers.missing(more, address) == GENES[3:5]
    assert not estimate.is_long(more, address)
    assert workers.shares(more, GENES[3:5], address)[0].store == address


def test_measuring_leaves_the_store_as_it_was(asked, tmp_path):
    store = tmp_path / "store"
    pace = throughput.measure(asked, store, LocalWorkers(1))
    assert pace.source > 0
    assert pace.read > 0
    assert 0 < pace.start < 5  # the baseline cell alone: process and weights are there already
    assert 20e6 < pace.memory < 20e9
    assert not store.exists()


def test_measuring_in_this_process_reads_no_weights_again(asked, tmp_path, monkeypatch):
    monkeypatch.setattr(throughput.backbones, "open_folder", None)  # a copy would be counted
    assert throughput.measure(asked, tmp_path / "store", LocalWorkers(1)).memory > 0


@pytest.mark.parametrize(
    ("readout", "grid", "cells"),
    [
        ("visible", (1.0, 2.0), 2),
        ("visible", (0.5, 1.0, 2.0), 2 + throughput.AT_BASE),
        ("masked", (1.0, 2.0), 3),
        ("masked", (0.5, 1.0, 2.0), 3),
    ],
)
def test_the_baselines_cell_is_counted_as_it_is_computed(asked, tmp_path, readout, grid, cells):
    chosen = replace(asked.settings, background=0.5, readout=readout)
    share = workers.shares(replace(asked, settings=chosen), GENES[:1], tmp_path)[0]
    assert throughput._cells(share, grid) == pytest.approx(cells)


def test_an_estimate_alone_counts_what_a_command_does_first(asked, settings, monkeypatch, capsys):
    known = estimate.Estimate(3, 3, 100.0, 1, 10**6, 10**6, 10**6)
    monkeypatch.setattr(filling, "estimate", lambda *a: known)
    monkeypatch.setattr(filling.time, "process_time", lambda: 20.0)
    assert not filling.fill(asked, settings, filling.How(estimate=True))
    assert "about 2 minutes" in capsys.readouterr().err


def test_measuring_in_processes_counts_their_start(asked, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "SMALL", 0)
    pace = throughput.measure(asked, tmp_path, LocalWorkers(2))
    assert pace.workers == 2
    assert pace.start > 0.3  # an interpreter and torch


def test_the_pace_of_a_panel_stands_in_for_like_ones_by_operations(asked, backbone, tmp_path):
    width = backbone.describe()["width"]
    small = replace(PACE, genes=24)
    throughput.keep(small, asked, tmp_path)
    found = throughput.known(asked, 2, tmp_path)
    ratio = (48 * (2 * width + 48)) / (24 * (2 * width + 24))
    assert found.source == pytest.approx(2.0 * ratio)
    assert (found.genes, found.start) == (48, 3.0)
    assert throughput.known(asked, 3, tmp_path) is None
    other = replace(asked, settings=replace(asked.settings, grid=(1.0,)))
    assert throughput.known(other, 2, tmp_path) is None
    throughput.keep(replace(PACE, genes=10), asked, tmp_path / "far")
    assert throughput.known(asked, 2, tmp_path / "far") is None


def test_a_damaged_pace_is_as_good_as_none(asked, tmp_path):
    throughput.keep(PACE, asked, tmp_path)
    (file,) = tmp_path.rglob("*.json")
    sound = file.read_bytes()
    assert throughput.known(asked, 2, tmp_path) == PACE
    wrong = (b"{", b"[]", b"", json.dumps({"start": 1}).encode(), sound.replace(b"3.0", b"3.1"))
    odd = [replace(PACE, source=value) for value in (-1.0, "2")]
    for content in (*wrong, *(sealed({"format": 2, **asdict(pace)}) for pace in odd)):
        file.write_bytes(content)
        assert throughput.known(asked, 2, tmp_path) is None
    throughput.keep(PACE, asked, tmp_path)
    assert throughput.known(asked, 2, tmp_path) == PACE


def test_a_page_gets_an_answer_at_once_after_the_first(settings, monkeypatch):
    spec = run_spec.Spec("tiny", "pasted", GENES[:20])
    assert run_jobs.for_run(settings, spec, measure=False) is None
    first = run_jobs.for_run(settings, spec)
    assert first.sources == first.total == 10
    monkeypatch.setattr(throughput, "measure", None)  # not called again
    assert run_jobs.for_run(settings, spec).seconds == pytest.approx(first.seconds)
