from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import safetensors.numpy

from ugrn_core.errors import CheckpointError, MissingDataError, StorageError
from ugrn_core.translators.card import TranslatorCard
from ugrn_core.translators.ensemble import SeedEnsemble
from ugrn_core.translators.fit import FitConfig, fit
from ugrn_core.translators.storage import load_translator, save_translator
from ugrn_core.types import ProbeSettings


@pytest.fixture(scope="module")
def trained():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 3)).astype(np.float32)
    config = FitConfig(hidden=(5, 4), epochs=3)
    held_out = np.arange(200) % 4 == 0
    members, reports = zip(*(fit(x, x[:, 0] > 0, held_out, config, seed) for seed in (7, 8)))
    ensemble = SeedEnsemble(members)
    card = TranslatorCard(
        probe="gdt",
        features="plain",
        feature_count=3,
        settings=ProbeSettings(0.5, (0.0, 1.0, 2.0), cls=None).to_json(),
        backbone="tiny",
        backbone_checksum="ab" * 32,
        dataset="hESC",
        network="STRING",
        gene_set="TFs+500",
        training_genes=("SOX2", "C1orf112"),
        training_pairs=200,
        config=dataclasses.asdict(config),
        reports=tuple(dataclasses.asdict(r) for r in reports),
        held_out_auprc=0.7,
        date="2026-01-01T00:00:00Z",
        command="python -m ugrn_core train",
    )
    return ensemble, card, x


def test_round_trip_to_the_bit(trained, tmp_path):
    ensemble, card, x = trained
    save_translator(tmp_path / "gdt.safetensors", ensemble, card)
    loaded, found = load_translator(tmp_path / "gdt.safetensors")
    np.testing.assert_array_equal(loaded.logits(x), ensemble.logits(x))
    assert found.seeds == (7, 8)
    assert found.probe_settings == ProbeSettings(0.5, (0.0, 1.0, 2.0), cls=None)
    assert json.loads(found.to_json()) == json.loads(card.to_json())
    assert json.loads((tmp_path / "gdt.card.json").read_text())["dataset"] == "hESC"
    assert len(list(tmp_path.iterdir())) == 2


def test_unseen_ignores_case(trained):
    assert trained[1].unseen(["Sox2", "C1ORF112", "GATA1"]) == [False, False, True]


def rewrite(path, change_tensors=None, change_card=None):
    with safetensors.safe_open(path, "numpy") as file:
        card = json.loads(file.metadata()["card"])
    tensors = safetensors.numpy.load_file(path)
    if change_tensors:
        change_tensors(tensors)
    if change_card:
        change_card(card)
    safetensors.numpy.save_file(tensors, path, metadata={"card": json.dumps(card)})


def put(name, value):
    return lambda table: table.__setitem__(name, value)


@pytest.mark.parametrize(
    ("tensors", "card", "words"),
    [
        (lambda t: t.pop("0.1.bias"), None, "0.1.bias"),
        (lambda t: t.pop("1.mean"), None, "1.mean"),
        (put("0.9.weight", np.zeros((1, 1), np.float32)), None, "0.9.weight"),
        (put("0.0.weight", np.zeros((5, 4), np.float32)), None, "0.0.weight"),
        (put("0.0.bias", np.full(5, np.nan, np.float32)), None, "finite"),
        (put("0.0.bias", np.zeros(5, np.float64)), None, "float64"),
        (put("0.scale", np.zeros(3, np.float32)), None, "statistics"),
        (None, put("feature_count", 4), "4 features"),
        (None, put("format", 99), "format 99"),
        (None, put("surprise", 1), "surprise"),
        (None, lambda c: c.pop("probe"), "probe"),
        (None, put("reports", []), "no seed"),
        (None, put("settings", {"grid": [1.0]}), "card"),
    ],
)
def test_whatever_does_not_fit_is_refused_by_name(trained, tmp_path, tensors, card, words):
    path = tmp_path / "t.safetensors"
    save_translator(path, *trained[:2])
    rewrite(path, tensors, card)
    with pytest.raises(CheckpointError, match=words):
        load_translator(path)


def test_missing_truncated_and_foreign_files(trained, tmp_path):
    path = tmp_path / "t.safetensors"
    with pytest.raises(MissingDataError, match="no translator"):
        load_translator(path)
    save_translator(path, *trained[:2])
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(CheckpointError, match="no readable safetensors"):
        load_translator(path)
    safetensors.numpy.save_file({"a": np.zeros(2, np.float32)}, path)
    with pytest.raises(CheckpointError, match="card"):
        load_translator(path)


def test_a_place_that_cannot_be_written(trained, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="Cannot write"):
        save_translator(tmp_path / "file" / "t.safetensors", *trained[:2])


def test_a_card_of_something_else_is_not_saved(trained, tmp_path):
    with pytest.raises(CheckpointError, match="4 features"):
        save_translator(
            tmp_path / "t.safetensors",
            trained[0],
            dataclasses.replace(trained[1], feature_count=4),
        )
    assert not list(tmp_path.iterdir())
