"""No traceback on a page, whatever runs there by itself."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from ugrn_core.dashboard.shell import sentences
from ugrn_core.errors import Cancelled, ComputationError, StorageError


@pytest.fixture
def alone(monkeypatch):
    """Have a fragment run as it does by itself; return what is said on the page meanwhile."""
    said = []
    monkeypatch.setattr(sentences.st, "fragment", lambda body, run_every: body)
    monkeypatch.setattr(sentences.st, "error", lambda words, icon: said.append(words))
    return said


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StorageError("The disk is full."), "The disk is full."),
        (ComputationError("It is not finite."), "It is not finite. The result is not shown"),
        (Cancelled("Stopped."), "Stopped."),
        (KeyError("secret"), "Something went wrong inside UGRN"),
        (MemoryError(), "Something went wrong inside UGRN"),
    ],
)
def test_what_a_fragment_raises_by_itself_is_said_in_words(alone, error, words):
    @sentences.fragment(1.0)
    def part(given):
        raise given

    part(error)
    (said,) = alone
    assert said.startswith(words)
    assert "secret" not in said


def test_what_asks_for_a_new_run_of_the_page_is_passed_on(alone):
    class Rerun(BaseException):
        pass

    @sentences.fragment(1.0)
    def part():
        raise Rerun

    with pytest.raises(Rerun):
        part()
    assert alone == []


def test_there_is_no_other_fragment():
    places = [*(ROOT / "ugrn_core").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    found = {p.name for p in places if "st.fragment" in p.read_text(encoding="utf-8")}
    assert found == {"sentences.py"}
