"""What a process holds at 5,000 genes: two layers are measured, the other ten are counted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from tests.backbones.networks import MASK, D, F, gene_vectors, random_network
from tests.probes import checkpoints
from ugrn_core.backbones.loaded import tensors_of
from ugrn_core.backbones.tangent.sweep import TangentSweep
from ugrn_core.types import ProbeSettings

ROOT = Path(__file__).resolve().parents[3]
GENES, WIDTH = 5000, 512
MEASURED, LAYERS, VOCABULARY = 2, 12, 60_000  # scGPT has 12 layers and 60,697 tokens
CODE = """
import sys
from ugrn_core.__main__ import main
from ugrn_core.backbones.timing.table import peak_memory
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print(peak_memory())
"""


def layer_bytes(tokens: int, width: int, inner: int) -> int:
    """Return what a layer may keep: 6 D + F + 2 numbers a token, its projections once more."""
    return 4 * (tokens * (6 * width + inner + 2) + 3 * width * width)


def storages(tree: object, seen: dict[int, int] | None = None) -> dict[int, int]:
    """Return address -> bytes of every tensor's memory reachable from `tree`."""
    seen = {} if seen is None else seen
    if isinstance(tree, torch.Tensor):
        seen[tree.untyped_storage().data_ptr()] = tree.untyped_storage().nbytes()
    elif isinstance(tree, list | tuple):
        for part in tree:
            storages(part, seen)
    elif type(tree).__module__.startswith("ugrn_core."):
        storages(list(vars(tree).values()), seen)
    return seen


def test_the_layers_of_a_sweep_keep_no_more_than_they_read():
    rng, tokens = np.random.default_rng(0), 50
    net = random_network(rng)
    settings = ProbeSettings(0.5, (0.0, 0.5), cls=None)
    sweep = TangentSweep(net, gene_vectors(rng, tokens), None, settings, MASK)
    sweep(3)
    weights = {t.untyped_storage().data_ptr() for t in tensors_of(net)}
    held = sum(size for at, size in storages(sweep._encoder._layers).items() if at not in weights)
    first = 4 * tokens * 4 * D + 4 * 3 * D * D  # whose attention is kept in float64, elsewhere
    assert held == len(net.layers) * layer_bytes(tokens, D, F) - first


def test_a_12_x_512_model_at_5000_genes_stays_below_2_gb(tmp_path, monkeypatch):
    for name, value in (("WIDTH", WIDTH), ("HEADS", 8), ("LAYERS", MEASURED)):
        monkeypatch.setattr(checkpoints, name, value)
    genes = tuple(f"GENE{k}" for k in range(GENES))
    folder = checkpoints.write_checkpoint(tmp_path / "b", "scgpt", genes)
    (tmp_path / "panel.txt").write_text("\n".join(genes))
    (tmp_path / "sources.txt").write_text("GENE3\n")
    words = ["probe", "--backbone", folder, "--grid", "0,1", "--out", tmp_path / "out"]
    words += ["--panel", tmp_path / "panel.txt", "--sources", tmp_path / "sources.txt"]
    variables = {"UGRN_HOME": str(tmp_path / "home"), "UGRN_WORKERS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CODE, *map(str, words)],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    measured = float(done.stdout.split()[-1]) * 2**20
    tokens = GENES + 1
    more = layer_bytes(tokens, WIDTH, WIDTH) + 4 * 6 * WIDTH**2  # and the backbone's own weights
    whole = measured + (LAYERS - MEASURED) * more + 4 * WIDTH * (VOCABULARY - GENES)
    print(f"{measured / 1e9:.2f} GB measured, {whole / 1e9:.2f} GB at 12 layers")
    assert whole < 2e9  # two runs of one build may differ by 0.1 GB
