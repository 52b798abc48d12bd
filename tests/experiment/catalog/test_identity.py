"""What a backbone is, without its weights: the same, kept while files do not change."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.backbones.toys import write_toy
from ugrn_core.backbones.base import Backbone
from ugrn_core.errors import CheckpointError, MissingDataError, StorageError
from ugrn_core.experiment.catalog import backbones, identity
from ugrn_core.experiment.runs.spec import Spec, run_id
from ugrn_core.files import sealed, unsealed
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import Settings
from ugrn_core.types import Panel

SHIPPED = Path(__file__).resolve().parents[3] / "assets"
# Computed before identities were kept; they name runs on people's disks.
IDS = {
    "ugrn-base": "6eb2dd570a0a6c8b",
    "ugrn-small": "f296eb2fc457ad59",
    "ugrn-base-random": "bedce426538177da",
    "ugrn-small-random": "2112cd802da2e3ed",
}


@pytest.fixture
def own(settings, checkpoint) -> Settings:
    """The tiny backbone as files of this test alone."""
    folder = settings.assets / "backbones" / "tiny"
    folder.unlink()
    shutil.copytree(checkpoint, folder)
    return settings


@pytest.fixture
def no_weights(monkeypatch):
    """Return a function after which opening a checkpoint fails."""

    def close() -> None:
        def refuse(*where):
            raise AssertionError(f"opened {where}")

        identity._known.cache_clear()  # as another process would find it
        refuse.cache_clear = lambda: None
        monkeypatch.setattr(backbones, "open_folder", refuse)

    return close


def test_run_ids_are_those_of_before_and_open_no_weights(tmp_path, no_weights):
    no_weights()
    shipped = Settings(home=tmp_path, assets=SHIPPED)
    assert {name: run_id(shipped, Spec(name, "krumsiek2011")) for name in IDS} == IDS
    assert len(list((tmp_path / "identities").iterdir())) == len(IDS)


@pytest.mark.parametrize("name", sorted(IDS))
def test_what_ships_beside_the_weights_is_what_they_say(name, tmp_path):
    shipped = Settings(home=tmp_path, assets=SHIPPED)
    known, opened = identity.known(name, shipped), backbones.open_named(name, shipped)
    same(known, opened)


def same(known, opened) -> None:
    for field in ("name", "kind", "checksum", "defaults", "files", "ignored", "folder", "device"):
        assert getattr(known, field) == getattr(opened, field), field
    assert known.describe() == opened.describe()
    assert known.vocabulary.to_json() == opened.vocabulary.to_json()
    assert known.is_control == backbones.is_control(opened)


@pytest.mark.parametrize("name", ["tiny", "tiny-random"])
def test_what_is_kept_is_what_the_weights_say(name, own, no_weights, monkeypatch):
    opened = backbones.open_named(name, own)
    identity.known(name, own)
    with monkeypatch.context():
        no_weights()
        known = identity.known(name, own)
        assert identity.known(name, own) is known
    same(known, opened)
    assert isinstance(known, Backbone)


def test_weights_are_opened_when_something_is_computed(own):
    known, opened = identity.known("tiny", own), backbones.open_named("tiny", own)
    panel = Panel(("GATA1", "SPI1", "KLF1"))
    values = torch.tensor([[0.5, 1.0, 2.0]])
    torch.testing.assert_close(
        known.reconstruct(panel, values), opened.reconstruct(panel, values), rtol=0, atol=0
    )
    np.testing.assert_array_equal(known.gene_embedding(panel), opened.gene_embedding(panel))
    np.testing.assert_array_equal(known.attention(panel, values), opened.attention(panel, values))
    settings = default_settings(known)
    for one, two in zip(known.sweep(panel, settings)(1), opened.sweep(panel, settings)(1)):
        np.testing.assert_array_equal(one, two)


def test_a_file_that_changed_is_another_backbone(own):
    before = identity.known("tiny", own)
    folder = own.assets / "backbones" / "tiny"
    arguments = json.loads((folder / "args.json").read_text()) | {"cls_value": 3.5}
    (folder / "args.json").write_text(json.dumps(arguments))
    backbones.open_folder.cache_clear()
    after = identity.known("tiny", own)
    assert before.defaults.cls_layouts[0] != after.defaults.cls_layouts[0] == 3.5


def test_weights_that_changed_in_use_are_refused(own):
    known = identity.known("tiny", own)
    changed = replace(known, checksum="0" * 64)
    with pytest.raises(CheckpointError, match="have changed"):
        changed.gene_embedding(Panel(("GATA1", "SPI1")))


def test_a_damaged_record_is_made_again(own):
    first = identity.known("tiny", own)
    (path,) = (own.home / "identities").iterdir()
    path.write_bytes(path.read_bytes().replace(first.checksum.encode(), b"0" * 64))
    identity._known.cache_clear()
    assert identity.known("tiny", own).checksum == first.checksum


def test_another_folders_word_is_not_taken(own, tmp_path, no_weights):
    """A folder that brings an identity.json could name the weights of another backbone."""
    folder = tmp_path / "mine"
    shutil.copytree(own.assets / "backbones" / "tiny", folder)
    (folder / "identity.json").write_bytes(identity.identity_of(folder))
    given = replace(own, backbones=(folder,))
    no_weights()
    with pytest.raises(AssertionError, match="opened"):
        identity.known("mine", given)


def test_shipped_weights_that_were_replaced_are_read_themselves(own):
    folder = own.assets / "backbones" / "tiny"
    (folder / "identity.json").write_bytes(identity.identity_of(folder))
    arguments = json.loads((folder / "args.json").read_text()) | {"cls_value": 3.5}
    (folder / "args.json").write_text(json.dumps(arguments))
    backbones.open_folder.cache_clear()
    assert identity.known("tiny", own).defaults.cls_layouts[0] == 3.5


def test_a_capability_younger_than_what_ships_is_its_default(own, no_weights):
    folder = own.assets / "backbones" / "tiny"
    content = unsealed(identity.identity_of(folder))
    expected = identity.known("tiny", own).defaults
    for record in (content["learned"], content["control"]):
        del record["defaults"]["differentiable"]
    (folder / "identity.json").write_bytes(sealed(content))
    no_weights()
    assert identity.known("tiny", own).defaults == expected


def test_without_torch_an_unknown_backbone_says_what_to_install(own, monkeypatch):
    monkeypatch.setattr(backbones, "can_compute", lambda: False)
    backbones.open_folder.cache_clear()
    with pytest.raises(MissingDataError, match="PyTorch is not installed"):
        identity.known("tiny", own)


def test_a_home_that_takes_nothing_is_no_obstacle(own, monkeypatch):
    tried = []

    def full(path, content):
        tried.append(path)
        raise StorageError("The disk is full.")

    monkeypatch.setattr(identity, "write_own", full)
    assert identity.known("tiny", own).name == "tiny"
    assert len(tried) == 1


def test_what_some_backbones_can_beside_the_contract_is_asked_of_the_weights(tmp_path):
    settings = Settings(home=tmp_path / "home", assets=tmp_path / "assets")
    genes = ("GATA1", "SPI1", "KLF1", "MYC")
    for kind in ("geneformer-v2", "scfoundation"):
        write_toy(tmp_path / kind, kind, genes)
    cell = np.ones(4)
    queue = identity.known(str(tmp_path / "geneformer-v2"), settings)
    own = queue.opened.perturb(Panel(genes), cell, np.array([1]))
    np.testing.assert_array_equal(queue.perturb(Panel(genes), cell, np.array([1])), own)
    deep = identity.known(str(tmp_path / "scfoundation"), settings)
    assert not hasattr(deep, "perturb")
    values = torch.ones(1, 4)
    shallow = deep.reconstruct(Panel(genes), values, cls=None, depth=(2.0, 4.0))
    assert not torch.equal(shallow, deep.reconstruct(Panel(genes), values, cls=None))
