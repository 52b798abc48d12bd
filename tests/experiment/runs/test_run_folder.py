"""A run's folder vouches for itself: what is damaged is set aside, said, and as good as absent."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial

import numpy as np
import pytest

from tests.experiment.conftest import GENES
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.runs import compute, run_folder, run_list
from ugrn_core.experiment.runs import jobs as run_jobs
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results
from ugrn_core.files import sealed
from ugrn_core.jobs.execution import run_job
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import JobState, write_state

ABOUT = {
    "run_id": "0" * 16,
    "dataset": "Cells",
    "backbone": "tiny",
    "date": "2026-01-01T00:00:00+00:00",
    "question": "1" * 16,
    "control": False,
    "settings": {"grid": [0.0, 1.0]},
    "n_regulators": 2,
    "n_pairs": 6,
}
BANDS = {
    f"{prefix}{end}": np.array([-1.0, -2.0]) * (1 if end.endswith("low") else -1)
    for prefix in ("", run_folder.RANDOM)
    for end in run_folder.BAND_ENDS
}
SPEC = run_spec.Spec("tiny", "pasted", GENES[:8])


@pytest.fixture
def folder(tmp_path):
    run_folder.write_edges(tmp_path / "run", b"a table", ABOUT)
    run_folder.write_bands(tmp_path / "run", BANDS, more="of it")
    return tmp_path / "run"


def test_it_reads_back(folder):
    files = run_folder.read(folder)
    assert files.has_edges
    assert files.problem == ""
    assert files.about["more"] == "of it"
    assert files.about["n_pairs"] == 6
    assert set(files.bands) == set(BANDS)
    np.testing.assert_array_equal(files.bands["gdt_high"], [1.0, 2.0])
    assert (folder / "edges.parquet").read_bytes() == b"a table"


def test_a_file_is_hashed_once_a_change_of_it(folder, monkeypatch):
    run_folder.read(folder)
    monkeypatch.setattr(run_folder.hashlib, "file_digest", None)
    assert run_folder.read(folder).has_edges
    (folder / "edges.parquet").write_bytes(b"A table")
    with pytest.raises(TypeError):  # it would look again
        run_folder.read(folder)


@pytest.mark.parametrize("how", ["empty", "cut", "flip", "gone", "fifo", "folder"])
@pytest.mark.parametrize("name", ["edges.parquet", "about.json", "bands.npz"])
def test_what_is_damaged_is_set_aside_and_written_anew(folder, name, how):
    damage(folder / name, how)
    files = run_folder.read(folder)
    assert files.has_edges == (name == "bands.npz")
    assert bool(files.bands) is False
    if how != "gone":
        assert not (folder / name).exists()
        assert (folder / f"{name}.damaged-1").exists()
        assert ("damaged" in files.problem) == (name != "bands.npz")
    run_folder.write_edges(folder, b"another table", ABOUT)
    run_folder.write_bands(folder, BANDS)
    files = run_folder.read(folder)
    assert (files.has_edges, len(files.bands), files.problem) == (True, 8, "")


def damage(path, how: str) -> None:
    content = bytearray(path.read_bytes())
    path.unlink()
    if how == "fifo":
        os.mkfifo(path)
    elif how == "folder":
        path.mkdir()
    elif how != "gone":
        content[len(content) // 2] ^= 4 * (how == "flip")
        path.write_bytes({"empty": b"", "cut": content[:-9], "flip": content}[how])


def test_a_disk_that_cannot_be_written_is_read_and_what_is_damaged_not_used(folder, monkeypatch):
    def refuse(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "replace", refuse)
    assert run_folder.read(folder).has_edges
    (folder / "edges.parquet").write_bytes(b"a tablf")
    for _ in range(2):
        files = run_folder.read(folder)
        assert not files.has_edges
        assert "damaged" in files.problem


@pytest.mark.parametrize(
    "about",
    [
        {k: v for k, v in ABOUT.items() if k != "format"},  # as before digests
        sealed({**ABOUT, "format": run_folder.FORMAT + 1}),
    ],
)
def test_results_of_another_version_are_refused_in_a_sentence(folder, about):
    raw = about if isinstance(about, bytes) else json.dumps(about).encode()
    (folder / "about.json").write_bytes(raw)
    files = run_folder.read(folder)
    assert not files.has_edges
    assert "another version of UGRN" in files.problem
    assert (folder / "about.json").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_pairs": -1},
        {"n_pairs": "6"},
        {"dataset": None},
        {"settings": {"grid": []}},
        {"control": 0},
        {"files": {"edges.parquet": 3}},
    ],
)
def test_what_is_sealed_but_can_be_no_run_is_not_trusted(folder, wrong):
    about = {**run_folder.read(folder).about, **wrong}
    (folder / "about.json").write_bytes(sealed(about))
    assert not run_folder.read(folder).has_edges


def test_bands_that_are_none_are_not_drawn(folder):
    upside_down = {**BANDS, "vvp_low": np.array([5.0, 5.0])}
    for bands in (
        upside_down,
        {"vvp_low": np.zeros(3), "vvp_high": np.ones(3)},
        {"odd": np.ones(2)},
    ):
        run_folder.write_bands(folder, bands)
        assert run_folder.read(folder).bands == {}


def test_a_kill_between_two_files_leaves_nothing_that_looks_damaged(folder, monkeypatch):
    def killed(path, content, **_):
        if path.name == stop_at:
            raise KeyboardInterrupt
        write(path, content)

    write = run_folder.write_own
    monkeypatch.setattr(run_folder, "write_own", killed)
    for stop_at in ("about.json", "bands.npz", "edges.parquet"):  # noqa: B007
        with pytest.raises(KeyboardInterrupt):
            _write_both(folder)
        files = run_folder.read(folder)
        assert "damaged" not in files.problem
        assert not list(folder.glob("*.damaged-*"))


def _write_both(folder) -> None:
    run_folder.write_bands(folder, BANDS)
    run_folder.write_edges(folder, b"new", ABOUT)


def test_a_damaged_run_can_be_started_again_and_says_so_until_then(settings, monkeypatch):
    started = []
    monkeypatch.setattr(Jobs, "_launch", lambda self, folder: started.append(folder))
    run_jobs.start(settings, SPEC)
    run_job(started[0], partial(run_jobs.perform, settings))
    shown = Results(settings, SPEC)
    assert len(run_list.results(settings)) == 1
    damage(run_spec.folder(settings, SPEC) / "edges.parquet", "flip")
    state = run_jobs.state(settings, SPEC)
    assert state.status == "absent"
    assert "Probe again" in state.problem
    with pytest.raises(MissingDataError, match="Probe again"):
        _ = shown.edges_path
    assert run_list.results(settings).empty
    run_jobs.start(settings, SPEC)
    run_job(started[1], partial(run_jobs.perform, settings))
    state = run_jobs.state(settings, SPEC)
    assert (state.status, state.problem, state.control.status) == ("done", "", "done")
    damage(run_spec.folder(settings, SPEC) / "bands.npz", "cut")
    assert run_jobs.state(settings, SPEC).control.status == "absent"
    when = shown.edges_path.stat().st_mtime_ns
    run_jobs.start(settings, SPEC)
    run_job(started[2], partial(run_jobs.perform, settings))
    assert run_jobs.state(settings, SPEC).control.status == "done"
    assert shown.edges_path.stat().st_mtime_ns == when  # the table was left alone


def test_a_control_that_failed_or_runs_leaves_the_run_done(settings, monkeypatch):
    monkeypatch.setattr(Jobs, "_launch", lambda self, folder: None)
    compute.compute(settings, SPEC)
    (run_spec.folder(settings, SPEC) / "bands.npz").unlink()
    run_jobs.start(settings, SPEC)
    (job,) = settings.jobs.iterdir()
    for status in ("failed", "cancelled"):
        write_state(job / "state.json", JobState(status, 1, 4, phase="control", message="Full."))
        state = run_jobs.state(settings, SPEC)
        assert state.status == "done"
        assert (state.control.status, state.control.message) == (status, "Full.")
    shutil.rmtree(run_spec.folder(settings, SPEC))
    assert run_jobs.state(settings, SPEC).status == "cancelled"
