"""Which backbones there are, and opening them."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from tests.experiment.conftest import GENES
from ugrn_core.errors import CheckpointError, UnknownNameError
from ugrn_core.experiment.catalog import backbones
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
    folder = shutil.copytree(checkpoint, settings.home / "backbones" / "added")
    (folder / "card.json").write_text(json.dumps({"name": "tiny", "description": "a\n\x1bb" * 99}))
    shadow = backbones.backbones(settings)[1]
    assert shadow.name == "tiny"
    assert len(shadow.description) <= 300
    assert backbones.open_named("tiny", settings).folder == settings.assets / "backbones" / "tiny"
