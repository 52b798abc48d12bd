"""Files in a folder somebody else made: pipes, devices and endless files are refused at once."""

from __future__ import annotations

import json
import os

import pytest

from tests.backbones.tiny import write_geneformer, write_scbert, write_scfoundation, write_tahoe
from ugrn_core.backbones import open_backbone
from ugrn_core.backbones.vocabulary import read_json
from ugrn_core.dashboard.sections.methods import read
from ugrn_core.errors import CheckpointError, StorageError
from ugrn_core.experiment.catalog.backbones import backbones
from ugrn_core.files import read_bounded
from ugrn_core.settings import Settings


def pipe(path):
    os.mkfifo(path)


def endless(path):
    path.symlink_to("/dev/zero")


def large(path):
    with path.open("wb") as file:
        file.truncate(1 << 33)  # sparse: 8 GB of zeros


def circle(path):
    path.symlink_to(path.name)


def folder(path):
    path.mkdir()


HOSTILE = (pipe, endless, large, circle, folder)


@pytest.mark.parametrize("make", HOSTILE)
def test_a_bounded_read_does_not_wait_and_does_not_fill_memory(make, tmp_path):
    make(tmp_path / "x")
    with pytest.raises(StorageError):
        read_bounded(tmp_path / "x", 1 << 20)
    with pytest.raises(CheckpointError):
        read_json(tmp_path / "x", 1 << 20)
    (tmp_path / "good").write_bytes(b"abc")
    assert read_bounded(tmp_path / "good", 3) == b"abc"
    with pytest.raises(StorageError, match="larger than 2 bytes"):
        read_bounded(tmp_path / "good", 2)


@pytest.mark.parametrize("make", HOSTILE)
def test_a_hostile_card_is_no_card(make, tmp_path):
    place = tmp_path / "backbones" / "mine"
    place.mkdir(parents=True)
    (place / "args.json").write_text(json.dumps({}))
    make(place / "card.json")
    assert read(place / "card.json") == {}
    (card,) = backbones(Settings(home=tmp_path, assets=tmp_path / "none"))
    assert card.name == "mine"
    with pytest.raises(CheckpointError):
        open_backbone(place)


@pytest.mark.parametrize("make", [pipe, endless, folder])
@pytest.mark.parametrize("write", [write_tahoe, write_scbert, write_geneformer, write_scfoundation])
def test_no_file_of_any_format_is_waited_for(make, write, tmp_path):
    written = write(tmp_path / "sound")
    place = written if written.is_dir() else written.parent
    open_backbone(place)
    for name in [p.name for p in place.iterdir() if p.is_file()]:
        aside = tmp_path / "aside"
        (place / name).rename(aside)
        make(place / name)
        with pytest.raises(CheckpointError):
            open_backbone(place)
        (place / name).rename(tmp_path / f"{name} hostile")
        aside.rename(place / name)


@pytest.mark.parametrize("make", HOSTILE)
@pytest.mark.parametrize("name", ["args.json", "vocab.json", "best_model.pt"])
def test_hostile_files_of_a_checkpoint_are_refused(make, name, tmp_path):
    for other in {"args.json", "vocab.json", "best_model.pt"} - {name}:
        (tmp_path / other).write_text("{}")
    make(tmp_path / name)
    with pytest.raises(CheckpointError):
        open_backbone(tmp_path)
