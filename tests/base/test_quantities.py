"""Lengths of time and sizes in words."""

from __future__ import annotations

import pytest

from ugrn_core.quantities import duration, size


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (75, "75 seconds"),
        (600, "10 minutes"),
        (3599, "1 hour"),
        (9000, "2 hours and 30 minutes"),
        (3e5, "3 days and 11 hours"),
    ],
)
def test_durations(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(12, "12 bytes"), (1500, "1.5 kB"), (17_253_804, "17.3 MB"), (400_000_000, "400 MB")],
)
def test_sizes(count, words):
    assert size(count) == words
