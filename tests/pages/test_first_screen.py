"""What stands below the first screen waits once, for whoever comes to a page or changes it."""

from __future__ import annotations

import pytest

from ugrn_core.dashboard import first_screen


@pytest.fixture
def waited(monkeypatch) -> list[float]:
    times: list[float] = []
    monkeypatch.setattr(first_screen.st, "session_state", {})
    monkeypatch.setattr(first_screen.time, "sleep", times.append)
    return times


def test_a_click_on_the_page_does_not_wait_and_another_pair_does(waited):
    for gene in ("GATA1", "GATA1", "TAL1"):
        first_screen.begin("Gene pair")
        first_screen.drawn("run", gene)
    assert len(waited) == 2


def test_who_comes_back_from_another_page_sees_the_first_screen_first_again(waited):
    for title in ("Gene pair", "Methods", "Gene pair"):
        first_screen.begin(title)
        if title == "Gene pair":
            first_screen.drawn("run", "GATA1")
    assert len(waited) == 2
