"""A kept virtual cell answers as one opened for the question, whatever was asked before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from tests.experiment.conftest import GENES
from ugrn_core.errors import UnknownGeneError
from ugrn_core.experiment.lab import kept_sweep
from ugrn_core.experiment.lab.kept_sweep import KeptSweep
from ugrn_core.probes.settings import default_settings
from ugrn_core.probes.virtual_cell import response_curves
from ugrn_core.types import Panel, Profile, Uniform

PANEL = Panel(GENES[:12])
CELL = tuple(float(k % 4) for k in range(12))


@pytest.fixture
def questions(backbone):
    """Sources and settings of other grids, baselines, cells, readouts and precisions."""
    plain = default_settings(backbone)
    asked = [
        plain,
        replace(plain, grid=(0.5, 2.5)),
        replace(plain, background=Uniform(1.0)),
        replace(plain, readout="visible"),
        replace(plain, readout="visible", background=Profile("a", CELL)),
        replace(plain, readout="visible", background=Profile("a", CELL[::-1])),
        replace(plain, readout="masked", background=Profile("a", CELL, folds=3)),
        replace(plain, readout="masked", background=Profile("a", CELL)),
        replace(plain, dtype="float64"),
    ]
    return [(source, how) for how in (*asked, *reversed(asked)) for source in ("GATA1", "MYC")]


def direct(backbone, source, how):
    curves = response_curves(backbone, PANEL, (source,), how)
    return curves.baseline_output, curves.vvp[0], curves.gdt[0]


def test_answers_are_those_of_a_cell_of_its_own(backbone, questions):
    kept = KeptSweep(backbone, PANEL)
    for source, how in questions:
        for got, wanted in zip(kept.ask(source, how), direct(backbone, source, how)):
            np.testing.assert_array_equal(got, wanted)
    with pytest.raises(UnknownGeneError):
        kept.ask("NOBODY", questions[0][1])


def test_another_grid_opens_nothing_anew(backbone, monkeypatch):
    opened = []
    monkeypatch.setattr(
        kept_sweep, "open_sweep", lambda *what: opened.append(1) or what[0].sweep(*what[1:])
    )
    kept, plain = KeptSweep(backbone, PANEL), default_settings(backbone, readout="masked")
    for grid, baseline in (((0.0, 1.0), 0.0), ((2.0, 3.0), 0.0), ((2.0, 3.0), 1.0)):
        kept.ask("GATA1", replace(plain, grid=grid, background=Uniform(baseline)))
    assert len(opened) == 1


def test_many_may_ask_at_once(backbone, questions):
    kept = KeptSweep(backbone, PANEL)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda q: kept.ask(*q), questions))
    for (source, how), got in zip(questions, found):
        for one, wanted in zip(got, direct(backbone, source, how)):
            np.testing.assert_array_equal(one, wanted)
