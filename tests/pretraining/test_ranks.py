"""Several processes, accumulated gradients, precision: a step stays the same step."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from threadpoolctl import threadpool_limits
from torch.distributed.run import get_args_parser

from tests.pretraining.test_train import TRAINING
from ugrn_core.experiment.curves.workers import one_thread
from ugrn_core.pretraining.corpus.data_sets import read_corpus
from ugrn_core.pretraining.recipe import fast_precision
from ugrn_core.pretraining.run_folder import RunFolder
from ugrn_core.pretraining.train import Trainer

ROOT = Path(__file__).resolve().parents[2]
EXACT = replace(TRAINING, precision="float32")
WORKER = """
import sys
from dataclasses import replace
from pathlib import Path
import torch
from tests.pretraining.test_ranks import EXACT
from ugrn_core.pretraining.corpus import read_corpus
from ugrn_core.pretraining.ranks import started
from ugrn_core.pretraining.train import Trainer

torch.set_num_threads(1)
with started(torch.device("cpu")) as ranks:
    assert ranks.size == 2
    corpus = read_corpus(Path(sys.argv[1]), {}, ["mouse"])
    trainer = Trainer(corpus, EXACT, Path(sys.argv[2]), ranks)
    trainer.run(save_every=1)
    torch.save(trainer.model.state_dict(), f"{sys.argv[2]}/rank{ranks.rank}.pt")
"""


@pytest.fixture(scope="module")
def corpus(folder):
    return read_corpus(folder, {}, ["mouse"])


def weights(trainer: Trainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in trainer.model.parameters()])


def test_two_ranks_are_one_process_that_accumulates_two_batches(folder, corpus, tmp_path):
    worker = tmp_path / "worker.py"
    worker.write_text(WORKER)
    # gloo aborted a worker once in dozens of runs: a restart goes on from the saved state
    torchrun = "torch.distributed.run --standalone --nproc-per-node=2 --max-restarts=2"
    command = [sys.executable, "-m", *torchrun.split()]
    done = subprocess.run(
        [*command, str(worker), str(folder), str(tmp_path / "two")],
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "PYTHONFAULTHANDLER": "1",
        },
        capture_output=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[:6000]
    first, second = (torch.load(tmp_path / "two" / f"rank{k}.pt") for k in (0, 1))
    assert all(torch.equal(first[k], second[k]) for k in first)
    # One thread, as each rank has, from the start's SVD on: sums of other parts round otherwise.
    with threadpool_limits(1), one_thread():
        alone = Trainer(corpus, replace(EXACT, accumulate=2), tmp_path / "one")
        alone.run(save_every=1)
    mine = alone.model.state_dict()
    for name in mine:
        torch.testing.assert_close(first[name], mine[name], rtol=0, atol=2e-5)
    logs = [(tmp_path / n / "log.jsonl").read_text().splitlines() for n in ("one", "two")]
    assert len(logs[0]) == len(logs[1]) == EXACT.steps  # rank 0 alone writes
    for one, two in zip(*logs):
        assert json.loads(two) == pytest.approx(json.loads(one), rel=1e-4)


def test_torchrun_takes_the_documented_command_for_ours():
    text = (ROOT / "docs" / "pretraining.md").read_text().replace("\\\n", "")
    (line,) = [x for x in text.splitlines() if x.startswith("torchrun ")]
    _, *words = shlex.split(line)
    taken = get_args_parser().parse_args(words)  # without `--`, `--run` is ambiguous to it
    assert taken.module
    assert taken.training_script == "ugrn_core"
    assert taken.training_script_args == words[words.index("pretrain") :]


def test_accumulating_is_the_mean_of_the_batches_gradients(corpus, tmp_path):
    trainer = Trainer(corpus, replace(EXACT, accumulate=2), tmp_path)
    parameters = list(trainer.model.parameters())

    def gradient(*numbers: int) -> torch.Tensor:
        trainer.optimiser.zero_grad()
        for number in numbers:
            trainer._micro_batch(number)
        return torch.cat([p.grad.flatten() for p in parameters if p.grad is not None])

    both, one, other = gradient(0, 1), gradient(0), gradient(1)
    torch.testing.assert_close(both, one + other, rtol=1e-4, atol=1e-6)


def test_precision_is_of_the_forward_pass_only(corpus, tmp_path):
    mixed = Trainer(corpus, TRAINING, tmp_path / "m")
    full = Trainer(corpus, EXACT, tmp_path / "f")
    batch = mixed.batcher.batch(0)
    rough, exact = (t.losses(batch)["value"].item() for t in (mixed, full))
    assert rough != exact
    assert rough == pytest.approx(exact, rel=0.05)
    mixed.run()
    assert {p.dtype for p in mixed.model.parameters()} == {torch.float32}


@pytest.mark.parametrize("able", ["avx512_bf16", "amx_bf16", ""])
def test_half_precision_only_where_the_processor_computes_it(able, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_f": True, able: True})
    assert fast_precision(torch.device("cpu")) == ("bfloat16" if able else "float32")


def test_a_run_keeps_the_precision_it_began_with(corpus, tmp_path):
    assert RunFolder(tmp_path).noted("precision") is None
    Trainer(corpus, TRAINING, tmp_path)
    assert RunFolder(tmp_path).noted("precision") == TRAINING.precision


def test_a_run_of_an_earlier_version_goes_on(corpus, tmp_path):
    Trainer(corpus, TRAINING, tmp_path).run()
    path = tmp_path / "training.json"
    noted = json.loads(path.read_text())
    for new in ("accumulate", "precision", "optimiser"):
        del noted[new]
    del noted["sampling"]["varied"]
    path.write_text(json.dumps(noted))
    assert Trainer(corpus, TRAINING, tmp_path).step == TRAINING.steps
