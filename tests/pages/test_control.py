"""Gene pair before its control is there: curves at once, where the control stands, a way to get it;
and what every page says of a result that was damaged."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time

import pytest
import streamlit as st

from tests.pages.test_pages import FILLED, opened, words
from tests.pages.test_runs_page import ASKED, put
from ugrn_core.experiment.runs import run_folder
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.jobs.process import birth
from ugrn_core.jobs.state import CANCEL, JobState

PAIR = {**FILLED, "source": "SPI1", "target": "JUN"}


@pytest.fixture
def copy(filled, point_to, tmp_path):
    """Settings with a home of this test alone, in which both runs are finished."""
    shutil.copytree(filled.home, tmp_path / "home")
    settings = dataclasses.replace(filled, home=tmp_path / "home")
    shutil.rmtree(settings.jobs, ignore_errors=True)
    point_to(settings)
    st.cache_resource.clear()  # pages keep what they opened by the run, which is in every copy
    st.cache_data.clear()
    return settings


def without_random(settings) -> None:
    """Leave the run of ASKED as it is while its control is computed."""
    folder = run_spec.folder(settings, ASKED)
    bands = run_folder.read(folder).bands
    run_folder.write_bands(folder, {n: b for n, b in bands.items() if "random" not in n})


def test_gene_pair_shows_curves_and_how_far_the_control_is(copy):
    without_random(copy)
    now = time.time()
    state = JobState(
        "running",
        1,
        4,
        0,
        now - 21,
        now - 20,
        now,
        pid=os.getpid(),
        born=birth(os.getpid()) or "",
        phase="control: random weights",
        phase_started=now - 10,
    )
    job = put(copy, state)
    app = opened("gene_pair", **PAIR)
    assert not app.exception
    assert not app.error
    assert app.get("plotly_chart")
    assert "Control still being computed" in words(app)
    told = app.get("progress")[0].proto.text
    assert told == "control: random weights: 1 of 4, about 30 seconds left"
    next(b for b in app.button if b.label == "Stop the control").click().run()
    assert (copy.jobs / job / CANCEL).exists()


def test_gene_pair_offers_a_control_that_was_stopped(copy, monkeypatch):
    without_random(copy)
    put(copy, JobState("cancelled", 1, 4, queued=1))
    app = opened("gene_pair", **PAIR)
    assert not app.exception
    assert "The control was stopped" in words(app)
    begun = []
    monkeypatch.setattr("ugrn_core.experiment.runs.jobs.start", lambda *a: begun.append(a))
    next(b for b in app.button if b.label == "Compute the control").click().run()
    assert len(begun) == 1


def test_with_its_control_gene_pair_says_nothing_of_it(copy):
    app = opened("gene_pair", **PAIR)
    assert not app.exception
    assert "ontrol still" not in words(app)
    assert "Dotted: 95 % of pairs under random weights" in words(app)


@pytest.mark.parametrize("page", ["start", "regulators"])
@pytest.mark.parametrize("name", ["edges.parquet", "about.json"])
def test_a_damaged_result_is_one_sentence_and_probe_again(copy, page, name):
    path = run_spec.folder(copy, ASKED) / name
    path.write_bytes(path.read_bytes()[:-20])
    app = opened(page, **FILLED)
    assert not app.exception
    assert not app.error
    assert words(app).count("damaged on the disk and has been set aside") == 1
    assert "Probe again" in [b.label for b in app.button]
    assert "elete" not in words(app)
