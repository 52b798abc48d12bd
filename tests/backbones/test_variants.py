"""Every spelling of a checkpoint gives the canonical one's numbers; what differs is refused."""

from __future__ import annotations

import json
import re

import pytest
import torch
from safetensors.torch import save_file

from tests.backbones.tiny import WIDTH, scbenchmark_state, scgpt_state, write_checkpoint
from ugrn_core.backbones import open_backbone, scgpt
from ugrn_core.backbones.random_weights import randomised
from ugrn_core.errors import CheckpointError, OptionError
from ugrn_core.types import Panel, ValueScale

PANEL = Panel(("GATA1", "SPI1", "C1orf112", "MYC", "JUN"))
CELLS = torch.tensor([[0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 0.5, 0.5, 0.5, 2.0]])


def flash(key: str) -> str:
    return re.sub(r"in_proj_(weight|bias)", r"Wqkv.\1", key)


def wrapped_flash(key: str) -> str:
    return flash(key).replace("self_attn.", "self_attn._impl.")


def hugging_face(key: str) -> str:
    for ours, theirs in (
        ("encoder.", "gene_encoder."),
        ("transformer_encoder.", "transformer."),
        ("decoder.", "expr_decoder."),
    ):
        if key.startswith(ours):
            return theirs + key[len(ours) :]
    return key


def renamed(state, rename):
    return {rename(k): v for k, v in state.items()}


def outputs(backbone, **options):
    with torch.no_grad():
        return backbone.reconstruct(PANEL, CELLS, **options)


@pytest.fixture
def canonical(tmp_path):
    return open_backbone(write_checkpoint(tmp_path / "canonical", scgpt_state()))


@pytest.mark.parametrize(
    "rename", [flash, wrapped_flash, hugging_face, lambda k: f"module.{flash(k)}"]
)
def test_scgpt_spellings_agree(tmp_path, canonical, rename):
    folder = write_checkpoint(tmp_path / "other", renamed(scgpt_state(), rename))
    other = open_backbone(folder)
    assert other.checksum == canonical.checksum
    for readout in ("visible", "generative"):
        options = {"readout": readout, "cls": -2.0}
        assert torch.equal(outputs(other, **options), outputs(canonical, **options))


def test_safetensors_with_config_json(tmp_path, canonical):
    folder = write_checkpoint(tmp_path / "hf", {})
    (folder / "best_model.pt").unlink()
    (folder / "args.json").unlink()
    (folder / "config.json").write_text(json.dumps({"nhead": 2, "norm_scheme": "post"}))
    save_file(renamed(scgpt_state(), hugging_face), folder / "model.safetensors")
    other = open_backbone(folder)
    assert other.checksum == canonical.checksum
    assert set(other.files) == {"model.safetensors", "config.json", "vocab.json"}


@pytest.mark.parametrize("wrapper", ["model_state_dict", "state_dict"])
def test_training_checkpoints_are_unwrapped(tmp_path, canonical, wrapper):
    state = {"epoch": 3, wrapper: renamed(scgpt_state(), lambda k: f"module.{k}")}
    other = open_backbone(write_checkpoint(tmp_path / "wrapped", state))
    assert other.checksum == canonical.checksum


def test_half_precision_files_run_in_float32(tmp_path, canonical):
    halves = {k: v.to(torch.float16) for k, v in scgpt_state().items()}
    other = open_backbone(write_checkpoint(tmp_path / "half", halves))
    assert outputs(other).dtype == torch.float32
    rounded = {k: v.float() for k, v in halves.items()}
    exact = open_backbone(write_checkpoint(tmp_path / "rounded", rounded))
    assert torch.equal(outputs(other), outputs(exact))
    assert not torch.equal(outputs(other), outputs(canonical))


def test_unread_heads_are_reported_and_leave_the_checksum_alone(tmp_path, canonical):
    extra = {"cls_decoder.out_layer.weight": torch.ones(3, 8), "mvc_decoder.W.weight": torch.eye(8)}
    extra |= {f"decoder.zero_logit.{n}.weight": torch.eye(8) for n in (0, 2)}
    other = open_backbone(write_checkpoint(tmp_path / "heads", scgpt_state() | extra))
    assert set(other.ignored) == set(extra)
    assert other.checksum == canonical.checksum
    assert torch.equal(outputs(other), outputs(canonical))


def test_input_batch_norm_is_applied(tmp_path, canonical):
    bn = torch.nn.BatchNorm1d(8, eps=6.1e-5).eval()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for t in (bn.weight, bn.bias, bn.running_mean):
            t.copy_(torch.randn(8, generator=generator))
        bn.running_var.copy_(torch.rand(8, generator=generator) + 0.1)
    state = scgpt_state() | {f"bn.{k}": v for k, v in bn.state_dict().items()}
    backbone = open_backbone(write_checkpoint(tmp_path / "bn", state))
    tokens = canonical._tokens(PANEL, CELLS, 0.0)[1]
    expected = bn(tokens.transpose(1, 2)).transpose(1, 2)
    torch.testing.assert_close(backbone._tokens(PANEL, CELLS, 0.0)[1], expected)
    assert "generative" not in backbone.defaults.readouts
    assert backbone.ignored == ("flag_encoder.weight", "bn.num_batches_tracked")


def test_without_a_flag_row_there_is_no_generative_readout(tmp_path):
    state = scgpt_state()
    del state["flag_encoder.weight"]
    backbone = open_backbone(write_checkpoint(tmp_path / "bare", state))
    with pytest.raises(OptionError, match="visible, masked"):
        outputs(backbone, readout="generative")


@pytest.mark.parametrize(
    ("key", "arguments", "told"),
    [
        ("dsbn.bns.0.weight", {}, "domain-specific batch norm"),
        ("batch_encoder.embedding.weight", {}, "batch labels"),
        ("pert_encoder.weight", {}, "perturbation fine-tune"),
        ("more", {"pre_norm": True}, "post-norm"),
        ("more", {"norm_scheme": "pre"}, "post-norm"),
        ("more", {"input_emb_style": "category"}, "category"),
        ("more", {"nheads": 3}, "nheads"),
        ("more", {"nheads": "8"}, "positive whole number"),
        ("more", {"nheads": None}, "nheads"),
        ("more", {"nlayers": 5}, "holds 2 layers"),
        ("more", {"mask_value": "x"}, "mask_value"),
    ],
)
def test_unsupported_scgpt_is_refused(tmp_path, key, arguments, told):
    state = scgpt_state() | {key: torch.ones(8)}
    folder = write_checkpoint(tmp_path / "odd", state, **arguments)
    with pytest.raises(CheckpointError, match=told):
        open_backbone(folder)


LAYER = "layers.1."
SQUARE = torch.eye(8)


@pytest.mark.parametrize(
    ("state", "extra", "told"),
    [
        (scgpt_state, {f"transformer_encoder.{LAYER}Space_Adapter.D_fc1.weight": SQUARE}, "Space_"),
        (scgpt_state, {"encoder.embedding.lora_embedding_A.default": SQUARE}, "LoRA"),
        (scgpt_state, {"prompt_embeddings": SQUARE}, "prompt_embeddings"),
        (scgpt_state, {f"transformer.{LAYER}gate": torch.ones(8)}, f"transformer_encoder.{LAYER}g"),
        (scgpt_state, {"decoder.fc.6.weight": SQUARE}, "decoder.fc.6.weight"),
        (scgpt_state, {"value_encoder.scale": torch.ones(1)}, "value_encoder.scale"),
        (scbenchmark_state, {f"encoder.{LAYER}linear1.lokr_w1": SQUARE}, "merge_and_unload"),
        (scbenchmark_state, {"encoder.norm.weight": torch.ones(8)}, "encoder.norm.weight"),
        (scbenchmark_state, {"module.decoder.5.weight": SQUARE}, "Merge them"),
    ],
)
def test_a_tensor_that_would_change_the_numbers_is_refused_by_name(tmp_path, state, extra, told):
    with pytest.raises(CheckpointError, match=re.escape(told)):
        open_backbone(write_checkpoint(tmp_path / "tuned", state() | extra))


def test_fine_tuning_beside_the_weights_is_refused(tmp_path):
    state = {"model_state_dict": scgpt_state(), "lora_state_dict": {"A": SQUARE}}
    with pytest.raises(CheckpointError, match="lora_state_dict"):
        open_backbone(write_checkpoint(tmp_path / "beside", state))
    folder = write_checkpoint(tmp_path / "peft", scgpt_state())
    save_file({"a": SQUARE}, folder / "adapter_model.safetensors")
    with pytest.raises(CheckpointError, match="adapter_model"):
        open_backbone(folder)


def test_a_tensor_named_twice_is_refused(tmp_path):
    state = scgpt_state()
    state |= renamed({k: v for k, v in state.items() if "in_proj" in k}, flash)
    with pytest.raises(CheckpointError, match="twice"):
        open_backbone(write_checkpoint(tmp_path / "twice", state))


def test_scbenchmark_gene_projection_is_a_linear_map(tmp_path):
    state = scbenchmark_state()
    wide = torch.randn(
        len(state["embedding.weight"]), 5, generator=torch.Generator().manual_seed(1)
    )
    matrix, bias = torch.arange(40.0).reshape(8, 5) / 40, torch.linspace(-1, 1, 8)
    wider = state | {"embedding.weight": wide}
    folder = write_checkpoint(tmp_path / "lacks", wider)
    with pytest.raises(CheckpointError, match=r"emb_trans.weight' is missing"):
        open_backbone(folder)
    wider |= {"emb_trans.weight": matrix, "emb_trans.bias": bias}
    projected = open_backbone(write_checkpoint(tmp_path / "wide", wider))
    flat = open_backbone(
        write_checkpoint(tmp_path / "flat", state | {"embedding.weight": wide @ matrix.T + bias})
    )
    torch.testing.assert_close(outputs(projected), outputs(flat))


@pytest.mark.parametrize("structure", ["mamba", "cnn_ours", "gnn_cp", "linear_base", 3])
def test_other_scbenchmark_structures_are_refused_by_name(tmp_path, structure):
    folder = write_checkpoint(tmp_path / "m", scbenchmark_state(), model_structure=structure)
    with pytest.raises(CheckpointError, match=f"'{structure}'"):
        open_backbone(folder)


def test_own_defaults_override(tmp_path):
    folder = write_checkpoint(tmp_path / "own", scbenchmark_state())
    own = {"name": "embedded", "baseline": 0.5, "grid": [0.0, 1.0], "readouts": ["masked"]}
    own |= {"value_scale": "log1p of counts per 10,000", "value_range": [0, 9]}
    (folder / "ugrn.json").write_text(json.dumps(own))
    backbone = open_backbone(folder)
    assert backbone.name == "embedded"
    assert open_backbone(folder, name="mine").name == "mine"
    assert backbone.defaults.baseline == 0.5
    assert backbone.defaults.grid == (0.0, 1.0)
    assert backbone.defaults.readouts == ("masked",)
    assert backbone.defaults.value_scale is ValueScale.LOG1P_CP10K
    assert "ugrn.json" in backbone.files


@pytest.mark.parametrize(
    "own",
    [
        {"grids": [1]},
        {"grid": []},
        {"grid": [1, 1]},
        {"grid": [1, "2"]},
        {"grid": [1, 99]},
        {"baseline": True},
        {"baseline": -1},
        {"readouts": ["generative"]},
        {"readouts": []},
        {"readouts": ["masked", "masked"]},
        {"readouts": [["masked"]]},
        {"name": 3},
        {"value_scale": ""},
        {"value_range": [3, 1]},
        {"value_range": [float("nan"), 1]},
    ],
)
def test_ill_formed_own_defaults_are_refused(tmp_path, own):
    folder = write_checkpoint(tmp_path / "own", scbenchmark_state())
    (folder / "ugrn.json").write_text(json.dumps(own))
    with pytest.raises(CheckpointError, match=r"ugrn\.json"):
        open_backbone(folder)


def test_kind_is_told_by_the_tensors(tmp_path):
    assert open_backbone(write_checkpoint(tmp_path / "a", scgpt_state())).kind == "scgpt"
    assert open_backbone(write_checkpoint(tmp_path / "b", scbenchmark_state())).kind == (
        "scbenchmark"
    )
    strange = {"lstm.weight_ih_l0": torch.ones(2, 2)}
    with pytest.raises(CheckpointError, match=r"lstm\.weight_ih_l0"):
        open_backbone(write_checkpoint(tmp_path / "c", strange))


def test_a_release_is_told_by_its_content_not_by_its_name(tmp_path, monkeypatch):
    state = scgpt_state()
    folder = write_checkpoint(tmp_path / "scGPT_human", state)
    backbone = open_backbone(folder)
    assert "release" not in backbone.describe()
    digest = backbone.files["best_model.pt"]
    monkeypatch.setitem(scgpt.RELEASES, digest, "whole-human")
    whole = open_backbone(folder)
    assert whole.describe()["release"] == "whole-human"
    assert "release" not in randomised(whole, 0).describe()
    head = {"cls_decoder.out_layer.weight": torch.zeros(177, WIDTH)}
    continual = open_backbone(write_checkpoint(tmp_path / "human", state | head))
    assert "continual" in continual.describe()["release"]
