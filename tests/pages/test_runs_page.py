"""The Runs page: every state of a job, what one can do about it, and a real run to its end."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import time
from types import SimpleNamespace

import pytest

from tests.pages.test_pages import FILLED, SLOW, box, opened, words
from ugrn_core.dashboard.sections import runs
from ugrn_core.dashboard.widgets import probe_now
from ugrn_core.experiment.catalog import gene_lists
from ugrn_core.experiment.runs import compute, run_folder, run_list
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.spec import Spec
from ugrn_core.jobs.process import birth
from ugrn_core.jobs.queue import default_slots, machine_queue
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.standby import Standby
from ugrn_core.jobs.state import CANCEL, SPEC, STATE, JobState, write_state

ASKED = run_spec.Spec("tiny", "krumsiek2011")


@pytest.fixture
def fresh(filled, point_to, tmp_path):
    """Settings with the backbones of `filled` and an empty home, which the pages use."""
    settings = dataclasses.replace(filled, home=tmp_path / "home")
    point_to(settings)
    return settings


def put(settings, state: JobState, **changed) -> str:
    """Write a job in `state` and return its id."""
    spec = {"run": run_spec.run_id(settings, ASKED), **dataclasses.asdict(ASKED)} | changed
    spec = json.loads(json.dumps(spec))
    job = Jobs(settings.jobs).id_of(spec)
    folder = settings.jobs / job
    folder.mkdir(parents=True)
    (folder / SPEC).write_text(json.dumps(spec))
    write_state(folder / STATE, state)
    return job


def running() -> JobState:
    now = time.time()
    return JobState(
        "running",
        4,
        10,
        0,
        now - 21,
        now - 20,
        now,
        pid=os.getpid(),
        born=birth(os.getpid()) or "",
        phase="probing regulators",
    )


def test_nothing_yet_says_what_to_do(fresh):
    app = opened("runs", **FILLED)
    assert not app.exception
    assert "No job has been started here" in words(app)
    assert "No result lies on this machine yet" in words(app)


def test_results_without_a_job_are_listed(filled, point_to):
    point_to(filled)
    app = opened("runs", **FILLED)
    assert not app.exception
    made = {name: run_spec.run_id(filled, Spec(name, "krumsiek2011")) for name in ("tiny", "bare")}
    table = app.dataframe[0].value  # tests before this one may have asked other things
    rows = table[table["run"].isin(made.values())]
    assert dict(zip(rows["backbone"], rows["run"])) == made
    assert rows["pairs"].tolist() == [110, 110]


def test_what_computes_stands_open_and_what_ended_is_folded(fresh):
    put(fresh, running())
    put(fresh, JobState("done", 10, 10, queued=1, started=1, updated=3), backbone="bare")
    for k in range(runs._FEW + 1):
        put(fresh, JobState("failed", 3, 10, queued=1), backbone=f"gone{k}")
    app = opened("runs", **FILLED)
    assert not app.exception
    folded = {box.label: " ".join(m.value for m in box.markdown) for box in app.expander}
    assert "finished" in folded["1 that came to their end"]
    assert folded["1 more that stopped"].count("failed") == 1
    assert not any("at work" in text for text in folded.values())
    assert words(app).count("failed") == runs._FEW + 1


def test_a_running_job_has_progress_time_left_and_cancel(fresh):
    job = put(fresh, running())
    app = opened("runs", **FILLED)
    assert not app.exception
    assert "at work" in words(app)
    told = app.get("progress")[0].proto.text
    assert told == "probing regulators: 4 of 10, about 30 seconds left"
    next(b for b in app.button if b.label == "Cancel").click()
    app.run(timeout=SLOW)
    assert not app.exception
    assert (fresh.jobs / job / CANCEL).exists()
    assert "stopping" in words(app)


def test_a_stop_is_answered_where_it_was_asked_for(fresh):
    job = put(fresh, running())  # it never answers: the page does
    app = opened("regulators", **FILLED)
    assert not app.exception
    next(b for b in app.button if b.label == "Cancel").click()
    app.run(timeout=SLOW)
    assert not app.exception
    assert (fresh.jobs / job / CANCEL).exists()
    (stop,) = [b for b in app.button if b.label.startswith("Stopping")]
    assert stop.disabled
    assert "stopping" in app.get("progress")[0].proto.text
    again = opened("regulators", **FILLED)  # another tab
    assert "stopping" in again.get("progress")[0].proto.text


@pytest.mark.parametrize("page", ["runs", "regulators"])
def test_a_job_in_line_tells_how_many_are_before_it(fresh, page):
    me = {"pid": os.getpid(), "born": birth(os.getpid()) or ""}
    job, line = put(fresh, JobState(queued=1, **me)), machine_queue(fresh.home)
    with contextlib.ExitStack() as others:
        for name in range(default_slots() + 1):
            others.enter_context(machine_queue(fresh.home, 99).turn(str(name)))
        others.enter_context(line._join(job)[1])
        app = opened(page, **FILLED)
        assert not app.exception
        told = [words(app), *(bar.proto.text for bar in app.get("progress"))]
        assert any("waiting: 2 before it" in text for text in told)


@pytest.mark.parametrize(
    ("state", "says", "offers"),
    [
        (
            JobState("failed", 3, 10, queued=1, message="The disk is full."),
            "disk is full",
            "Resume",
        ),
        (JobState("cancelled", 3, 10, queued=1), "cancelled", "Resume"),
        (JobState("running", 3, 10, queued=1, started=1, pid=2**22 + 1), "killed", "Resume"),
        (JobState("done", 10, 10, queued=1, started=1, updated=3), "finished", "Run again"),
    ],
)
def test_every_end_has_a_way_on(fresh, state, says, offers):
    put(fresh, state)
    app = opened("runs", **FILLED)
    assert not app.exception
    assert not app.error
    assert says in words(app)
    assert offers in [b.label for b in app.button]


def test_a_job_whose_backbone_is_gone_says_so(fresh):
    put(fresh, JobState("failed", queued=1), backbone="gone*", dataset="<b>x</b>")
    app = opened("runs", **FILLED)
    assert not app.exception
    assert "no longer on this machine" in words(app)
    assert "<b>" not in words(app).replace("\\<b\\>", "")


def test_damaged_jobs_and_results_are_left_out(fresh):
    put(fresh, JobState("failed", queued=1), genes=3)
    odd = fresh.runs / "0123456789abcdef"
    odd.mkdir(parents=True)
    (odd / run_folder.ABOUT).write_text("[")
    assert run_list.jobs(fresh) == ()
    assert run_list.results(fresh).empty
    assert not opened("runs", **FILLED).exception


def finished(settings) -> run_list.Job:
    """Return the only job, once it no longer runs."""
    deadline = time.monotonic() + 10 * SLOW  # a job gives way to whatever else runs
    while run_list.jobs(settings)[0].active and time.monotonic() < deadline:
        time.sleep(0.2)
    (job,) = run_list.jobs(settings)
    return job


def test_resume_runs_to_the_end_and_leads_to_the_results(fresh, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    put(fresh, JobState("cancelled", queued=1))
    app = opened("runs", **FILLED)
    next(b for b in app.button if b.label == "Resume").click()
    app.run(timeout=SLOW)
    assert not app.exception
    job = finished(fresh)
    again = opened("runs", **FILLED)  # another session: the tab was closed
    assert job.state.status == "done"
    assert job.has_results
    assert "finished" in words(again)
    assert box(again, "dataset").value == "krumsiek2011"
    assert len(again.dataframe[0].value) == 1


@pytest.mark.parametrize("page", ["start", "regulators"])
def test_a_process_stands_by_where_a_run_can_begin_and_does_it(fresh, monkeypatch, page):
    for name, value in (("UGRN_STANDBY", "1"), ("OMP_NUM_THREADS", "1")):
        monkeypatch.setenv(name, value)
    standby = Standby()
    monkeypatch.setattr(probe_now, "_standby", lambda: standby)
    assert not opened("methods", **FILLED).exception
    assert standby._process is None  # nothing can begin there
    app = opened(page, **FILLED)
    waiting = standby._process.pid
    next(b for b in app.button if b.label == "Compute the network (one time)").click()
    app.run(timeout=SLOW)
    assert not app.exception
    job = finished(fresh)
    assert (job.state.status, job.state.pid) == ("done", waiting)
    assert job.has_results


def test_a_result_opens_where_its_run_is_the_one_of_today(filled, monkeypatch):
    went, told = [], []
    monkeypatch.setattr(runs.navigation, "go", lambda name, **view: went.append((name, view)))
    monkeypatch.setattr(runs.st, "info", told.append)
    view = SimpleNamespace(settings=filled)
    run = run_spec.run_id(filled, ASKED)
    assert run_list.spec_of(filled, run) == ASKED
    runs.opened(view, run)
    assert went == [("regulators", {"backbone": "tiny", "dataset": "krumsiek2011"})]
    for spec in (None, Spec("gone", ASKED.dataset), Spec("tiny", "gone"), Spec("bare", "pbmc68k")):
        monkeypatch.setattr(runs.run_list, "spec_of", lambda *_, spec=spec: spec)
        runs.opened(view, run)
    assert len(went) == 1
    assert len(told) == 4
    assert all("cannot be opened here" in sentence for sentence in told)


def test_the_result_of_a_pasted_list_opens_by_what_it_was_asked_for(fresh, monkeypatch):
    went = []
    monkeypatch.setattr(runs.navigation, "go", lambda name, **view: went.append((name, view)))
    genes = ("GATA1", "SPI1", "TAL1", "JUN")
    spec = Spec("tiny", "pasted", genes)
    folder = compute.compute(fresh, spec)
    runs.opened(SimpleNamespace(settings=fresh), folder.name)
    ((page, view),) = went
    assert (page, view["backbone"]) == ("regulators", "tiny")
    mark = view["dataset"].removeprefix("pasted-")
    assert gene_lists.kept(fresh.home, mark) == genes


def test_a_result_is_named_found_and_deleted(fresh):
    compute.compute(fresh, ASKED)
    run = run_spec.run_id(fresh, ASKED)
    app = opened("runs", **FILLED)
    assert not app.exception
    next(t for t in app.text_input if t.label == "Name").set_value("For the paper")
    next(b for b in app.button if b.label == "Save").click()
    app.run(timeout=SLOW)
    assert not app.exception
    assert app.dataframe[0].value["name"].tolist() == ["For the paper"]
    assert "UGRN_DISK" in words(app)
    delete = next(b for b in app.button if b.label == "Delete")
    assert delete.disabled  # not before somebody says so
    next(c for c in app.checkbox if "delete it" in c.label).check()
    app.run(timeout=SLOW)
    next(b for b in app.button if b.label == "Delete").click()
    app.run(timeout=SLOW)
    assert not app.exception
    assert "No result lies on this machine yet" in words(app)
    assert not (fresh.runs / run).exists()
    assert not list(fresh.probes.glob("*"))
    assert "Removed **For the paper" in words(app)
    later = opened("runs", **FILLED)  # the tab was closed
    assert not [b for b in later.button if b.label == "Undo"]
    assert "Removed within a day: 1" in [e.label for e in later.expander]
    next(b for b in app.button if b.label == "Undo").click()
    app.run(timeout=SLOW)
    assert app.dataframe[0].value["name"].tolist() == ["For the paper"]
    assert list(fresh.probes.glob("*"))
