"""Hostile and damaged folders: one clear sentence each, and no code runs."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.backbones.tiny import scgpt_state, write_checkpoint
from ugrn_core.backbones import open_backbone
from ugrn_core.backbones.checkpoint import file_checksum
from ugrn_core.errors import CheckpointError


class RunsCode:
    """Creates `path` when it is unpickled without care."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def folder(tmp_path):
    return write_checkpoint(tmp_path / "model", scgpt_state())


def refused(folder: Path, told: str) -> None:
    with pytest.raises(CheckpointError, match=told) as caught:
        open_backbone(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 1500


@pytest.mark.parametrize("legacy", [False, True])
def test_a_pickle_that_runs_code_is_refused_unrun(folder, tmp_path, legacy):
    proof = tmp_path / "proof"
    state = {"encoder.enc_norm.weight": RunsCode(proof)}
    torch.save(state, folder / "best_model.pt", _use_new_zipfile_serialization=not legacy)
    refused(folder, "could run code")
    assert not proof.exists()
    (folder / "best_model.pt").write_bytes(pickle.dumps(state))
    refused(folder, "could run code")
    assert not proof.exists()
    pickle.loads(pickle.dumps(state))  # noqa: S301 - shows that the trap works
    assert proof.exists()


@pytest.mark.parametrize("kept", [0, 1, 100, 3000, -1, -200])
def test_cut_off_weights(folder, kept):
    weights = folder / "best_model.pt"
    weights.write_bytes(weights.read_bytes()[:kept])
    refused(folder, r"best_model\.pt")


def test_cut_off_safetensors(folder):
    (folder / "best_model.pt").unlink()
    path = folder / "model.safetensors"
    save_file(scgpt_state(), path)
    assert open_backbone(folder).kind == "scgpt"
    path.write_bytes(path.read_bytes()[:-100])
    refused(folder, r"model\.safetensors cannot be read")


@pytest.mark.parametrize("content", [[1, 2], {}, {"epoch": 3}, torch.ones(3)])
def test_weights_that_are_no_state_dict(folder, content):
    torch.save(content, folder / "best_model.pt")
    refused(folder, r"best_model\.pt")


def test_a_compressed_archive_is_refused_before_it_unfolds(folder):
    with zipfile.ZipFile(folder / "best_model.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/data.pkl", bytes(50_000_000))
    refused(folder, "cannot be read")


def test_a_legacy_file_loads(folder):
    path = folder / "best_model.pt"
    before = open_backbone(folder).checksum
    torch.save(scgpt_state(), path, _use_new_zipfile_serialization=False)
    assert open_backbone(folder).checksum == before


def test_folders_that_are_no_checkpoint(tmp_path, folder):
    refused(tmp_path / "nowhere", "not a folder")
    refused(folder / "best_model.pt", "not a folder")
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(empty, "holds no best_model.pt")
    (empty / "best_model.pt").mkdir()
    refused(empty, "holds no best_model.pt")


@pytest.mark.parametrize(("lacking", "told"), [("args.json", "args.json"), ("vocab.json", "vocab")])
def test_lacking_files_are_named(folder, lacking, told):
    (folder / lacking).unlink()
    refused(folder, told)


def test_other_weight_names(folder):
    (folder / "best_model.pt").rename(folder / "model-ep3.pt")
    assert open_backbone(folder).files.keys() >= {"model-ep3.pt"}
    torch.save({}, folder / "model-ep4.pt")
    refused(folder, "holds 2 weight files")


@pytest.mark.parametrize("text", ["", "[1]", "{", "[" * 100_000, "\x00", '{"nheads": NaN}', "5"])
@pytest.mark.parametrize("name", ["args.json", "vocab.json"])
def test_ill_formed_json(folder, name, text):
    (folder / name).write_text(text)
    refused(folder, r"args\.json|vocab\.json")


def test_json_that_is_no_text(folder):
    (folder / "args.json").write_bytes(b"\xff\xfe\x00")
    refused(folder, "cannot be read as JSON")


def test_every_missing_and_ill_shaped_tensor_is_named(folder):
    state = scgpt_state()
    del state["value_encoder.norm.bias"]
    del state["transformer_encoder.layers.1.linear1.weight"]
    state["decoder.fc.2.weight"] = torch.ones(8, 7)
    state["decoder.fc.4.bias"] = torch.tensor([float("nan")])
    state["encoder.enc_norm.bias"] = torch.arange(8)
    torch.save(state, folder / "best_model.pt")
    with pytest.raises(CheckpointError) as caught:
        open_backbone(folder)
    for told in (
        "'value_encoder.norm.bias' is missing",
        "'transformer_encoder.layers.1.linear1.weight' is missing",
        "'decoder.fc.2.weight' has shape (8, 7) instead of (8, 8)",
        "'decoder.fc.4.bias' holds values that are not finite",
        "'encoder.enc_norm.bias' is not a plain floating-point tensor",
    ):
        assert told in str(caught.value)
    assert str(caught.value).count("'") == 10  # these five and no others


def test_a_missing_layer_is_told(folder):
    state = {k: v for k, v in scgpt_state().items() if ".layers.1." not in k}
    torch.save(state, folder / "best_model.pt")
    refused(folder, "holds 1 layers .* state 2")
    state = {k: v for k, v in scgpt_state().items() if ".layers.0." not in k}
    torch.save(state, folder / "best_model.pt")
    refused(folder, r"layers\.0\.linear1\.weight' is missing")


def test_a_tensor_that_claims_more_than_it_stores_is_not_copied(folder):
    huge = torch.ones(1).expand(12, 40_000_000_000)
    torch.save(scgpt_state() | {"encoder.embedding.weight": huge}, folder / "best_model.pt")
    refused(folder, r"encoder\.embedding\.weight")


def test_vocabulary_and_weights_must_be_of_one_model(folder):
    vocabulary = json.loads((folder / "vocab.json").read_text())
    vocabulary["EXTRA"] = len(vocabulary)
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    refused(folder, r"names 14 tokens.*weights hold 13 \('encoder\.embedding\.weight'\)")


def test_the_file_may_be_replaced_after_loading(folder):
    backbone = open_backbone(folder)
    before = backbone.weights.net.layers[0].qkv.weight.clone()
    path = folder / "best_model.pt"
    told = file_checksum(path)
    assert backbone.files["best_model.pt"] == told
    path.write_bytes(bytes(path.stat().st_size))
    assert torch.equal(backbone.weights.net.layers[0].qkv.weight, before)
