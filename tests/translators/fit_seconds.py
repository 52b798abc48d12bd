"""How long a translator of five seeds takes to fit: `python -m tests.translators.fit_seconds`.

A benchmark and no test: its seconds are those of the machine and of what else it does.
"""

from __future__ import annotations

import time

from tests.translators.test_fit import training_set
from ugrn_core.translators.fit import FitConfig, fit

PAIRS, FEATURES, SEEDS = 10_000, 16, (0, 1, 2, 3, 4)

if __name__ == "__main__":
    begun, before = time.perf_counter(), time.process_time()
    for seed in SEEDS:
        fit(*training_set(PAIRS, FEATURES), FitConfig(epochs=20), seed)
    print(
        f"{PAIRS:,} pairs x {FEATURES} features, {len(SEEDS)} seeds, 20 epochs: "
        f"{time.perf_counter() - begun:.1f} s, {time.process_time() - before:.1f} s of processor"
    )
