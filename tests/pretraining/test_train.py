"""Training: a pure function of seed and step, resumable to the bit, refusing foreign state."""

from __future__ import annotations

import json
import resource
from dataclasses import replace

import numpy as np
import pytest
import torch

from ugrn_core.backbones import open_backbone
from ugrn_core.errors import CheckpointError, ComputationError, OptionError, StorageError
from ugrn_core.pretraining.batches import Batcher, Sampling
from ugrn_core.pretraining.checkpoint import write_backbone
from ugrn_core.pretraining.corpus.data_sets import read_corpus
from ugrn_core.pretraining.recipe import Training
from ugrn_core.pretraining.run_folder import RunFolder
from ugrn_core.pretraining.train import Trainer, masked_losses
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel

TRAINING = Training(layers=1, steps=3, warmup=2, sampling=Sampling(cells=6, context=20), width=256)


@pytest.fixture(scope="module")
def corpus(folder):
    return read_corpus(folder, {}, ["mouse"])


def state(trainer: Trainer) -> dict:
    return {k: v.clone() for k, v in trainer.model.state_dict().items()}


def same(a: dict, b: dict) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_batches_follow_from_seed_and_step(corpus):
    first, again = (Batcher(corpus, frozenset(), TRAINING.sampling, 0) for _ in range(2))
    for step in (0, 7):
        a, b = first.batch(step), again.batch(step)
        np.testing.assert_array_equal(a.values, b.values)
        np.testing.assert_array_equal(a.masked, b.masked)
        assert 0 < a.masked.sum() < len(a.masked)
    assert not np.array_equal(first.batch(0).masked, first.batch(1).masked)


def test_held_out_sets_and_cells_are_never_trained_on(corpus):
    batcher = Batcher(corpus, frozenset({"two"}), Sampling(cells=30, context=40), 0)
    assert [s.name for s in batcher.studies] == ["two"]
    assert {batcher.batch(k).name for k in range(20)} == {"one", "three"}
    held = {s.name: s.values[::20].toarray() for s in corpus.sets}
    for k in range(5):
        batch = batcher.batch(k)
        rows = {tuple(r) for r in held[batch.name][:, batch.ids].astype(np.float32)}
        assert not rows & {tuple(r) for r in batch.values}


def test_losses_by_hand():
    batcher_like = type(
        "B",
        (),
        {
            "masked": np.array([True, False]),
            "values": np.array([[1.0, 9.0], [3.0, 9.0]], np.float32),
            "sd": np.array([2.0, 1.0], np.float32),
        },
    )
    tokens = torch.tensor([[2.0, 0.0], [6.0, 0.0]])  # errors (1, 3) / 2
    losses = masked_losses(tokens, torch.zeros(2, 2), batcher_like, torch.device("cpu"))
    assert losses["value"].item() == pytest.approx((0.25 + 2.25) / 2)
    assert losses["centred"].item() == pytest.approx(0.25)
    assert losses["level"].item() == pytest.approx((1 + 9) / 2)
    assert losses["cell"].item() == pytest.approx((0.25 + 2.25) / 2)


def test_a_broken_run_ends_where_an_unbroken_one_does(corpus, tmp_path):
    whole = Trainer(corpus, TRAINING, tmp_path / "whole")
    start = state(whole)
    whole.run()
    for step in (1, 2, 3):
        part = Trainer(corpus, TRAINING, tmp_path / "part")
        assert part.step == step - 1
        part.run(minutes=0)
        assert part.step == step
    assert same(state(whole), state(part))
    assert not same(start, state(whole))
    assert [r["step"] for r in part.history()] == [1, 2, 3]


def test_the_start_follows_from_the_seed_and_leaves_torch_alone(corpus, tmp_path):
    before = torch.get_rng_state()
    a = Trainer(corpus, TRAINING, tmp_path / "a")
    assert torch.equal(before, torch.get_rng_state())
    torch.rand(3)  # whatever others draw
    b = Trainer(corpus, TRAINING, tmp_path / "b")
    c = Trainer(corpus, replace(TRAINING, seed=1), tmp_path / "c")
    assert same(state(a), state(b))
    assert not same(state(a), state(c))


def test_foreign_or_damaged_state_is_refused(corpus, folder, tmp_path):
    run = tmp_path / "run"
    Trainer(corpus, TRAINING, run).run(minutes=0)
    with pytest.raises(OptionError, match="another seed"):
        Trainer(corpus, replace(TRAINING, seed=1), run)
    with pytest.raises(OptionError, match="another corpus"):
        Trainer(read_corpus(folder, {}, ["mouse", "two"]), TRAINING, run)
    assert Trainer(corpus, replace(TRAINING, steps=9), run).step == 1  # longer is the same run
    saved = (run / "state.pt").read_bytes()
    (run / "state.pt").write_bytes(saved[: len(saved) // 2])
    with pytest.raises(CheckpointError, match=r"state\.pt"):
        Trainer(corpus, TRAINING, run)
    (run / "training.json").write_text("{")
    with pytest.raises(StorageError, match=r"training\.json"):
        Trainer(corpus, TRAINING, run)


@pytest.mark.parametrize("odd", [np.inf, np.nan])
def test_training_stops_at_the_first_loss_that_is_no_number(corpus, tmp_path, monkeypatch, odd):
    trainer = Trainer(corpus, TRAINING, tmp_path / "run")
    trainer.run(until=1)
    before = state(trainer)
    spoiled, draw = [], trainer.batcher.batch

    def batch(number):
        drawn = draw(number)
        spoiled.append(drawn.name)
        return replace(drawn, values=np.full_like(drawn.values, odd))

    monkeypatch.setattr(trainer.batcher, "batch", batch)
    with pytest.raises(ComputationError, match=r"step 2: .* not finite") as told:
        trainer.run()
    assert spoiled[0] in str(told.value)
    assert len(spoiled) == 1
    assert same(state(trainer), before)
    assert Trainer(corpus, TRAINING, tmp_path / "run").step == 1  # what was saved before is sound


def test_a_backbone_without_finite_weights_is_not_written(corpus, tmp_path):
    trainer = Trainer(corpus, TRAINING, tmp_path / "run")
    with torch.no_grad():
        trainer.model.embedding.weight[3, 0] = 1e6  # finite, but not in half precision
    about = {"name": "made", "title": "Made", "description": "A test.", "command": "c"}
    with pytest.raises(ComputationError, match=r"embedding\.weight"):
        write_backbone(trainer, tmp_path / "made", {}, about)
    assert not (tmp_path / "made").exists()


def test_a_full_disk_is_a_sentence_and_leaves_the_state_before(tmp_path):
    run = RunFolder(tmp_path)
    run.save({"step": 1})
    before = (tmp_path / "state.pt").read_bytes()
    resource_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, resource_limit[1]))  # as a disk with no room
    try:
        with pytest.raises(StorageError, match="Cannot write state"):
            run.save({"step": 2, "weights": torch.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, resource_limit)
    assert [p.name for p in tmp_path.iterdir()] == ["state.pt"]
    assert (tmp_path / "state.pt").read_bytes() == before


def test_what_is_written_opens_as_a_backbone_and_says_the_same(corpus, tmp_path):
    trainer = Trainer(corpus, replace(TRAINING, held_out=("two",)), tmp_path / "run")
    trainer.run()
    out = tmp_path / "made"
    about = {"name": "made", "title": "Made", "description": "A test.", "command": "c"}
    write_backbone(trainer, out, {"baseline": 0.5}, about)
    assert not list(out.glob(".*"))
    backbone = open_backbone(out)
    assert backbone.name == "made"
    assert backbone.defaults.baseline == 0.5
    panel = Panel(corpus.genes[:5])
    got = backbone.sweep(panel, default_settings(backbone, readout="visible", cls=0.0))
    with torch.no_grad():
        tokens, _ = trainer.model(torch.arange(5), torch.full((1, 5), 0.5), trainer.cls)
    np.testing.assert_allclose(got.baseline_output, tokens[0].numpy(), atol=2e-2)  # float16 table
    card = json.loads((out / "card.json").read_text())
    assert [(s["name"], s["held_out"]) for s in card["training_sets"]] == [
        ("one", False),
        ("two", True),
        ("three", False),
    ]
    text = (out / "README.md").read_text()
    assert "60 cells of 2 data sets" in text
    assert "validation: two." in text
