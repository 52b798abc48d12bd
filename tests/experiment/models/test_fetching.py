"""Models as jobs: fetched from a local hub, made ready to score, stopped, refused, removed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.experiment.conftest import GENES
from tests.experiment.published import local_hub, pinned, publish
from tests.probes.checkpoints import write_checkpoint
from ugrn_core.errors import Cancelled, InputError, MissingDataError, OptionError
from ugrn_core.experiment.catalog import added_models, backbones, identity, translators
from ugrn_core.experiment.models import fetching, listing, translating
from ugrn_core.jobs.runner import Jobs


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("published") / "tiny", "scgpt", GENES, 1)


@pytest.fixture
def hub(monkeypatch):
    with local_hub(monkeypatch) as running:
        yield running


@pytest.fixture
def model(published, hub, monkeypatch):
    tiny = pinned(published, hub)
    publish(monkeypatch, tiny)
    return tiny


@pytest.fixture
def here(settings, hub):
    return replace(settings, hub=hub.url)


def perform(settings, work=fetching.FETCH, stop=lambda: False):
    steps = []
    spec = {"work": work, "model": "tiny-model"}
    done = fetching.perform(settings, spec, lambda *step: steps.append(step), stop)
    return done, steps


def by_name(settings) -> dict[str, listing.Model]:
    return {m.name: m for m in listing.models(settings)}


def test_a_fetched_model_is_listed_with_what_it_answers(here, model):
    before = by_name(here)["tiny-model"]
    assert (before.where, before.size, before.is_here) == (listing.TO_FETCH, model.size, False)
    done, steps = perform(here)
    assert done == {"trained": False}
    assert all(phase.startswith(fetching.FETCHING) for _, _, phase in steps)
    after = by_name(here)["tiny-model"]
    assert (after.where, after.can_be_removed) == (listing.FETCHED, True)
    assert after.size >= model.size
    assert after.answers == before.answers == listing.answers(("visible",), True, False)
    assert by_name(here)["tiny"].where == listing.SHIPPED


def test_with_beeline_here_its_translators_are_trained_at_once(here, model, beeline):
    here = replace(here, beeline=beeline)
    done, steps = perform(here)
    assert done == {"trained": True}
    phases = list(dict.fromkeys(phase for *_, phase in steps))
    assert phases[-2:] == ["probing regulators of hESC, to learn from", "training translators"]
    for phase in phases:
        last = [step for step in steps if step[2] == phase][-1]
        assert last[0] == last[1]
    names = translators.translators(here, "tiny-model")
    assert names[0] == "hESC-STRING-stacked"
    assert "hESC-STRING-paper" in names
    backbone = identity.known("tiny-model", here)
    loaded = translators.load(here, "tiny-model", backbone.checksum, sources=20)
    assert loaded.name == "hESC-STRING-stacked"
    assert "backbones train tiny-model" in next(iter(loaded.cards.values())).command


def test_a_stop_keeps_what_has_arrived(here, model, beeline):
    with pytest.raises(Cancelled, match="what has arrived is kept"):
        perform(here, stop=lambda: True)
    assert "tiny-model" not in {c.name for c in backbones.backbones(here)}
    perform(here)
    with pytest.raises(Cancelled):
        perform(replace(here, beeline=beeline), fetching.TRAIN, lambda: True)
    assert translators.translators(here, "tiny-model") == ()


def test_consent_comes_first_and_a_served_dashboard_fetches_nothing(here, model, monkeypatch):
    publish(monkeypatch, replace(model, must_accept=True, licence="GPL-3.0"))
    with pytest.raises(OptionError, match="Accept the licence of Tiny first: GPL-3"):
        fetching.start_fetch(here, "tiny-model")
    with pytest.raises(OptionError, match="administrator"):
        fetching.start_fetch(replace(here, serve="shared"), "tiny-model", accepted=True)
    with pytest.raises(OptionError, match="administrator"):
        fetching.start_training(replace(here, serve="private"), "tiny")
    publish(monkeypatch, replace(model, folder_only="Ask the authors."))
    with pytest.raises(MissingDataError, match="Ask the authors"):
        fetching.start_fetch(here, "tiny-model")
    assert Jobs(here.jobs).list() == {}


def test_a_job_is_begun_once_and_again_after_the_model_was_removed(here, model, monkeypatch):
    begun = []
    monkeypatch.setattr(Jobs, "_begin", lambda jobs, folder: begun.append(folder) or _Ended())
    fetching.start_fetch(here, "tiny-model")
    assert fetching.fetching(here, "tiny-model").status in ("queued", "failed")
    assert fetching.training(here, "tiny-model") is None
    assert not fetching.is_stopping(here, "tiny-model")
    perform(here)
    assert "backbones fetch" in added_models.remove_model("tiny-model", here)
    fetching.start_fetch(here, "tiny-model")
    assert len(set(begun)) == 1 < len(begun)


class _Ended:
    pid = 2**22 + 1  # of no process


def test_without_hesc_or_curves_the_reason_is_a_sentence(here, tmp_path, monkeypatch, beeline):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="BEELINE"):
        translating.train("tiny", tmp_path / "empty", here)
    bare = backbones.open_named("tiny", here)
    silent = replace(bare, defaults=replace(bare.defaults, readouts=()))
    monkeypatch.setattr(translating.backbones, "open_named", lambda name, settings: silent)
    with pytest.raises(OptionError, match="reconstructs no expression"):
        translating.train("tiny", beeline, here)
