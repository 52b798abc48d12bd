"""A run in phases: edges first, then bands of chance: of all pairs of the panel, and of the same
network with random weights."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.experiment.conftest import GENES
from ugrn_core.backbones.random_weights import randomised
from ugrn_core.errors import Cancelled
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.runs import compute, run_folder
from ugrn_core.experiment.runs import jobs as run_jobs
from ugrn_core.experiment.runs import spec as run_spec
from ugrn_core.experiment.runs.results import Results
from ugrn_core.settings import read_settings

SPEC = run_spec.Spec("tiny", "pasted", GENES)


class Watched:
    """Follows a run: the phases it went through; stops it where `stop_in` begins."""

    def __init__(self, stop_in: str = "") -> None:
        self.seen, self.phase, self._stop = [], "", stop_in

    def progress(self, done: int, total: int, phase: str) -> None:
        self.phase = phase
        self.seen.append((phase, done, total))

    def should_stop(self) -> bool:
        return self.phase == self._stop

    @property
    def phases(self) -> list[str]:
        return list(dict.fromkeys(phase for phase, *_ in self.seen))


def run(settings, watched: Watched, spec: run_spec.Spec = SPEC):
    return compute.compute(settings, spec, watched.progress, watched.should_stop)


def test_each_phase_has_its_name_and_its_steps(settings):
    watched = Watched()
    run(settings, watched)
    assert watched.phases == [
        *(compute.OPENING, compute.PROBING, compute.WRITING),
        *(compute.ORDINARY, compute.CONTROL),
    ]
    n = len(run_spec.prepare(settings, SPEC).study.regulators)
    assert (compute.PROBING, n, n) in watched.seen
    assert (compute.CONTROL, 4, 4) in watched.seen
    again = Watched()
    run(settings, again)
    assert again.seen == []  # all there is kept


def test_edges_can_be_read_while_the_control_is_stopped_and_goes_on_later(settings):
    with pytest.raises(Cancelled):
        run(settings, Watched(compute.CONTROL))
    state = run_jobs.state(settings, SPEC)
    assert (state.status, state.control.status) == ("done", "absent")
    shown = Results(settings, SPEC)
    assert shown.control_missing
    curves = shown.curves("GATA1", "SPI1")
    assert curves.null_vvp_low is not None  # of the panel itself: costs nothing
    assert curves.random_vvp_low is None
    table, about = shown.edges_path.read_bytes(), shown.provenance
    later = Watched()
    run(settings, later)
    assert compute.PROBING not in later.phases
    assert not shown.control_missing
    assert shown.curves("GATA1", "SPI1").random_vvp_low is not None
    assert shown.edges_path.read_bytes() == table
    assert {**about, "random_weights": shown.provenance["random_weights"]} == shown.provenance
    assert run_jobs.state(settings, SPEC).control.status == "done"


def test_the_random_band_is_that_of_the_control_over_some_regulators(settings, monkeypatch):
    monkeypatch.setattr(compute, "CONTROL_SOURCES", 2)
    folder = run(settings, Watched())
    found = run_folder.read(folder).bands
    ready = run_spec.prepare(settings, SPEC)
    regulators = ready.study.regulators
    chosen = (regulators[0], regulators[len(regulators) // 2])
    control = randomised(ready.backbone.opened, backbones.CONTROL_SEED)
    curves = probing.request(control, ready.study.panel, chosen, ready.settings).curves
    keep = [
        (s, t)
        for s, source in enumerate(chosen)
        for t, target in enumerate(ready.study.panel.genes)
        if source != target
    ]
    values = np.array([curves.vvp[s, :, t] for s, t in keep])
    expected = np.percentile(values, [2.5, 97.5], axis=0)
    np.testing.assert_allclose(
        [found["random_vvp_low"], found["random_vvp_high"]], expected, rtol=1e-5, atol=1e-9
    )
    about = json.loads((folder / run_folder.ABOUT).read_bytes())
    assert about["random_weights"] == {"regulators": list(chosen), "seed": 0}


def test_so_few_regulators_give_the_width_of_all(settings, monkeypatch):
    shipped = replace(read_settings({"UGRN_HOME": str(settings.home)}), workers=1)
    genes = run_spec.prepare(shipped, run_spec.Spec("ugrn-small", "pbmc68k")).study
    panel = (*genes.regulators[:16], *(g for g in genes.panel.genes if g not in genes.regulators))
    ready = run_spec.prepare(shipped, run_spec.Spec("ugrn-small", "pasted", panel[:60]))
    width = {}
    for count in (compute.CONTROL_SOURCES, 16):
        monkeypatch.setattr(compute, "CONTROL_SOURCES", count)
        band = compute.band_of(probing.curve_tensors(compute.control_request(shipped, ready)))
        width[count] = {p: band[f"{p}_high"] - band[f"{p}_low"] for p in ("vvp", "gdt")}
    few, all_ = width.values()
    for probe in ("vvp", "gdt"):
        there = all_[probe] > 1e-6 * all_[probe].max()  # the response at the baseline is none
        assert 0.8 < np.median(few[probe][there] / all_[probe][there]) < 1.25


def test_a_control_has_none(settings):
    spec = run_spec.Spec("tiny-random", "pasted", GENES)
    watched = Watched()
    folder = run(settings, watched, spec)
    assert compute.CONTROL not in watched.phases
    assert set(run_folder.read(folder).bands) == set(run_folder.BAND_ENDS)
    assert run_jobs.state(settings, spec).control.status == "done"


def test_the_estimate_counts_the_control(settings):
    found = run_jobs.for_run(settings, SPEC)
    assert found.control_sources == 4
    assert found.control_seconds > 0
    assert "The control follows, 4 sources with random weights: about" in found.sentence()
    none = run_jobs.for_run(settings, run_spec.Spec("tiny-random", "pasted", GENES))
    assert "control" not in none.sentence()
