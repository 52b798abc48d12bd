"""The page Data, part Models: listed, fetched through the queue, used, removed, added by a path."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.backbones.tiny import write_geneformer
from tests.experiment.published import local_hub, pinned, publish
from tests.pages.test_pages import box, opened, words
from tests.probes.checkpoints import write_checkpoint
from ugrn_core.data.cells import builtin
from ugrn_core.experiment.catalog import added_models, backbones
from ugrn_core.experiment.models import fetching
from ugrn_core.jobs.execution import run_job
from ugrn_core.jobs.runner import Jobs
from ugrn_core.jobs.state import JobState, write_state
from ugrn_core.settings import read_settings

HERE = {"backbone": "tiny", "dataset": "krumsiek2011", "part": "models"}


@pytest.fixture
def hub(monkeypatch):
    with local_hub(monkeypatch) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


@pytest.fixture
def model(tmp_path, hub, monkeypatch):
    genes = (*builtin.krumsiek_network().genes, "MYC")
    tiny = pinned(write_checkpoint(tmp_path / "published", "scgpt", genes, 3), hub)
    publish(monkeypatch, tiny)
    return tiny


@pytest.fixture
def settings(filled, point_to, tmp_path, monkeypatch):
    """A home of its own; a job waits there until the test does its work."""
    here = replace(filled, home=tmp_path / "home")
    point_to(here)
    monkeypatch.setattr(Jobs, "_begin", lambda jobs, folder: _Here())
    return here


class _Here:
    """The process of a job: this one, which lives."""

    def __init__(self) -> None:
        import os

        self.pid = os.getpid()


def work(settings) -> JobState:
    """Do what the only active job is asked for, here."""
    (job,) = (name for name, s in Jobs(settings.jobs).list().items() if s.status == "queued")

    def perform(spec, progress, should_stop):
        return fetching.perform(read_settings(), spec, progress, should_stop)

    return run_job(settings.jobs / job, perform)


def press(app, label: str):
    return next(b for b in app.button if b.label == label).click().run()


def test_every_model_says_what_it_answers_its_licence_and_where_it_is(settings, hub):
    app = opened("data", **HERE)
    assert not app.exception
    assert not app.error
    text = words(app).replace("\\", "")
    assert "**scGPT whole-human**  `scgpt-human`" in text
    assert "206.7 MB to download; licence: MIT" in text
    assert "gradients (GDT, relaxed by UGRN)" in text
    assert "licence: GPL-3.0, code and weights" in text
    assert "ask for models.ckpt where the authors' repository says" in text
    assert "ships with UGRN" in text
    assert "None" not in text
    assert not hub.asked
    accepts = [c for c in app.checkbox if c.label == "I accept that"]
    assert len(accepts) == 1
    assert next(b for b in app.button if b.key == "fetch_scbert-panglao").disabled
    assert not [b for b in app.button if b.key == "remove_tiny"]


def test_fetched_through_the_queue_followed_used_and_removed(settings, model):
    app = press(opened("data", **HERE), "Fetch")
    assert not app.error
    assert [b.label for b in app.button if b.label == "Cancel"] == ["Cancel"]
    assert work(settings).status == "done"
    app = opened("data", **HERE)
    assert not app.error
    assert not [b for b in app.button if b.label in ("Cancel", "Fetch")]
    assert "tiny-model" in words(app)
    assert "no translators, so no scores yet" in words(app)
    assert "Tiny" in box(app, "backbone").options
    used = opened("start", backbone="tiny-model", dataset="krumsiek2011")
    assert not used.error
    assert "No scores: no translator is fitted" in words(used)
    app = press(app, "Remove it")
    assert not app.error
    assert "Removed tiny-model" in app.success[0].value.replace("\\", "")
    assert [b.label for b in app.button if b.label == "Fetch"] == ["Fetch"]


def test_consent_is_asked_for_in_the_licences_own_words(settings, model, monkeypatch):
    publish(monkeypatch, replace(model, must_accept=True, licence="GPL-3.0"))
    app = opened("data", **HERE)
    assert "**GPL-3.0**" in words(app).replace("\\", "")
    button = next(b for b in app.button if b.key == "fetch_tiny-model")
    assert button.disabled
    app = next(c for c in app.checkbox if c.label == "I accept that").check().run()
    app = press(app, "Fetch")
    assert work(settings).status == "done"


def test_a_fetch_is_cancelled_and_gone_on_with(settings, model):
    app = press(opened("data", **HERE), "Fetch")
    app = press(app, "Cancel")
    assert fetching.is_stopping(settings, "tiny-model")
    assert "stopping ..." in [p.proto.text for p in app.get("progress")] or not app.error
    assert work(settings).status == "cancelled"
    app = opened("data", **HERE)
    assert "what has arrived is kept" in words(app)
    app = press(app, "Go on fetching")
    assert work(settings).status == "done"


def test_why_a_fetch_failed_is_told(settings, model, hub):
    press(opened("data", **HERE), "Fetch")
    hub.files.clear()
    assert work(settings).status == "failed"
    app = opened("data", **HERE)
    assert "It could not be fetched: Cannot download from 127" in app.error[0].value.replace(
        "\\", ""
    )
    assert [b.label for b in app.button if b.label == "Go on fetching"]


def test_translators_are_trained_on_consent_to_fetch_the_data(settings, monkeypatch):
    app = opened("data", **HERE)
    assert "downloaded from zenodo.org" in words(app)
    app = press(app, "Download BEELINE's data, and train")
    assert not app.error
    assert fetching.training(settings, "bare").status == "queued"
    assert fetching.training(settings, "tiny") is None


def test_a_folder_is_added_by_its_path_on_this_machine_alone(settings, tmp_path, monkeypatch):
    folder = write_geneformer(tmp_path / "Geneformer-V2")
    app = opened("data", **HERE)
    for label, text in (
        ("Path on this machine", str(folder)),
        ("Name (default: the folder's)", ""),
    ):
        next(t for t in app.text_input if t.label == label).set_value(text)
    app = press(app, "Add")
    assert not app.error
    assert "Added Geneformer-V2" in app.success[0].value.replace("\\", "")
    assert "gradients (GDT, relaxed by UGRN)" in words(app)
    assert "weights from model.safetensors" in words(app).replace("\\", "")
    assert "Geneformer-V2" in {c.name for c in backbones.backbones(settings)}
    next(t for t in app.text_input if t.label == "Path on this machine").set_value("/nowhere")
    app = press(app, "Add")
    assert "There is no folder" in app.error[0].value
    monkeypatch.setattr("ugrn_core.dashboard.shell.own_sets.is_local", lambda: False)
    assert not [t for t in opened("data", **HERE).text_input if "Path" in t.label]


def test_a_folder_that_is_gone_is_told_of_and_taken_off(settings, tmp_path):
    folder = write_geneformer(tmp_path / "unplugged")
    added_models.add_folder(folder, None, settings)
    folder.rename(tmp_path / "elsewhere")
    app = opened("data", **HERE)
    assert "Its folder is not there any more" in words(app)
    app = next(b for b in app.button if b.key == "remove_unplugged").click().run()
    assert "Removed unplugged" in app.success[0].value
    assert "Its folder is not there any more" not in words(app)


def test_a_served_dashboard_lists_and_changes_nothing(settings, model, monkeypatch):
    monkeypatch.setenv("UGRN_SERVE", "shared")
    app = opened("data", **HERE)
    assert not app.error
    assert "its administrator's" in words(app)
    labels = {b.label for b in app.button}
    assert not labels & {"Fetch", "Train", "Remove it", "Add"}


def test_a_dead_job_is_no_reason_to_wait(settings, model):
    press(opened("data", **HERE), "Fetch")
    (job,) = Jobs(settings.jobs).list()
    state = JobState(queued=1.0, updated=1.0, pid=2**22 + 1, born="0")
    write_state(settings.jobs / job / "state.json", state)
    app = opened("data", **HERE)
    assert "The process ended without a word" in app.error[0].value
    assert [b.label for b in app.button if b.label == "Go on fetching"]
