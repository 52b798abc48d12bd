"""The mean of stages of one run: the weights themselves, the card, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from ugrn_core.errors import CheckpointError, OptionError
from ugrn_core.experiment.pretrain.averaging import Stage, average, stages
from ugrn_core.pretraining.batches import Sampling
from ugrn_core.pretraining.checkpoint import write_backbone
from ugrn_core.pretraining.corpus.data_sets import read_corpus
from ugrn_core.pretraining.recipe import Training
from ugrn_core.pretraining.train import Trainer

TRAINING = Training(layers=1, steps=2, warmup=1, sampling=Sampling(cells=6, context=20), width=256)
ABOUT = {"name": "made", "title": "Made", "description": "A test.", "command": "c"}


@pytest.fixture(scope="module")
def early(folder, tmp_path_factory):
    """A trainer at its first stage, its weights there, and its backbone folder."""
    at = tmp_path_factory.mktemp("averaging")
    trainer = Trainer(read_corpus(folder, {}, ["mouse"]), TRAINING, at / "run")
    trainer.run()
    write_backbone(trainer, at / "early", {"baseline": 0.5}, ABOUT)
    weights = {k: v.clone() for k, v in trainer.model.state_dict().items()}
    return trainer, weights, at / "early"


def test_the_mean_is_of_every_tensor_by_its_share(early):
    trainer, first, folder = early
    with torch.no_grad():
        for tensor in trainer.model.parameters():
            tensor += 1
    rows = average(trainer, [Stage(folder, 0.25)])
    assert rows == [
        {"name": "early", "steps": 2, "share": 0.25},
        {"name": "this run", "steps": 2, "share": 0.75},
    ]
    for name, tensor in trainer.model.named_parameters():  # the gene table is kept in float16
        torch.testing.assert_close(tensor.detach(), first[name] + 0.75, atol=1e-3, rtol=0)


def test_the_card_says_what_went_in(early, tmp_path):
    rows = [
        {"name": "a", "steps": 1200, "share": 0.667},
        {"name": "this run", "steps": 10000, "share": 0.333},
    ]
    write_backbone(early[0], tmp_path / "made", {"baseline": 0.5}, ABOUT | {"averaged": rows})
    assert json.loads((tmp_path / "made" / "card.json").read_text())["averaged"] == rows
    text = (tmp_path / "made" / "README.md").read_text()
    assert "stages of this run: 1,200 steps 67%, 10,000 steps 33%" in text


def test_another_shape_or_no_backbone_is_refused(early, folder, tmp_path):
    wider = replace(TRAINING, layers=2)
    other = Trainer(read_corpus(folder, {}, ["mouse"]), wider, tmp_path / "run")
    with pytest.raises(CheckpointError, match="another shape"):
        average(other, [Stage(early[2], 0.5)])
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="pretrain wrote"):
        average(early[0], [Stage(tmp_path / "empty", 0.5)])


@pytest.mark.parametrize("text", ["folder", "=0.5", "folder=much"])
def test_stages_of_another_form_are_refused(text):
    with pytest.raises(OptionError, match="FOLDER=SHARE"):
        stages([text])


@pytest.mark.parametrize("shares", [["1"], ["0"], ["0.5", "0.5"], ["nan"]])
def test_shares_leave_something_for_the_run_itself(early, shares):
    with pytest.raises(OptionError, match="below 1"):
        stages([f"{early[2]}={share}" for share in shares])


def test_a_stage_is_a_folder_with_weights_told_before_hours_of_training(early, tmp_path):
    odd = tmp_path / "a=b"
    odd.symlink_to(early[2])
    assert stages([f"{odd}=0.5"]) == (Stage(odd, 0.5),)
    with pytest.raises(OptionError, match="holds no model"):
        stages([f"{tmp_path}/none=0.5"])
