"""Which backbones there are, and opening them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.backbones.tiny import write_geneformer
from tests.experiment.conftest import GENES
from ugrn_core.errors import CheckpointError, UnknownNameError
from ugrn_core.experiment.catalog import added_models, backbones, identity
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel


def test_each_embedded_backbone_comes_with_its_random_control(settings):
    cards = {c.name: c for c in backbones.backbones(settings)}
    assert list(cards) == ["tiny", "tiny-random"]
    assert cards["tiny-random"].is_control
    assert not cards["tiny"].is_control


def test_the_control_has_other_weights_and_says_other_things(settings):
    real = backbones.open_named("tiny", settings)
    control = backbones.open_named("tiny-random", settings)
    assert (real.name, control.name) == ("tiny", "tiny-random")
    assert real.checksum != control.checksum
    assert backbones.is_control(control)
    assert not backbones.is_control(real)
    assert control.vocabulary.tokens == real.vocabulary.tokens
    panel = Panel(GENES[:4])
    outputs = [b.sweep(panel, default_settings(b)).baseline_output for b in (real, control)]
    assert not np.allclose(*outputs)


def test_unknown_names_get_near_matches(settings, tmp_path):
    with pytest.raises(UnknownNameError, match="Did you mean tiny"):
        backbones.open_named("tinny", settings)
    with pytest.raises(CheckpointError, match="There is no folder"):
        backbones.open_named(str(tmp_path / "absent"), settings)
    with pytest.raises(CheckpointError):
        backbones.open_named(str(tmp_path), settings)  # a folder, but no checkpoint


def test_a_folder_is_opened_under_its_own_name(settings, checkpoint, tmp_path):
    folder = shutil.copytree(checkpoint, tmp_path / "mine")
    assert backbones.open_named(str(folder), settings).name == "mine"


@pytest.mark.parametrize(
    "content", ["[1]", "{", '{"name": 7}', '"text"', "[" * 100_000, '{"description": "  "}']
)
def test_a_card_may_hold_anything(content, settings, checkpoint):
    folder = shutil.copytree(checkpoint, settings.home / "backbones" / "added")
    (folder / "card.json").write_text(content)
    card = {c.name: c for c in backbones.backbones(settings)}["added"]
    assert card.description == "Checkpoint in the folder 'added'."


def test_what_is_added_never_takes_the_name_of_what_ships(settings, checkpoint):
    folder = shutil.copytree(checkpoint, settings.home / "backbones" / "tiny")
    (folder / "card.json").write_text(json.dumps({"description": "a\n\x1bb" * 99}))
    shadow = backbones.backbones(settings)[1]
    assert shadow.name == "tiny"
    assert len(shadow.description) <= 300
    assert backbones.open_named("tiny", settings).folder == settings.assets / "backbones" / "tiny"


@pytest.mark.parametrize("said", ["tiny", "../../etc"])
def test_a_model_is_called_what_it_was_added_as_whatever_its_card_says(
    said, settings, checkpoint, tmp_path
):
    folder = shutil.copytree(checkpoint, tmp_path / "copy")
    (folder / "card.json").write_text(json.dumps({"name": said}))
    assert added_models.add_folder(folder, "mine", settings) == "mine"
    assert [c.name for c in backbones.backbones(settings)] == ["tiny", "mine", "tiny-random"]
    assert backbones.open_named("mine", settings).folder.samefile(folder)
    added_models.remove_model("mine", settings)
    assert [c.name for c in backbones.backbones(settings)] == ["tiny", "tiny-random"]


def test_a_name_whose_folder_is_gone_says_so_until_it_is_back_or_removed(
    settings, checkpoint, tmp_path
):
    folder = shutil.copytree(checkpoint, tmp_path / "unplugged")
    added_models.add_folder(folder, None, settings)
    assert not backbones.lost(settings)
    folder.rename(tmp_path / "elsewhere")
    assert backbones.lost(settings) == {"unplugged": folder}
    with pytest.raises(CheckpointError, match="is not there any more"):
        backbones.open_named("unplugged", settings)
    (tmp_path / "elsewhere").rename(folder)
    assert backbones.open_named("unplugged", settings).name == "unplugged"
    shutil.rmtree(folder)
    assert "was gone" in added_models.remove_model("unplugged", settings)
    with pytest.raises(UnknownNameError):
        backbones.open_named("unplugged", settings)


def test_another_model_under_a_name_had_before_is_that_other_model(settings, checkpoint, tmp_path):
    seen = []
    for folder in (checkpoint, write_geneformer(tmp_path / "other"), checkpoint):
        added_models.add_folder(folder, "mine", settings)
        known = identity.known("mine", settings)
        opened = backbones.open_named("mine", settings)
        assert known.checksum == opened.checksum == known.opened.checksum
        seen.append((known.kind, known.checksum))
        added_models.remove_model("mine", settings)
    assert [kind for kind, _ in seen] == ["scbenchmark", "geneformer", "scbenchmark"]
    assert seen[0] == seen[2] != seen[1]


def test_a_path_that_is_no_path_is_no_folder(settings, tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path in (loop, "~nobody-by-this-name/x", "/a\0b", "/" + "a" * 5000):
        with pytest.raises(CheckpointError, match="There is no folder"):
            added_models.add_folder(Path(path), None, settings)
        with pytest.raises(CheckpointError, match="There is no folder"):
            backbones.open_named(str(path), settings)
