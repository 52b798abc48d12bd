"""The Compare page and what is said before a run."""

from __future__ import annotations

import dataclasses

import pytest

from tests.pages.test_pages import FILLED, opened, words
from ugrn_core.dashboard.sections import compare


@pytest.fixture(autouse=True)
def finished_runs(filled, point_to):
    point_to(filled)


def test_compare_two_backbones():
    app = opened("compare", **FILLED)
    assert not app.exception
    assert not app.error
    assert app.metric[0].label == "Pairs in both"
    assert app.metric[0].value == "110"
    shown = app.dataframe[0].value
    assert set(shown["status"]) <= {"both", "the first only", "the second only"}


def test_signs_are_shown_when_asked_for_with_their_worth():
    app = opened("compare", **FILLED)
    assert "sign" not in app.dataframe[0].value
    assert "Sign: " not in words(app)
    (switch,) = [t for t in app.toggle if t.label == "Proposed sign"]
    switch.set_value(True).run()
    assert set(app.dataframe[0].value["sign"]) == {"–"}  # of weights nobody trained: chance
    assert "Sign: left empty here, for it was measured to say nothing" in words(app)


def test_compare_two_probes_of_one_run():
    app = opened("compare", kind="probe", probe="vvp_effect", with_probe="gdt_peak", **FILLED)
    assert not app.error
    assert app.metric[0].value == "110"
    assert "VVP" in words(app)
    assert "GDT" in words(app)


def test_compare_with_a_dataset_not_probed_offers_to_probe_it():
    app = opened("compare", kind="dataset", with_dataset="pbmc68k", **FILLED)
    assert not app.exception
    # The tiny backbone knows one gene of the other data set's: the page says so in a sentence.
    assert app.error or "has not probed" in words(app)


def test_network_by_community():
    app = opened("network", colour="community", centre="SPI1", **FILLED)
    assert not app.exception
    assert not app.error


def test_before_a_run_it_says_what_it_will_take(filled, point_to, tmp_path):
    point_to(dataclasses.replace(filled, home=tmp_path))
    app = opened("regulators", **FILLED)
    assert "from seconds for a short list" in words(app)
    next(b for b in app.button if "How long" in b.label).click().run()
    assert not app.exception
    assert "sources to probe" in words(app)
    assert "On this machine" in words(opened("regulators", **FILLED))  # kept for the next visitor


def test_a_pair_is_asked_of_every_backbone():
    app = opened("gene_pair", source="SPI1", target="JUN", across="true", **FILLED)
    assert not app.exception
    assert not app.error
    assert "Dashed: random weights" in words(app)


def test_backbones_that_share_training_data_are_said_to(filled, monkeypatch):
    shown = opened("compare", kind="backbone", with_backbone="bare", **FILLED)
    assert "no proof" not in words(shown)  # their cards do not tell
    sets = [{"name": "a"}, {"name": "b"}, {"name": "held", "held_out": True}]
    monkeypatch.setattr(compare, "read", lambda path: {"training_sets": sets})
    shown = opened("compare", kind="backbone", with_backbone="bare", **FILLED)
    assert "2 of the 2 data sets" in words(shown)
