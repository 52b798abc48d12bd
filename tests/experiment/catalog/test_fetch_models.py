"""Fetching a published model from a local hub: pinned or by the hub's word, or from a folder."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import replace

import pytest

from tests.backbones.tiny import write_geneformer
from tests.data.serving import Server
from tests.experiment.published import COMMIT, local_hub, pinned, publish
from tests.probes.checkpoints import write_checkpoint
from ugrn_core.errors import (
    InputError,
    MissingDataError,
    OptionError,
    StorageError,
    UnknownNameError,
)
from ugrn_core.experiment.catalog import added_models, fetch_models, published_models
from ugrn_core.experiment.catalog.backbones import backbones, open_named
from ugrn_core.experiment.catalog.published_models import PinnedFile, PublishedModel
from ugrn_core.jobs.claims import exclusive
from ugrn_core.settings import Settings

GENES = ("GATA1", "SPI1", "KLF1", "MYC", "STAT3", "TAL1")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("published") / "tiny", "scgpt", GENES)


@pytest.fixture
def hub(monkeypatch):
    with local_hub(monkeypatch) as running:
        yield running


@pytest.fixture
def model(checkpoint, hub, monkeypatch) -> PublishedModel:
    """Publish the tiny checkpoint, every file pinned."""
    tiny = pinned(checkpoint, hub)
    publish(monkeypatch, tiny)
    return tiny


@pytest.fixture
def settings(tmp_path, hub) -> Settings:
    return Settings(home=tmp_path / "home", assets=tmp_path / "assets", hub=hub.url)


def test_a_fetched_model_is_a_backbone_like_others(model, settings, hub):
    said, seen = [], []
    folder = fetch_models.fetch_model(
        "tiny-model", settings, say=said.append, progress=lambda *step: seen.append(step)
    )
    assert "Licence: MIT" in said[0]
    assert seen[-1][1] == seen[-1][2]
    (card,) = backbones(settings)
    assert (card.name, card.folder) == ("tiny-model", folder)
    assert open_named("tiny-model", settings).vocabulary.find("GATA1").token == "GATA1"
    mark = json.loads((folder / "fetched.json").read_text())
    assert {f["name"] for f in mark["files"]} == {f.name for f in model.files}
    asked = len(hub.asked)
    assert fetch_models.fetch_model("tiny-model", settings, say=said.append) == folder
    assert "Fetched already" in said[-1]
    assert len(hub.asked) == asked
    assert "backbones fetch tiny-model" in added_models.remove_model("tiny-model", settings)
    assert backbones(settings) == ()


def test_another_file_leaves_nothing_among_the_backbones(model, settings, hub):
    path = f"/lab/tiny/resolve/{COMMIT}/sub/{model.files[-1].name}"
    good = hub.files[path]
    hub.files[path] = good[:-1] + bytes([good[-1] ^ 1])
    with pytest.raises(MissingDataError, match="another checksum"):
        fetch_models.fetch_model("tiny-model", settings)
    assert backbones(settings) == ()
    hub.files[path] = good
    fetch_models.fetch_model("tiny-model", settings)
    assert [c.name for c in backbones(settings)] == ["tiny-model"]


def test_a_restrictive_licence_is_accepted_first(model, settings, hub, monkeypatch):
    publish(monkeypatch, replace(model, licence="GPL-3.0", must_accept=True))
    with pytest.raises(OptionError, match=r"GPL-3\.0.*--accept-licence"):
        fetch_models.fetch_model("tiny-model", settings)
    assert not hub.asked
    fetch_models.fetch_model("tiny-model", settings, accept=True)


def test_files_copied_by_hand_are_checked_alike(model, settings, hub, checkpoint, tmp_path):
    by_hand = shutil.copytree(checkpoint, tmp_path / "stick")
    (by_hand / model.files[0].name).rename(tmp_path / "kept")
    with pytest.raises(MissingDataError, match=f"lacks {re.escape(model.files[0].name)}"):
        fetch_models.fetch_model("tiny-model", settings, source=by_hand)
    (by_hand / model.files[0].name).write_bytes(b"something else")
    with pytest.raises(MissingDataError, match="is not the published"):
        fetch_models.fetch_model("tiny-model", settings, source=by_hand)
    shutil.copy(tmp_path / "kept", by_hand / model.files[0].name)
    fetch_models.fetch_model("tiny-model", settings, source=by_hand)
    assert not hub.asked
    assert [c.name for c in backbones(settings)] == ["tiny-model"]


def unpinned(model: PublishedModel, hub: Server) -> PublishedModel:
    """The same, known by nobody but the hub: large files by sha256, small ones by git's sum."""
    for k, file in enumerate(model.files):
        body = hub.files[f"/lab/tiny/resolve/{COMMIT}/{file.path}"]
        git = hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()
        facts = {"X-Repo-Commit": COMMIT}
        if k % 2:
            facts |= {"X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(len(body))}
            facts["Location"] = "http://127.0.0.1:9/elsewhere"
        else:
            facts |= {"ETag": f'"{git}"', "Content-Length": str(len(body))}
        hub.facts[f"/lab/tiny/resolve/main/{file.path}"] = facts
    files = tuple(PinnedFile(f.path, f.name) for f in model.files)
    return replace(model, revision="main", files=files)


def test_without_a_known_checksum_the_hubs_own_word_is_shown_and_kept(
    model, settings, hub, monkeypatch
):
    publish(monkeypatch, unpinned(model, hub))
    said = []
    folder = fetch_models.fetch_model("tiny-model", settings, say=said.append)
    assert sum("by the hub's own word" in line for line in said) == len(model.files)
    mark = json.loads((folder / "fetched.json").read_text())
    assert {f["algorithm"] for f in mark["files"]} == {"sha256", "git"}
    assert all(COMMIT in f["url"] for f in mark["files"])


def test_an_answer_without_commit_or_checksum_is_refused(model, settings, hub, monkeypatch):
    publish(monkeypatch, unpinned(model, hub))
    for facts in hub.facts.values():
        facts.pop("X-Repo-Commit")
    with pytest.raises(MissingDataError, match="without its commit"):
        fetch_models.fetch_model("tiny-model", settings)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Linked-Size", "\xb2"),
        ("X-Linked-Size", "9" * 5000),
        ("X-Linked-Size", "-3"),
        ("Location", "http://[::no"),
    ],
)
def test_a_header_that_is_none_is_a_sentence(header, value, model, settings, hub, monkeypatch):
    publish(monkeypatch, unpinned(model, hub))
    for facts in hub.facts.values():
        facts[header] = value
    with pytest.raises(MissingDataError, match=r"not as the hub answers|Cannot download"):
        fetch_models.fetch_model("tiny-model", settings)


def test_gene_names_are_held_against_their_checksum(tmp_path):
    names = ["TSPAN6", "DPM1", "A1BG"]
    expected = hashlib.sha256("\n".join(names).encode()).hexdigest()
    path, out = tmp_path / "vocab.json", tmp_path / "genes.txt"
    path.write_text(json.dumps({n: k for k, n in enumerate(names)}))
    fetch_models._write_names(path, out, expected)
    assert out.read_text().split() == names
    path.write_text(json.dumps(sorted(names)))
    with pytest.raises(MissingDataError, match="not the model's own"):
        fetch_models._write_names(path, out, expected)


def test_pickled_dictionaries_become_json_and_are_gone(hub, settings, monkeypatch, tmp_path):
    published = write_geneformer(tmp_path / "published", pickled=True)
    publish(monkeypatch, pinned(published, hub, kind="geneformer"))
    folder = fetch_models.fetch_model("tiny-model", settings)
    assert list(published.glob("*.pkl"))
    assert not list(folder.glob("*.pkl"))
    assert len(list(folder.glob("*_dictionary_*.json"))) == 2
    mark = json.loads((folder / "fetched.json").read_text())
    assert {f["name"] for f in mark["files"]} == {p.name for p in published.iterdir()}
    fetched, given = open_named("tiny-model", settings), open_named(str(published), settings)
    assert fetched.checksum == given.checksum
    assert fetched.dictionaries == given.dictionaries


def test_one_model_is_fetched_by_one_at_a_time(model, settings):
    place = settings.home / "downloads" / "tiny-model"
    place.mkdir(parents=True)
    with (
        exclusive(place.with_suffix(".lock")),
        pytest.raises(StorageError, match="locked by another"),
    ):
        fetch_models.fetch_model("tiny-model", settings)
    fetch_models.fetch_model("tiny-model", settings)


def test_what_cannot_be_fetched_says_how_to_get_it(settings):
    with pytest.raises(MissingDataError, match="backbones add FOLDER"):
        fetch_models.fetch_model("scfoundation", settings)
    with pytest.raises(UnknownNameError, match="scgpt-human"):
        fetch_models.fetch_model("scgpt-humn", settings)


def test_every_pin_is_whole():
    for model in published_models.published_models().values():
        assert model.files or model.folder_only
        for file in model.files:
            assert not file.sha256 or (re.fullmatch("[0-9a-f]{64}", file.sha256) and file.size)
            assert re.fullmatch(r"[A-Za-z0-9_.-]+", file.name)


def test_an_added_folder_is_linked_and_stays(checkpoint, settings):
    assert added_models.add_folder(checkpoint, "mine", settings) == "mine"
    assert [c.name for c in backbones(settings)] == ["mine"]
    for name in ("mine", "../x", ".hidden", "a/b"):
        with pytest.raises(OptionError):
            added_models.add_folder(checkpoint, name, settings)
    with pytest.raises(InputError):
        added_models.add_folder(checkpoint.parent, "other", settings)
    assert "stay in" in added_models.remove_model("mine", settings)
    assert (checkpoint / "vocab.json").is_file()
