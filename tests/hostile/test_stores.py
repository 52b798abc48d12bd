"""A probe store under damage anywhere: the very curves, or none; and it can be filled again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.hostile.damage import damage
from ugrn_core.jobs.store import ProbeStore, StoreKey
from ugrn_core.types import Panel, ProbeSettings

KEY = StoreKey("abc", Panel([f"G{k}" for k in range(6)]), ProbeSettings(0.5, (0.0, 1.0)))
CURVES = np.random.default_rng(0).standard_normal((6, 2, 2, 6)).astype(np.float32)


def test_the_very_curves_or_none(tmp_path, rounds):
    filled = ProbeStore(tmp_path, KEY)
    for source in range(6):
        filled.write(source, *CURVES[source])
    filled.write_baseline(CURVES[0, 0, 0])
    for seed, rng in rounds:
        files = sorted(
            p
            for p in Path(str(filled.folder)).rglob("*")
            if p.is_file() and p.name != "claims" and ".damaged-" not in p.name
        )
        path = files[rng.integers(len(files))]
        how = damage(rng, path)
        store = ProbeStore(tmp_path, KEY)
        base = store.read_baseline()
        assert base is None or np.array_equal(base, CURVES[0, 0, 0]), (seed, path, how)
        for source in range(6):
            pair = store.read(source)
            assert pair is None or np.array_equal(pair, CURVES[source]), (seed, path, how)
        for source in set(range(6)):
            if store.read(source) is None:
                store.write(source, *CURVES[source])
        if base is None:
            store.write_baseline(CURVES[0, 0, 0])
        again = ProbeStore(tmp_path, KEY)
        assert np.array_equal([again.read(s) for s in range(6)], CURVES), (seed, path, how)
        assert again.read_baseline() is not None, (seed, path, how)
