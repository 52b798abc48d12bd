"""A finished run under damage: found, set aside, written anew; never other numbers."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

from tests.experiment.runs.test_run_folder import ABOUT, BANDS
from tests.hostile.damage import damage, flip
from ugrn_core.experiment.runs import run_folder
from ugrn_core.export import FORMATS

FILES = ("edges.parquet", "about.json", "bands.npz")


@pytest.fixture
def sound(tmp_path):
    genes = [f"G{k}" for k in range(12)]
    pairs = [(a, b) for a in genes for b in genes if a != b]
    frame = pd.DataFrame(pairs, columns=["source", "target"])
    frame["probability"] = np.random.default_rng(0).random(len(frame))
    folder = tmp_path / "sound"
    run_folder.write_edges(folder, FORMATS["parquet"].write(frame, ABOUT), ABOUT)
    run_folder.write_bands(folder, BANDS)
    return folder


@pytest.mark.parametrize("name", FILES)
def test_every_flipped_bit_is_found(sound, name, rounds):
    content = (sound / name).read_bytes()
    for seed, rng in rounds:
        flip(rng, sound / name)
        files = run_folder.read(sound)
        assert not (files.bands if name == "bands.npz" else files.has_edges), seed
        (sound / name).write_bytes(content)
        assert run_folder.read(sound).bands, seed


def test_whatever_is_done_to_a_run_it_is_said_and_can_be_written_anew(sound, tmp_path, rounds):
    table = (sound / "edges.parquet").read_bytes()
    for seed, rng in rounds:
        folder = tmp_path / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(sound, folder)
        name = str(rng.choice(FILES))
        how = damage(rng, folder / name)
        files = run_folder.read(folder)
        assert files.has_edges == (name == "bands.npz"), (seed, name, how)
        assert not files.bands, (seed, name, how)
        assert (how in ("gone", "nowhere") or files.has_edges) == (not files.problem), (seed, how)
        run_folder.write_edges(folder, table, ABOUT)
        run_folder.write_bands(folder, BANDS)
        files = run_folder.read(folder)
        assert (files.has_edges, len(files.bands), files.problem) == (True, 8, ""), (seed, how)
