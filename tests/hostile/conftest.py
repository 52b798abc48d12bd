"""Seeded fuzzing: every round has its own seed, named when it fails. A few seconds by default, as
long as one likes with `--hostile-rounds N`."""

from __future__ import annotations

import signal

import numpy as np
import pytest

SECONDS = 60  # a round that takes so long hangs


class Hangs(BaseException):
    """No error of the system's, which the product may take for a full disk and go on."""


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        if "tests/hostile" in str(item.path):
            item.add_marker(pytest.mark.hostile)


@pytest.fixture
def alarm():
    """What hangs ends the test; a call gives the next round its time."""

    def late(*_):
        raise Hangs(f"a round took over {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    yield lambda: signal.alarm(SECONDS)
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def rounds(request, alarm):
    """Return a generator of (seed, rng), one a round; a round that hangs ends the test."""

    def each():
        for seed in range(request.config.getoption("--hostile-rounds")):
            alarm()
            yield seed, np.random.default_rng(seed)

    return each()
