"""Weights in several files, as large published models come: the same numbers, or a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.backbones.tiny import scgpt_state, write_checkpoint
from ugrn_core.backbones import open_backbone
from ugrn_core.backbones.weight_files import holds_weights
from ugrn_core.errors import CheckpointError
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel


def shards(folder: Path, kind: str, parts: int = 3) -> dict[str, str]:
    """Put the weights of a folder into several files, with their index; return its weight_map."""
    state = scgpt_state()
    (folder / "best_model.pt").unlink()
    stem = "model" if kind == "safetensors" else "pytorch_model"
    names = [f"{stem}-{k + 1:05d}-of-{parts:05d}.{kind}" for k in range(parts)]
    where = {key: names[k % parts] for k, key in enumerate(sorted(state))}
    for name in names:
        part = {key: state[key].contiguous() for key in where if where[key] == name}
        if kind == "safetensors":
            save_file(part, folder / name)
        else:
            torch.save(part, folder / name)
    index = folder / f"{stem}.{kind}.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": where}))
    return where


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_several_files_are_the_same_backbone(tmp_path, kind):
    whole = open_backbone(write_checkpoint(tmp_path / "whole", scgpt_state()))
    folder = write_checkpoint(tmp_path / "parts", scgpt_state())
    where = shards(folder, kind)
    assert holds_weights(folder)
    parts = open_backbone(folder)
    panel = Panel(whole.vocabulary.genes[:5])
    settings = default_settings(whole)
    for a, b in zip(whole.sweep(panel, settings)(0), parts.sweep(panel, settings)(0)):
        assert (a == b).all()
    assert set(where.values()) <= set(parts.files)


def refused(folder: Path, told: str) -> None:
    with pytest.raises(CheckpointError, match=told) as caught:
        open_backbone(folder)
    assert "\n" not in str(caught.value)


def test_a_lacking_file_and_an_index_of_other_places_are_refused(tmp_path):
    folder = write_checkpoint(tmp_path / "parts", scgpt_state())
    where = shards(folder, "safetensors")
    (folder / where[min(where)]).unlink()
    refused(folder, "lacks 1 of the 3 weight files")
    index = folder / "model.safetensors.index.json"
    for name in ("../best_model.safetensors", "/etc/passwd", "a.sh", ""):
        index.write_text(json.dumps({"weight_map": {"a": name}}))
        refused(folder, "does not say which files")
    index.write_text("{}")
    refused(folder, "no weight_map")


def test_a_tensor_in_two_files_is_refused(tmp_path):
    folder = write_checkpoint(tmp_path / "parts", scgpt_state())
    names = sorted(set(shards(folder, "safetensors").values()))
    (folder / names[1]).write_bytes((folder / names[0]).read_bytes())
    refused(folder, "in two files")
